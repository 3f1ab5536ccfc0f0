import Foundation
import TestSupport
import Testing

@Suite(
  "Jobs of Slurm, on a cluster of two nodes", .whenAllAreAsked, .onSlurm, .whereClustersAreAllowed)
struct SlurmTests {
  /// A job file `job.yaml` on some data sets.
  private func folder(method: String, dataSets: Int = 2) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(
      JobFolder.job(method: method).replacingOccurrences(
        of: "files: data.csv", with: "files: 'd*.csv'"), to: "job.yaml")
    let rows = try JobFolder.exampleData().split(separator: "\n")
    for number in 0..<dataSets {
      let first = 1 + 6 * (number * 7 % 60)
      let text = ([rows[0]] + rows[first..<first + 6 * 40]).joined(separator: "\n")
      try folder.write(text + "\n", to: "d\(10 + number).csv")
    }
    return folder
  }

  private static let short = "method: paper\n  samples: 200\n  iterations: 5"
  /// A job of at least some eight seconds without Slurm on this machine, whatever its speed, in
  /// iterations of some milliseconds.
  private struct LongJob {
    let method: String
    /// What it gives without Slurm.
    let results: [String: String]
    /// How long that took on the machine as busy as it was.
    let seconds: Int
  }

  private static func method(iterations: Int) -> String {
    "method: paper\n  samples: 10000\n  iterations: \(iterations)"
  }

  private static let long = Task<LongJob, any Error> {
    let tests = SlurmTests()
    let few = 100
    let start = ContinuousClock.now
    _ = try await tests.resultsWithoutSlurm(of: tests.folder(method: method(iterations: few)))
    let share = min(max(Duration.seconds(8) / (.now - start), 6), 100)
    let whole = method(iterations: Int(share * Double(few)))
    let begin = ContinuousClock.now
    let results = try await tests.resultsWithoutSlurm(of: tests.folder(method: whole))
    return LongJob(
      method: whole, results: results, seconds: Int((ContinuousClock.now - begin) / .seconds(1)))
  }

  private func resultsWithoutSlurm(of folder: JobFolder, job: String = "job.yaml") async throws
    -> [String: String]
  {
    let run = try await apart {
      try ChildProcess.run(
        "popmix", ["fit", "\(folder.path)/\(job)", "--quiet", "-o", "\(folder.path)/whole"],
        ranks: 2)
    }
    try #require(run.exitCode == 0, "\(run.errors)")
    return try folder.results(in: "whole")
  }

  private func expect(
    _ results: [String: String], in folder: JobFolder, _ log: String
  ) throws {
    #expect(try folder.results(in: "out") == results, "\(log)")
    #expect(folder.files(in: "out") == JobFolder.outputs, "\(log)")
  }

  @Test(
    "fit.sbatch gives the same bytes as a fit without Slurm", arguments: ["srun", "mpirun"])
  func fit(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: Self.short)
    let number = try cluster.submit(
      "slurm/fit.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(log.contains("2 fits on 4 ranks"), "\(log)")
    try expect(try await resultsWithoutSlurm(of: folder), in: folder, log)
  }

  @Test("a job ends with the exit code of popmix", arguments: ["srun", "mpirun"])
  func exitCode(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: Self.short)
    for name in ["d10.csv", "d11.csv"] { try folder.write("ID,TIME,AMT,DV\n1,0,x,.\n", to: name) }
    let number = try cluster.submit(
      "slurm/fit.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "FAILED" && job.exitCode == 65, "\(log)")
    #expect(log.contains("d10.csv:2:5: subject 1: AMT is 'x'"), "\(log)")
  }

  @Test("without the program a job ends at once and says what to set")
  func noProgram() async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: Self.short)
    let number = try cluster.submit(
      "slurm/fit.sbatch job.yaml", in: folder, environment: ["POPMIX": "/nowhere/popmix"])
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.exitCode == 127)
    #expect(log.contains("/nowhere/popmix: no such program; load its module or set POPMIX"))
  }

  @Test("an array fits the parts of a job, and a job after it writes the results")
  func array() async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: Self.short, dataSets: 7)
    let array = try cluster.submit("--array=1-3 slurm/array.sbatch job.yaml", in: folder)
    let number = try cluster.submit(
      "--dependency=afterany:\(array) slurm/fit.sbatch job.yaml", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    for task in 1...3 {
      let state = try cluster.run("scontrol show job \(array)_\(task)", in: folder).output
      #expect(
        SlurmCluster.Job(state)?.state == "COMPLETED",
        "\(state)\((try? folder.read("popmix-\(array)_\(task).log")) ?? "")")
    }
    // The last job had nothing left to fit.
    #expect(try folder.read("out/run.json").contains("\"pieces_done\" : 0,"), "\(log)")
    try expect(try await resultsWithoutSlurm(of: folder), in: folder, log)
  }

  @Test("a study is done by one job, with the files of a run without Slurm")
  func study() async throws {
    let cluster = try SlurmCluster.current
    let folder = try JobFolder()
    try folder.write(StudyTests.small, to: "job.yaml")
    let number = try cluster.submit("slurm/study.sbatch job.yaml --output slurm", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    let alone = try ChildProcess.run(
      "popmix", ["study", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/alone"])
    #expect(alone.exitCode == 0, "\(alone.errors)")
    for file in StudyTests.files {
      #expect(try folder.read("slurm/\(file)") == folder.read("alone/\(file)"), "\(file)")
    }
  }

  @Test(
    "short runs are requeued by themselves until all is done", arguments: ["srun", "mpirun"])
  func requeued(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let long = try await Self.long.value
    let folder = try folder(method: long.method)
    let number = try cluster.submit(
      "slurm/requeue.sbatch job.yaml --max-time \(max(long.seconds / 2, 4))s", in: folder,
      environment: ["LAUNCHER": launcher])
    let job = try await cluster.end(of: number, in: folder, minutes: 12)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(job.restarts >= 1, "\(log)")
    try expect(long.results, in: folder, log)
  }

  @Test("a job longer than its time limit is requeued by itself until done")
  func timeLimit() async throws {
    let cluster = try SlurmCluster.current
    let long = try await Self.long.value
    let folder = try folder(method: long.method)
    let number = try cluster.submit(
      "--time=1 --signal=B:CONT@5 slurm/requeue.sbatch job.yaml", in: folder)
    try await cluster.untilItFits(number, in: folder)
    // The ranks stand still, as if the machine were slow, until the time is nearly over.
    try cluster.run("scancel -s STOP \(number)", in: folder)
    try await Task.sleep(for: .seconds(35))
    try cluster.run("scancel -s CONT \(number)", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(job.restarts >= 1, "\(log)")
    #expect(log.contains("stopped: the end of Slurm job \(number) is near."), "\(log)")
    #expect(log.contains("saved after iteration") || log.contains("saved in the middle"), "\(log)")
    try expect(long.results, in: folder, log)
  }

  @Test(
    "a job that is cancelled saves its work, stays cancelled, and goes on when it is submitted again",
    arguments: ["srun", "mpirun"])
  func cancelled(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let long = try await Self.long.value
    let folder = try folder(method: long.method)
    let number = try cluster.submit(
      "slurm/requeue.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    try await cluster.untilItFits(number, in: folder)
    try cluster.run("scancel \(number)", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    #expect(job.state == "CANCELLED", "\(cluster.log(number, in: folder))")
    // It would have been requeued by now.
    try await Task.sleep(for: .seconds(2))
    #expect(try cluster.job(number, in: folder)?.state == "CANCELLED")
    let log = cluster.log(number, in: folder)
    #expect(log.contains("stopped: SIGTERM on rank "), "\(log)")
    #expect(log.contains(" saved "), "\(log)")
    #expect(folder.files(in: "out") == ["ledger"])

    let again = try cluster.submit("slurm/requeue.sbatch job.yaml", in: folder)
    #expect(try await cluster.end(of: again, in: folder).exitCode == 0)
    try expect(long.results, in: folder, cluster.log(again, in: folder))
  }

  @Test("a job that is requeued by Slurm saves its work first", arguments: ["srun", "mpirun"])
  func preempted(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let long = try await Self.long.value
    let folder = try folder(method: long.method)
    let number = try cluster.submit(
      "slurm/requeue.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    try await cluster.untilItFits(number, in: folder)
    try cluster.run("scontrol requeue \(number)", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.restarts == 1, "\(log)")
    #expect(log.contains("stopped: SIGTERM on rank ") && log.contains(" saved "), "\(log)")
    try expect(long.results, in: folder, log)
  }

  @Test("scripts/submit writes a script from the plan and submits it")
  func submit() async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: Self.short)
    let submit = "\(JobFolder.jobs)/../scripts/submit"
    let shown = try cluster.run("\(submit) job.yaml --dry-run --requeue --time 7", in: folder)
    #expect(shown.exitCode == 0, "\(shown.errors)")
    for line in ["#SBATCH --time=7\n", "#SBATCH --ntasks=1\n", "#SBATCH --requeue\n"] {
      #expect(shown.output.contains(line), "\(shown.output)")
    }
    #expect(folder.files(in: ".") == ["d10.csv", "d11.csv", "job.yaml"])

    let run = try cluster.run("\(submit) job.yaml --ntasks=3 --nodes 2 -- --comment=x", in: folder)
    let words = run.output.split(whereSeparator: \.isWhitespace)
    let place = try #require(words.firstIndex(of: "submitted"), "\(run.output)\(run.errors)")
    let number = try #require(Int(words[place + 2]))
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(log.contains("2 fits on 3 ranks"), "\(log)")
    let about = try cluster.run("scontrol show job \(number)", in: folder).output
    #expect(about.contains("NumNodes=2 ") && about.contains("Comment=x"), "\(about)")
    try expect(try await resultsWithoutSlurm(of: folder), in: folder, log)

    let wrong = try cluster.run("\(submit) job.yaml --nodse=2", in: folder)
    #expect(wrong.exitCode == 64 && wrong.errors.contains("--nodse is no option"))
  }

  /// Ways in which a running job is interrupted.
  private static let interruptions = [
    "scontrol requeue", "scancel -b -s USR1", "scancel -s USR1",
  ]

  @Test(
    "a job that is interrupted at five random moments ends with the same bytes",
    arguments: ["srun", "mpirun"], [UInt64.random(in: 0...999), .random(in: 1000...1999)])
  func interrupted(launcher: String, seed: UInt64) async throws {
    let cluster = try SlurmCluster.current
    let long = try await Self.long.value
    let folder = try folder(method: long.method)
    var generator = SplitMix64(seed: seed)
    var number = try cluster.submit(
      "slurm/requeue.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    var story = ["\(launcher), seed \(seed)"]
    var restarts = 0
    var logs = ""
    func log() -> String { "\(story)\n\(cluster.log(number, in: folder))" }
    for _ in 0..<5 {
      let running = try await eventually(log()) {
        try cluster.job(number, in: folder).flatMap {
          $0.hasEnded || ($0.state == "RUNNING" && $0.restarts >= restarts) ? $0 : nil
        }
      }
      if running.hasEnded { break }
      let milliseconds = Int.random(in: 0...2500, using: &generator)
      let interruption = Self.interruptions.randomElement(using: &generator)!
      try await Task.sleep(for: .milliseconds(milliseconds))
      story.append("\(interruption) after \(milliseconds) ms")
      try cluster.run("\(interruption) \(number)", in: folder)
      // It is queued again, or ends.
      var polls = 0
      let job = try await eventually(log()) {
        let job = try cluster.job(number, in: folder)
        if let job, job.hasEnded || job.restarts > restarts { return job }
        // Before its ranks are started there is nobody who hears a signal to them.
        polls += 1
        if polls.isMultiple(of: 20), job?.state == "RUNNING", interruption.hasPrefix("scancel -s") {
          try cluster.run("\(interruption) \(number)", in: folder)
        }
        return nil
      }
      restarts = job.restarts
      if job.hasEnded {
        guard job.state != "COMPLETED" else { break }
        story.append("\(job.state) \(job.exitCode)")
        logs += cluster.log(number, in: folder) + "\n"
        number = try cluster.submit(
          "slurm/requeue.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
        restarts = 0
      }
    }
    print("interrupted: \(story.joined(separator: "; "))")
    let job = try await cluster.end(of: number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log())")
    #expect(story.count > 2, "the job was too short: \(log())")
    expectNothingLost(logs + cluster.log(number, in: folder))
    try expect(long.results, in: folder, log())
  }

  /// Every run but the last has said that it saved its work, and each begins where the one before
  /// has stopped.
  private func expectNothingLost(_ log: String) {
    let lines = log.split(separator: "\n")
    let begun = lines.count { $0.contains(" fits on ") || $0.contains(" were done before, ") }
    let stopped = lines.count { $0.hasPrefix("stopped: ") }
    #expect(begun == stopped + 1, "\(log)")
    var saved: (name: Substring, iteration: Substring)?
    for line in lines {
      if let match = line.firstMatch(of: /done, (.+) is saved after iteration (\d+)/) {
        saved = (match.1, match.2)
      } else if let match = line.firstMatch(
        of: #/ (\S+): \d+ subjects.*goes on after iteration (\d+)/#),
        let before = saved, match.1 == before.name
      {
        #expect(match.2 == before.iteration, "\(log)")
        saved = nil
      }
    }
  }
}
