import CVector
import Glibc

/// The machine of a report.
package struct Machine: Codable, Sendable, Equatable {
  package let processor: String
  package let cores: Int
  /// The best instruction set that the kernels can use here: "x86-64-v3", "x86-64-v4", "other".
  package let instructionLevel: String
  /// Processes that wanted a core in the minute before, on average: much above 0 means that the
  /// times are noisy.
  package let load: Double

  package init(processor: String, cores: Int, instructionLevel: String, load: Double) {
    self.processor = processor
    self.cores = cores
    self.instructionLevel = instructionLevel
    self.load = load
  }

  /// The machine that this process runs on.
  package static var current: Machine {
    let model = systemFile("/proc/cpuinfo").split(separator: "\n")
      .first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { String($0.drop { $0 == " " }) }
    let load = systemFile("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) }
    let level = cvector_instruction_level()
    return Machine(
      processor: model ?? "unknown", cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
      instructionLevel: level >= 3 ? "x86-64-v\(level)" : "other", load: load ?? 0)
  }
}

/// The text of a file that the kernel makes up; nothing if there is none.
func systemFile(_ path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var byte = fgetc(file)
  while byte != EOF {
    bytes.append(UInt8(truncatingIfNeeded: byte))
    byte = fgetc(file)
  }
  return String(decoding: bytes, as: UTF8.self)
}
