import Foundation
import JobControl
import JobFiles
import MessagePassing
import OutputFolders
import Report
import Synchronization
import TestSupport
import Testing

/// A format of a program that there is not: a line for each subject, and a table of all data sets.
private struct TinyFormat: ResultFormat {
  let name = "tiny"
  let needsObservations: Bool
  /// How many subjects of its data set each share had.
  let held = Shares()

  final class Shares: Sendable {
    private let counts = Mutex<[String: [Int]]>([:])
    var all: [String: [Int]] { counts.withLock { $0 } }
    func add(_ dataSet: String, _ count: Int) {
      counts.withLock { $0[dataSet, default: []].append(count) }
    }
  }

  private func path(_ dataSet: FormatPlace.DataSet, _ place: FormatPlace) -> String {
    "\(place.folder)/tiny/\(dataSet.stem).txt"
  }

  func paths(_ place: FormatPlace) -> [FormatPath] {
    place.dataSets.map { FormatPath(path($0, place)) } + [
      FormatPath("\(place.folder)/tiny/all.txt")
    ]
  }

  func files(
    of share: FittedShare, _ run: FittedRun, _ place: FormatPlace, by communicator: any Communicator
  ) throws -> [FormatFile] {
    held.add(share.dataSet.name, share.subjects.count)
    var counts = [Int64(share.subjects.count)]
    try communicator.allReduceSum(&counts)
    var text =
      communicator.rank == 0
      ? "\(run.name), start \(share.dataSet.start): \(counts[0]) subjects, \(share.iterations.count) iterations\n"
      : ""
    for subject in share.subjects {
      let predictions = subject.observations.map { "\($0.time)=\($0.values[2])" }
      text +=
        "\(subject.index) \(subject.id) \(subject.logLikelihood) \(subject.membership) \(subject.means) "
        + predictions.joined(separator: " ") + "\n"
    }
    guard let dataSet = place.dataSet(share.dataSet.name) else { return [] }
    return [FormatFile(path(dataSet, place), text)]
  }

  func overview(_ place: FormatPlace) -> FormatOverview? {
    FormatOverview(path: "\(place.folder)/tiny/all.txt", head: "all\n") { number, dataSet in
      "\(number) \(dataSet?.fit?.logLikelihood ?? 0)\n"
    }
  }
}

/// An output folder of a job with the tiny format.
private struct TinyJob {
  let folder = NSTemporaryDirectory() + "popmix-format-" + UUID().uuidString

  init(dataSets: Int, starts: Int, subjects: Int) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try SmallJob.simulated(
      dataSets: dataSets, subjects: subjects, estimation: "method: exact\n  starts: \(starts)"
    ).write(toFile: "\(folder)/job.yaml", atomically: true, encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs the job on ranks that are threads.
  /// - Returns: the shares that the format was given.
  func run(
    ranks: Int, to output: String = "out", needsObservations: Bool = false,
    options: FitOptions = FitOptions()
  ) throws -> [String: [Int]] {
    let format = TinyFormat(needsObservations: needsObservations)
    let ends = ThreadCommunicator.run(ranks: ranks) { communicator in
      var job = try LoadedJob(path: "\(folder)/job.yaml", communicator: communicator)
      job.ownFormats = [format]
      return try JobRunner(
        job: job, communicator: communicator, observer: SilentObserver(),
        environment: RunEnvironment(version: "1", host: "here", mpi: "none")
      ).fit(output: "\(folder)/\(output)", options: options)
    }
    for end in ends { #expect(try end.get() == .success) }
    return format.held.all
  }

  /// The format's files.
  func files(_ output: String = "out") throws -> [String: String] {
    let own = "\(folder)/\(output)/tiny"
    var files: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: own) {
      files[name] = try String(contentsOfFile: "\(own)/\(name)", encoding: .utf8)
    }
    return files
  }

  func removeFiles(_ output: String = "out") throws {
    try FileManager.default.removeItem(atPath: "\(folder)/\(output)/tiny")
  }
}

@Suite("A format of another program")
struct ResultFormatTests {
  @Test(
    "is made from the shares of 1, 2 and 3 ranks with the same bytes", arguments: [false, true])
  func ranks(needsObservations: Bool) throws {
    let job = try TinyJob(dataSets: 1, starts: 1, subjects: 30)
    defer { job.remove() }
    var first: [String: String]?
    for ranks in 1...3 {
      let shares = try job.run(
        ranks: ranks, to: "out-\(ranks)", needsObservations: needsObservations)
      let counts = try #require(shares.values.first)
      #expect(counts.count == ranks && counts.reduce(0, +) == 30)
      #expect(ranks == 1 || counts.allSatisfy { $0 < 30 }, "no rank has all subjects")
      let files = try job.files("out-\(ranks)")
      if let first { #expect(files == first, "\(ranks) ranks") }
      first = files
    }
    let text = try #require(first?.first { $0.key != "all.txt" }?.value)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 31 && lines[0].hasPrefix("small, start 1: 30 subjects, "))
    #expect(lines[1].contains("1.5=") == needsObservations)
  }

  @Test("has of each data set the start that is kept, whichever ranks have done it")
  func starts() throws {
    let job = try TinyJob(dataSets: 3, starts: 2, subjects: 20)
    defer { job.remove() }
    var first: [String: String]?
    for ranks in 1...3 {
      _ = try job.run(ranks: ranks, to: "out-\(ranks)")
      let files = try job.files("out-\(ranks)")
      #expect(files.count == 4 && files["all.txt"]?.split(separator: "\n").count == 4)
      if let first { #expect(files == first, "\(ranks) ranks") }
      first = files
      let path = "\(job.folder)/out-\(ranks)/fit.json"
      let document = try FitDocument(
        json: Array(try Data(contentsOf: URL(filePath: path))), path: path)
      for dataSet in document.dataSets {
        let stem = dataSet.name.hasSuffix(".csv") ? String(dataSet.name.dropLast(4)) : dataSet.name
        #expect(files["\(stem).txt"]?.hasPrefix("small, start \(dataSet.start): 20 ") == true)
      }
    }
  }

  @Test(
    "is made again of what earlier runs have left, with the same bytes on other numbers of ranks",
    arguments: [1, 3])
  func earlier(dataSets: Int) throws {
    let job = try TinyJob(dataSets: dataSets, starts: 1, subjects: 20)
    defer { job.remove() }
    _ = try job.run(ranks: 2, needsObservations: true)
    let files = try job.files()
    for ranks in [3, 1, 2] {
      try job.removeFiles()
      _ = try job.run(ranks: ranks, needsObservations: true)
      #expect(try job.files() == files, "\(ranks) ranks")
    }
  }

  @Test("is made of a fit whose only part was done by an earlier run", arguments: [1, 2])
  func part(ranks: Int) throws {
    let job = try TinyJob(dataSets: 1, starts: 1, subjects: 20)
    defer { job.remove() }
    _ = try job.run(ranks: 1, to: "whole")
    _ = try job.run(ranks: ranks, options: FitOptions(part: JobPart(number: 1, of: 1)))
    _ = try job.run(ranks: 1)
    #expect(try job.files() == job.files("whole"))
  }

  @Test("files of it that are not wanted any more are removed, and others are left")
  func removed() throws {
    let job = try TinyJob(dataSets: 2, starts: 1, subjects: 20)
    defer { job.remove() }
    _ = try job.run(ranks: 2)
    let listed = try #require(
      try WrittenFiles.read(in: "\(job.folder)/out")?.files.filter {
        $0.value.kind.rawValue == "tiny"
      })
    #expect(listed.count == 3)
    try "mine".write(
      toFile: "\(job.folder)/out/tiny/mine.txt", atomically: true, encoding: .utf8)
    _ = try job.run(ranks: 1)
    #expect(try job.files()["mine.txt"] == "mine" && job.files().count == 4)
  }
}
