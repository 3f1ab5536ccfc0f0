import FoundationEssentials
import Glibc
import JobControl

/// The Slurm job in which the program runs.
enum SlurmAllocation {
  /// When the job ends; `nil` outside of Slurm, or without a limit.
  static var timeLimit: TimeLimit? {
    guard let job = value("SLURM_JOB_ID"), job.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return nil
    }
    // Newer versions tell it in the environment.
    let end = value("SLURM_JOB_END_TIME").flatMap(Double.init) ?? askedEnd(of: job)
    guard let end else { return nil }
    let seconds = end - Date.now.timeIntervalSince1970
    // Longer than anybody waits, or no number at all, is no limit.
    guard seconds > 0, seconds < WallTime.limit else { return nil }
    return TimeLimit(seconds: seconds, name: "the end of Slurm job \(job)")
  }

  private static func value(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What the controller says, in seconds since 1970; `nil` if it does not answer soon.
  private static func askedEnd(of job: String) -> Double? {
    guard
      let pipe = popen("SLURM_TIME_FORMAT=%s timeout 10 squeue -h -j \(job) -o %e 2>/dev/null", "r")
    else {
      return nil
    }
    defer { pclose(pipe) }
    var buffer = [CChar](repeating: 0, count: 64)
    guard fgets(&buffer, 64, pipe) != nil else { return nil }
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return Double(String(decoding: text, as: UTF8.self).filter { $0.isNumber })
  }
}
