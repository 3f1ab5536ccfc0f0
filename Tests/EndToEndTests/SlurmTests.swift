import Foundation
import TestSupport
import Testing

@Suite("Jobs of Slurm, on a cluster of two nodes", .onSlurm, .whereClustersAreAllowed)
struct SlurmTests {
  /// A job file `job.yaml` on two data sets, with what a fit without Slurm makes of it in `whole`.
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
    let whole = try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/whole"],
      ranks: 2)
    try #require(whole.exitCode == 0, "\(whole.errors)")
    return folder
  }

  private let short = "method: paper\n  samples: 200\n  iterations: 5"
  /// Some ten seconds on one core, in iterations of some milliseconds.
  private let long = "method: paper\n  samples: 10000\n  iterations: 300"

  private func expectSameResults(_ folder: JobFolder, _ log: String) throws {
    #expect(try folder.results(in: "out") == folder.results(in: "whole"), "\(log)")
    #expect(folder.files(in: "out") == JobFolder.outputs, "\(log)")
  }

  @Test(
    "fit.sbatch gives the same bytes as a fit without Slurm", arguments: ["srun", "mpirun"])
  func fit(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: short)
    let number = try cluster.submit(
      "slurm/fit.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(log.contains("2 fits on 4 ranks"), "\(log)")
    try expectSameResults(folder, log)
  }

  @Test("a job ends with the exit code of popmix", arguments: ["srun", "mpirun"])
  func exitCode(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: short)
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
    let folder = try folder(method: short)
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
    let folder = try folder(method: short, dataSets: 7)
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
    try expectSameResults(folder, log)
  }

  @Test("a study draws its data sets and fits them in one job")
  func study() async throws {
    let cluster = try SlurmCluster.current
    let folder = try JobFolder()
    let example = try String(
      contentsOfFile: "\(JobFolder.jobs)/wang2007-simulated.yaml", encoding: .utf8)
    try folder.write(example, to: "simulation.yaml")
    try folder.write(
      JobFolder.job(method: short).replacingOccurrences(
        of: "files: data.csv", with: "files: 'data/*[0-9].csv'"), to: "fit.yaml")
    let number = try cluster.submit(
      "slurm/study.sbatch simulation.yaml fit.yaml data", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(log.contains("5 data sets: 5 "), "\(log)")
    let whole = try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/fit.yaml", "--quiet", "-o", "\(folder.path)/whole"])
    #expect(whole.exitCode == 0)
    try expectSameResults(folder, log)
  }

  @Test(
    "short runs are requeued by themselves until all is done", arguments: ["srun", "mpirun"])
  func requeued(launcher: String) async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: long)
    let number = try cluster.submit(
      "slurm/requeue.sbatch job.yaml --max-time 4s", in: folder, environment: ["LAUNCHER": launcher]
    )
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(job.restarts >= 2, "\(log)")
    try expectSameResults(folder, log)
  }

  @Test("a job longer than its time limit is requeued by itself until done")
  func timeLimit() async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: "method: paper\n  samples: 20000\n  iterations: 1200")
    let number = try cluster.submit("--time=1 slurm/requeue.sbatch job.yaml", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(log)")
    #expect(job.restarts >= 1, "\(log)")
    try expectSameResults(folder, log)
  }

  @Test("a job that is cancelled stays cancelled, and goes on when it is submitted again")
  func cancelled() async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: long)
    let number = try cluster.submit("slurm/requeue.sbatch job.yaml", in: folder)
    _ = try await eventually("a job that fits\n\(cluster.log(number, in: folder))") {
      cluster.log(number, in: folder).contains("iteration 2 ") ? true : nil
    }
    try cluster.run("scancel \(number)", in: folder)
    let job = try await cluster.end(of: number, in: folder)
    #expect(job.state == "CANCELLED", "\(cluster.log(number, in: folder))")
    // It would have been requeued by now.
    try await Task.sleep(for: .seconds(2))
    #expect(try cluster.job(number, in: folder)?.state == "CANCELLED")
    #expect(folder.files(in: "out") == ["ledger"])

    let again = try cluster.submit("slurm/requeue.sbatch job.yaml", in: folder)
    #expect(try await cluster.end(of: again, in: folder).exitCode == 0)
    try expectSameResults(folder, cluster.log(again, in: folder))
  }

  /// Ways in which a running job is interrupted.
  private static let interruptions = [
    "scontrol requeue", "scancel -b -s USR1", "scancel -s USR1", "scancel -b -s TERM",
  ]

  @Test(
    "a job that is interrupted at five random moments ends with the same bytes",
    arguments: ["srun", "mpirun"], [UInt64.random(in: 0...999), .random(in: 1000...1999)])
  func interrupted(launcher: String, seed: UInt64) async throws {
    let cluster = try SlurmCluster.current
    let folder = try folder(method: long)
    var generator = SeededGenerator(seed: seed)
    var number = try cluster.submit(
      "slurm/requeue.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
    var story = ["\(launcher), seed \(seed)"]
    for _ in 0..<5 {
      _ = try await eventually("\(story)\n\(cluster.log(number, in: folder))") {
        try cluster.job(number, in: folder).flatMap {
          $0.state == "RUNNING" || $0.hasEnded ? $0 : nil
        }
      }
      let milliseconds = Int.random(in: 0...2500, using: &generator)
      let interruption = Self.interruptions.randomElement(using: &generator)!
      try await Task.sleep(for: .milliseconds(milliseconds))
      story.append("\(interruption) after \(milliseconds) ms")
      try cluster.run("\(interruption) \(number)", in: folder)
      // Wait until the job is in the queue again, or has ended by the signal.
      let job = try await eventually("\(story)\n\(cluster.log(number, in: folder))") {
        try cluster.job(number, in: folder).flatMap {
          $0.state == "PENDING" || $0.hasEnded ? $0 : nil
        }
      }
      if job.hasEnded && job.exitCode == 0 && job.state == "COMPLETED" { break }
      if job.hasEnded {
        number = try cluster.submit(
          "slurm/requeue.sbatch job.yaml", in: folder, environment: ["LAUNCHER": launcher])
      }
    }
    print("interrupted: \(story.joined(separator: "; "))")
    let job = try await cluster.end(of: number, in: folder)
    let log = cluster.log(number, in: folder)
    #expect(job.state == "COMPLETED" && job.exitCode == 0, "\(story)\n\(log)")
    try expectSameResults(folder, "\(story)\n\(log)")
  }
}
