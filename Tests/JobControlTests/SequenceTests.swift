import Estimation
import Foundation
import JobControl
import MessagePassing
import OutputFolders
import Report
import Synchronization
import Testing

/// A command that makes something of the fits of several jobs.
enum SequenceCommand: String, CaseIterable, Sendable {
  case bootstrap
  case components
  case study

  /// The job, with some replicates of some data sets.
  func job(_ replicates: Int, dataSets: Int) -> String {
    let model = """
      popmix: 1
      job: small
      model:
        structure: one-compartment bolus
        random-effects:
          V: {distribution: normal, membership: shared}
          k: {distribution: normal, membership: mixture}
        residual-error: proportional

      """
    let simulation = """
      simulation:
        data-sets: \(self == .study ? replicates : dataSets)
        subjects: 20
        doses: [{time: 0, amount: 100}]
        times: [1.5, 2, 3, 4, 5.5]
        values:
          weights: [0.7, 0.3]
          typical: {V: 20, k: [0.3, 0.6]}
          variance: {V: 4, k: 0.0036}
          sigma: .1
        seed: 2007

      """
    return switch self {
    case .bootstrap:
      model + simulation + """
        mixture: {components: 2}
        estimation: {starts: 2}
        bootstrap: {replicates: \(replicates), seed: 9}

        """
    case .components:
      model + """
        data: {files: 'data/small_[0-9].csv'}
        mixture: {components: 1..2}
        estimation: {starts: 2}
        likelihood-ratio-test: {replicates: \(replicates), level: 0.4}

        """
    case .study:
      model + simulation + """
        mixture: {components: 2}
        study:
          methods:
            few: {method: paper, samples: 100, iterations: 10, data-sets: 2}
            many: {method: exact, starts: 2}

        """
    }
  }

  /// Runs the command; collective.
  func run(
    _ job: LoadedJob, _ fits: FitSequence, output: String
  ) throws -> OutputFolders.ExitStatus {
    let options = FitOptions()
    return switch self {
    case .bootstrap:
      try BootstrapRunner(job: job, fits: fits).run(output: output, options: options)
    case .components:
      try SelectionRunner(job: job, fits: fits).run(output: output, options: options)
    case .study:
      try StudyRunner(job: job, fits: fits).run(output: output, options: options)
    }
  }
}

/// What happens while a sequence runs.
private struct Events: JobObserver {
  let stop = StopRequest()
  /// Fits after which it is stopped.
  var limit: Int?
  /// Whether results and ledgers are replaced as soon as they are written.
  var spoils = false
  private let count = Counter()

  private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
      value.withLock {
        $0 += 1
        return $0
      }
    }
  }

  init(limit: Int? = nil, spoils: Bool = false) {
    self.limit = limit
    self.spoils = spoils
  }

  func finished(_ result: DataSetResult, begun: Int, of count: Int, onFirstRank: Bool) {
    if self.count.next() == limit { stop.ask(signal: 15) }
  }

  func wrote(
    tables: [String], statuses: [String], idlePercent: Double?, folder: String, files: [String]
  ) {
    guard spoils else { return }
    let ledger = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/ledger")) ?? []
    let records = ledger.filter { $0.hasSuffix(".records") }.map { "ledger/\($0)" }
    for file in files + records {
      try? "spoiled\n".write(toFile: "\(folder)/\(file)", atomically: false, encoding: .utf8)
    }
  }

  func begins(stage: String) {}
  func wrote(_ kind: String, tables: [String], folder: String, files: [String]) {}
  func planned(pieces: Int, toDo: Int, ranks: Int, schedule: Schedule) {}
  func begins(
    _ name: String, start: Int, subjects: Int, observations: Int, ranks: Int, iterationsDone: Int
  ) {}
  func iterated(_ record: IterationRecord, settings: EstimationSettings) {}
  func warn(_ message: String) {}
  func partDone(_ part: JobPart, statuses: [String], failures: [String]) {}
  func stopped(_ report: StopReport) {}
  func foundDone(statuses: [String], failures: [String], folder: String) {}
}

/// A folder with a job and outputs of its runs.
private struct SequenceFolder {
  let command: SequenceCommand
  /// That replicates are drawn from.
  let dataSets: Int
  let path = NSTemporaryDirectory() + "popmix-sequence-" + UUID().uuidString

  init(_ command: SequenceCommand, replicates: Int, dataSets: Int = 2) throws {
    self.command = command
    self.dataSets = dataSets
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if command == .components {
      // A simulation has one number of components.
      try write(SequenceCommand.bootstrap.job(2, dataSets: dataSets), to: "simulation.yaml")
      let alone = SerialCommunicator()
      let job = try LoadedJob(path: "\(path)/simulation.yaml", communicator: alone)
      _ = try SimulationWriter(job: job, communicator: alone).write(to: "\(path)/data")
    }
    try write(replicates: replicates)
  }

  func write(replicates: Int) throws {
    try write(command.job(replicates, dataSets: dataSets), to: "job.yaml")
  }

  private func write(_ text: String, to file: String) throws {
    try text.write(toFile: "\(path)/\(file)", atomically: true, encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Runs the command on ranks that are threads.
  /// - Returns: how it ended on all of them.
  @discardableResult
  func run(
    _ output: String, ranks: Int, _ events: Events = Events()
  ) throws -> OutputFolders.ExitStatus {
    let ends = ThreadCommunicator.run(ranks: ranks) { communicator in
      let job = try LoadedJob(path: "\(path)/job.yaml", communicator: communicator)
      let fits = FitSequence(
        communicator: communicator, observer: events,
        environment: RunEnvironment(version: "1", host: "here", mpi: "none"), stop: events.stop)
      return try command.run(job, fits, output: "\(path)/\(output)")
    }
    let all = try ends.map { try $0.get() }
    #expect(all.allSatisfy { $0 == all[0] })
    return all[0]
  }

  /// All results of a run; not what belongs to the run itself.
  func results(_ output: String) throws -> [String: Data] {
    let folder = "\(path)/\(output)"
    var results: [String: Data] = [:]
    for case let file as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
      let ending = URL(filePath: file).pathExtension
      guard ["json", "csv", "md"].contains(ending), !file.contains("ledger/"),
        !file.hasSuffix("run.json"), !file.hasSuffix("popmix-files.json")
      else { continue }
      results[file] = try Data(contentsOf: URL(filePath: "\(folder)/\(file)"))
    }
    return results
  }

  /// Whether a file is made of the fits of several jobs.
  func isOwn(_ file: String) -> Bool {
    let ofFits = ["fit.json", "estimates.csv", "subjects.csv", "iterations.csv", "starts.csv"]
    return !file.contains("/") && !ofFits.contains(file)
  }

  /// Expects the results of another run, of all jobs or only of the sequence itself.
  func expect(_ output: String, like other: String, onlyOwn: Bool = false) throws {
    let (own, others) = (try results(output), try results(other))
    #expect(own.keys.sorted() == others.keys.sorted() && own.keys.contains(where: isOwn))
    for (file, bytes) in own where !onlyOwn || isOwn(file) {
      #expect(bytes == others[file], "\(file) of \(output)")
    }
  }
}

@Suite("A sequence of jobs")
struct SequenceTests {
  @Test(
    "takes the fits of its run from memory, whatever becomes of files that it has written",
    arguments: SequenceCommand.allCases)
  func memory(command: SequenceCommand) throws {
    let folder = try SequenceFolder(command, replicates: 4)
    defer { folder.remove() }
    #expect(try folder.run("plain", ranks: 1) == .success)
    for ranks in 1...3 {
      #expect(try folder.run("spoiled-\(ranks)", ranks: ranks, Events(spoils: true)) == .success)
      try folder.expect("spoiled-\(ranks)", like: "plain", onlyOwn: true)
    }
  }

  @Test(
    "has the same results after stops, on other numbers of ranks, and when all was done before",
    arguments: SequenceCommand.allCases)
  func resumed(command: SequenceCommand) throws {
    let folder = try SequenceFolder(command, replicates: 4)
    defer { folder.remove() }
    #expect(try folder.run("plain", ranks: 1) == .success)
    for ranks in 1...3 {
      let output = "resumed-\(ranks)"
      var stops = 0
      while try folder.run(output, ranks: ranks + stops % 2, Events(limit: 3)) == .stopped {
        stops += 1
        try #require(stops < 20)
      }
      #expect(stops > 1)
      try folder.expect(output, like: "plain")
      // Only what is made of all fits is missing.
      for file in try folder.results(output).keys where folder.isOwn(file) {
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(output)/\(file)")
      }
      #expect(try folder.run(output, ranks: 4 - ranks) == .success)
      try folder.expect(output, like: "plain")
    }
  }

  @Test(
    "keeps the replicates that there are when more are asked for, of one data set and of several",
    arguments: SequenceCommand.allCases, [1, 2])
  func more(command: SequenceCommand, dataSets: Int) throws {
    let folder = try SequenceFolder(command, replicates: 3, dataSets: dataSets)
    defer { folder.remove() }
    #expect(try folder.run("more", ranks: 2) == .success)
    try folder.write(replicates: 5)
    #expect(try folder.run("more", ranks: 3) == .success)
    #expect(try folder.run("plain", ranks: 1) == .success)
    try folder.expect("more", like: "plain", onlyOwn: true)
  }
}
