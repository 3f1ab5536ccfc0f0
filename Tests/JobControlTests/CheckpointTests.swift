import Estimation
import Foundation
import JobControl
import MessagePassing
import OutputFolders
import Report
import TestSupport
import Testing

/// Asks for a stop as soon as a fit begins.
private struct Stopper: JobObserver {
  let stop = StopRequest()
  var warnings: @Sendable (String) -> Void = { _ in }

  func begins(stage: String) {}
  func wrote(_ kind: String, tables: [String], folder: String, files: [String]) {}
  func planned(pieces: Int, toDo: Int, ranks: Int, schedule: Schedule) {}
  func begins(
    _ name: String, start: Int, subjects: Int, observations: Int, ranks: Int, iterationsDone: Int
  ) {
    stop.ask(signal: 15)
  }
  func iterated(_ record: IterationRecord, settings: EstimationSettings) {}
  func finished(_ result: DataSetResult, begun: Int, of count: Int, onFirstRank: Bool) {}
  func warn(_ message: String) {}
  func partDone(_ part: JobPart, statuses: [String], failures: [String]) {}
  func stopped(_ report: StopReport) {}
  func wrote(
    tables: [String], statuses: [String], idlePercent: Double?, folder: String, files: [String]
  ) {}
  func foundDone(statuses: [String], failures: [String], folder: String) {}
}

@Suite("Checkpoints")
struct CheckpointTests {
  private let folder = NSTemporaryDirectory() + "popmix-checkpoint-" + UUID().uuidString
  private var ledger: String { "\(folder)/out/ledger" }

  private static let job = SmallJob.simulated(
    dataSets: 1, subjects: 40, estimation: "method: exact\n  starts: 2")

  /// - Parameter stopping: whether to stop after the first iteration.
  @discardableResult
  private func run(
    _ text: String = job, version: String = "1", stopping: Bool = false, ranks: Int = 1
  ) throws -> OutputFolders.ExitStatus {
    let folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try text.write(toFile: "\(folder)/job.yaml", atomically: true, encoding: .utf8)
    return try ThreadCommunicator.run(ranks: ranks) { communicator in
      let job = try LoadedJob(path: "\(folder)/job.yaml", communicator: communicator)
      let stopper = Stopper()
      return try JobRunner(
        job: job, communicator: communicator,
        observer: stopping ? stopper as any JobObserver : SilentObserver(),
        environment: RunEnvironment(version: version, host: "here", mpi: "none"), stop: stopper.stop
      ).fit(output: "\(folder)/out")
    }[0].get()
  }

  /// Why a run is refused; `nil` if it is not.
  private func refusal(_ text: String = job, version: String = "1") throws -> String? {
    do {
      try run(text, version: version)
      return nil
    } catch let failure as JobFailure {
      #expect(failure.code == .occupied)
      return failure.message
    }
  }

  private func checkpoints() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: ledger).filter { $0.contains("checkpoint") }
      .sorted()
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(ledger)/\(name)")))
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(ledger)/\(name)"))
  }

  private func fault(_ name: String) -> String? {
    do throws(CheckpointFault) {
      try CheckpointReader(path: "\(ledger)/\(name)").verify { _ in true }
      return nil
    } catch { return error.description }
  }

  @Test(
    "a stopped fit leaves one checkpoint, a later one keeps that before it, and the end neither")
  func files() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let job = Self.job.replacingOccurrences(of: "starts: 2", with: "starts: 1")
    #expect(try run(job, stopping: true, ranks: 2) == .stopped)
    let first = try checkpoints()
    #expect(first.count == 1)
    let before = try bytes(first[0])
    #expect(try run(job, stopping: true) == .stopped)
    #expect(try checkpoints() == [first[0], first[0] + ".previous"])
    #expect(try bytes(first[0] + ".previous") == before)
    let index = try CheckpointReader(path: "\(ledger)/\(first[0])").index
    #expect(index.identity.subjects == 40)
    #expect(index.iterations == 2)
    #expect(try run(job) == .success)
    #expect(try checkpoints().isEmpty)
  }

  @Test("every byte is checked: no flipped bit, no length but the whole passes")
  func damage() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try run(stopping: true)
    let name = try checkpoints()[0]
    let whole = try bytes(name)
    #expect(fault(name) == nil)
    var regions: [String: Int] = [:]
    for place in whole.indices {
      var flipped = whole
      flipped[place] ^= UInt8(1 << (place % 8))
      try write(flipped, to: name)
      let fault = fault(name)
      #expect(fault != nil, "byte \(place)")
      regions[fault?.split(separator: " ").prefix(2).joined(separator: " ") ?? "", default: 0] += 1
    }
    #expect(regions["is damaged:", default: 0] > whole.count / 2)
    #expect(regions["is no", default: 0] > 10)
    #expect(regions["has format", default: 0] > 0)
    #expect(regions["has been", default: 0] > 10)
    for length in stride(from: 0, to: whole.count, by: 7) {
      try write(Array(whole.prefix(length)), to: name)
      #expect(fault(name) != nil, "\(length) bytes")
    }
    try write(whole + [0], to: name)
    #expect(fault(name) != nil)
    try write(whole, to: name)
    #expect(fault(name) == nil)
  }

  @Test("a broken checkpoint is refused with what was found and expected, and the ways out work")
  func refused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try run(stopping: true)
    try run(stopping: true)
    let name = try checkpoints()[0]
    let whole = try bytes(name)

    var damaged = whole
    damaged[3000] ^= 4
    try write(damaged, to: name)
    let refused = try #require(try refusal())
    #expect(
      refused.hasPrefix("\(ledger)/\(name): the checkpoint of small_1.csv is damaged: bytes "))
    #expect(refused.contains("have SHA-256 ") && refused.contains("…, and had "))
    #expect(
      refused.contains(
        "Remove it to go on from the one before it (\(ledger)/\(name).previous, after 1 iteration), or give --restart"
      ))
    #expect(try bytes(name) == damaged)

    let newer = Array("popmix-checkpoint 3".utf8) + whole.dropFirst(19)
    try write(newer, to: name)
    #expect(
      try refusal()?.contains("has format version 3, and this popmix reads version 2") == true)
    try write([], to: name)
    #expect(try refusal()?.contains("is no checkpoint: it begins with ''") == true)
    // The one before it.
    try FileManager.default.removeItem(atPath: "\(ledger)/\(name)")
    #expect(try refusal() == nil)
  }

  @Test("checkpoints of other fits are refused")
  func foreign() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try run(stopping: true)
    let first = try checkpoints()[0]
    let foreign = try bytes(first)
    try FileManager.default.removeItem(atPath: folder)
    let other = Self.job.replacingOccurrences(of: "starts: 2", with: "starts: 2\n  seed: 5")
    try run(other, stopping: true)
    try write(foreign, to: first)
    let refused = try #require(try refusal(other))
    #expect(
      refused.contains("is of another fit: the job, by its fingerprint, is ")
        && refused.contains(" there, and ") && refused.contains("give --restart"), "\(refused)")
    // Another version refuses the whole folder.
    #expect(
      try refusal(other, version: "2")?.contains("popmix is another one (2, there 1)") == true)
  }
}
