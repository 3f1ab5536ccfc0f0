import DataPartition
import Estimation
import Foundation
import JobControl
import MessagePassing
import OutputFolders
import Report
import TestSupport
import Testing

/// Files of an output folder in which something has been changed by somebody who has also put the
/// checksums right.
///
/// What cannot be is refused with one sentence and 77; what can be is harmless: no other result, no
/// trap.
@Suite("records and checkpoints with wild values and valid checksums")
struct SavedWorkMutationTests {
  /// A job that is done, and one that was stopped; each made once.
  private static let done = try? Output.made(stopping: false)
  private static let stopped = try? Output.made(stopping: true)

  @Test("a record is refused, or does no harm", arguments: 0..<100)
  func records(seed: UInt64) throws {
    let original = try #require(Self.done)
    var generator = SplitMix64(seed: seed)
    let output = try original.copy()
    defer { output.remove() }
    var (what, isChanged) = ("", false)
    while !isChanged { (what, isChanged) = try output.mutateRecord(&generator) }
    try output.expectHarmless(like: original, exact: true, "seed \(seed): \(what)")
  }

  @Test("a checkpoint is refused, or does no harm", arguments: 0..<100)
  func checkpoints(seed: UInt64) throws {
    let original = try #require(Self.stopped)
    let reference = try #require(Self.done)
    var generator = SplitMix64(seed: 1000 + seed)
    let output = try original.copy()
    defer { output.remove() }
    let what = try output.mutateCheckpoint(&generator)
    try output.expectHarmless(like: reference, exact: false, "seed \(seed): \(what)")
  }

  @Test("every byte of the ledger counts: no other result whichever bit is flipped")
  func flippedBits() throws {
    let original = try #require(Self.done)
    var generator = SplitMix64(seed: 5)
    for name in try original.ledgerFiles().filter({ $0.hasSuffix(".records") || $0 == "job.json" })
    {
      let whole = try original.bytes(name)
      for _ in 0..<12 {
        let output = try original.copy()
        defer { output.remove() }
        var bytes = whole
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] ^= UInt8(1 << (place % 8))
        try output.write(bytes, to: name)
        try output.expectHarmless(like: original, exact: true, "byte \(place) of \(name)")
      }
    }
  }
}

/// An output folder with its job.
private struct Output {
  let folder: String
  var ledger: String { "\(folder)/out/ledger" }
  static let results = [
    "fit.json", "estimates.csv", "subjects.csv", "iterations.csv", "starts.csv",
  ]

  private static let job = SmallJob.simulated(
    dataSets: 2, subjects: 20, estimation: "method: exact\n  starts: 2")

  private init() throws {
    folder = NSTemporaryDirectory() + "popmix-mutation-" + UUID().uuidString
  }

  static func made(stopping: Bool) throws -> Output {
    let output = try Output()
    try FileManager.default.createDirectory(
      atPath: output.folder, withIntermediateDirectories: true)
    try job.write(toFile: "\(output.folder)/job.yaml", atomically: true, encoding: .utf8)
    _ = try output.run(stopping: stopping)
    return output
  }

  func copy() throws -> Output {
    let other = try Output()
    try FileManager.default.copyItem(atPath: folder, toPath: other.folder)
    return other
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  @discardableResult
  func run(stopping: Bool = false) throws -> OutputFolders.ExitStatus {
    let job = try LoadedJob(path: "\(folder)/job.yaml", communicator: SerialCommunicator())
    let stop = StopRequest()
    return try JobRunner(
      job: job, communicator: SerialCommunicator(),
      observer: stopping ? LateStopper(stop: stop) as any JobObserver : SilentObserver(),
      environment: RunEnvironment(version: "1", host: "here", mpi: "none"), stop: stop
    ).fit(output: "\(folder)/out")
  }

  func ledgerFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: ledger).sorted()
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(ledger)/\(name)")))
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(ledger)/\(name)"))
  }

  /// Runs the job again, from what is in the ledger.
  /// - Parameter exact: whether all files have to be the same, and not only the likelihood.
  func expectHarmless(like original: Output, exact: Bool, _ comment: Comment) throws {
    for name in Self.results {
      try? FileManager.default.removeItem(atPath: "\(folder)/out/\(name)")
    }
    do {
      #expect(try run() == .success, comment)
    } catch let failure as JobFailure {
      #expect(failure.code == .occupied, "\(comment): \(failure)")
      #expect(!failure.message.contains { $0.isNewline } && failure.message.hasSuffix("."), comment)
      return
    }
    for name in Self.results where exact {
      let isSame =
        try Data(contentsOf: URL(filePath: "\(folder)/out/\(name)"))
        == Data(contentsOf: URL(filePath: "\(original.folder)/out/\(name)"))
      #expect(isSame, "\(comment): \(name)")
    }
    let (own, other) = (try objectives(), try original.objectives())
    #expect(own.count == other.count, comment)
    for (a, b) in zip(own, other) { #expect(abs(a - b) < 0.05, "\(comment): \(a), not \(b)") }
  }

  /// −2 log L of each data set.
  private func objectives() throws -> [Double] {
    let path = "\(folder)/out/fit.json"
    let document = try FitDocument(
      json: Array(try Data(contentsOf: URL(filePath: path))), path: path)
    return document.dataSets.compactMap(\.fit?.minusTwoLogLikelihood)
  }

  // MARK: Records

  /// Changes a record, and puts its checksums right.
  func mutateRecord(_ generator: inout SplitMix64) throws -> (what: String, isChanged: Bool) {
    let name = try #require(try ledgerFiles().first { $0.hasSuffix(".records") })
    let whole = try bytes(name)
    var records: [(line: [UInt8], payload: [UInt8])] = []
    var place = 0
    while place < whole.count {
      let end = try #require(whole[place...].firstIndex(of: 10))
      let line = Array(whole[place..<end].dropLast(65))
      let lengths = try #require(
        try (JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])?["lengths"] as? [Int]
      )
      let count = lengths.reduce(0, +)
      records.append((line, Array(whole[end + 1..<end + 1 + count])))
      place = end + 2 + count
    }
    let chosen = Int.random(in: records.indices, using: &generator)
    var what = ""
    switch Int.random(in: 0..<8, using: &generator) {
    case 0:
      records.shuffle(using: &generator)
      what = "other order"
    case 1:
      records.append(records[chosen])
      what = "a record twice"
    default:
      let object = try JSONSerialization.jsonObject(with: Data(records[chosen].line))
      let changed = Mutation.apply(to: object, at: "", &generator, &what)
      records[chosen].line = Array(
        try JSONSerialization.data(withJSONObject: changed, options: [.sortedKeys]))
    }
    var bytes: [UInt8] = []
    for record in records {
      bytes += record.line
      bytes += Array(" \(sha256(record.line))\n".utf8)
      bytes += record.payload
      bytes.append(10)
    }
    try write(bytes, to: name)
    return (what, bytes != whole)
  }

  // MARK: Checkpoints

  /// Changes a checkpoint, and puts its checksums right.
  func mutateCheckpoint(_ generator: inout SplitMix64) throws -> String {
    let name = try #require(try ledgerFiles().first { $0.hasSuffix(".checkpoint") })
    var whole = try bytes(name)
    let last = whole.suffix(5 + 1 + 20 + 1 + 64 + 1)
    let offset = try #require(Int(String(decoding: last.dropFirst(6).prefix(20), as: UTF8.self)))
    let text = whole[offset..<whole.count - last.count]
    var index = try #require(
      try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    let stateOffset = try #require(index["stateOffset"] as? Int)
    var state = Array(whole[stateOffset..<offset])
    var what = ""
    switch Int.random(in: 0..<4, using: &generator) {
    case 0:
      index = Mutation.apply(to: index, at: "index", &generator, &what) as? [String: Any] ?? [:]
    case 1:
      var stretches = try #require(index["states"] as? [[String: Any]])
      let start = try #require(stretches[0]["offset"] as? Int)
      let width = try #require(stretches[0]["width"] as? Int)
      let count = try #require(stretches[0]["count"] as? Int)
      let place = Int.random(in: 0..<width, using: &generator)
      let subject = Int.random(in: 0..<count, using: &generator)
      let value = [
        Double.nan, .infinity, -1, 0, 1e300, 0.5, 7, Double(Int.max), 1e18,
      ].randomElement(using: &generator)!
      withUnsafeBytes(of: value.bitPattern.littleEndian) {
        let at = start + 8 * (subject * width + place)
        whole.replaceSubrange(at..<at + 8, with: $0)
      }
      stretches[0]["sha256"] = sha256(Array(whole[start..<start + 8 * width * count]))
      index["states"] = stretches
      what = "double \(place) of subject \(subject) is \(value)"
    default:
      let object = try PropertyListSerialization.propertyList(from: Data(state), format: nil)
      let changed = Mutation.apply(to: object, at: "state", &generator, &what)
      state = Array(
        try PropertyListSerialization.data(fromPropertyList: changed, format: .binary, options: 0))
      index["stateCount"] = state.count
      index["stateSHA256"] = sha256(state)
    }
    let json = Array(try JSONSerialization.data(withJSONObject: index))
    let digits = "\(stateOffset + state.count)"
    let end =
      "index " + String(repeating: "0", count: 20 - digits.count) + digits + " \(sha256(json))\n"
    var bytes = Array(whole[..<stateOffset])
    bytes += state
    bytes += json
    bytes += Array(end.utf8)
    try write(bytes, to: name)
    return what
  }
}

private func sha256(_ bytes: [UInt8]) -> String {
  let digest = FileDigest()
  bytes.withUnsafeBytes { digest.add($0) }
  return digest.hexadecimal()
}

/// Changes one value somewhere in a tree of texts, numbers, lists and dictionaries.
private enum Mutation {
  static func apply(
    to value: Any, at path: String, _ generator: inout SplitMix64, _ what: inout String
  ) -> Any {
    if var dictionary = value as? [String: Any], !dictionary.isEmpty {
      let key = dictionary.keys.sorted().randomElement(using: &generator)!
      if Int.random(in: 0..<25, using: &generator) == 0 {
        what = "\(path) without \(key)"
        dictionary[key] = nil
      } else {
        dictionary[key] = apply(to: dictionary[key]!, at: "\(path).\(key)", &generator, &what)
      }
      return dictionary
    }
    if var list = value as? [Any], !list.isEmpty {
      let place = Int.random(in: list.indices, using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: list.removeLast()
      case 1: list.append(list[place])
      case 2: list.reverse()
      case 3: list.swapAt(0, place)
      default:
        list[place] = apply(to: list[place], at: "\(path)[\(place)]", &generator, &what)
        return list
      }
      what = "\(path) with another order or length"
      return list
    }
    let wild: Any
    if value is String {
      wild = ["", "x", "converged", "=1", String(repeating: "a", count: 5000)]
        .randomElement(using: &generator)!
    } else {
      let numbers: [Any] = [
        0, -1, 1, 2, 63, 4096, 1_000_000_007, Int.max, Int.min + 1, 0.5, -1e300, 1e300,
      ]
      wild = numbers.randomElement(using: &generator)!
    }
    what = "\(path) is \("\(wild)".prefix(30)), not \("\(value)".prefix(30))"
    return wild
  }
}

/// Asks for a stop in a later iteration.
private struct LateStopper: JobObserver {
  let stop: StopRequest

  func begins(stage: String) {}
  func wrote(_ kind: String, tables: [String], folder: String, files: [String]) {}
  func planned(pieces: Int, toDo: Int, ranks: Int, schedule: Schedule) {}
  func begins(
    _ name: String, start: Int, subjects: Int, observations: Int, ranks: Int, iterationsDone: Int
  ) {}
  func iterated(_ record: IterationRecord, settings: EstimationSettings) {
    if record.iteration == 5 { stop.ask(signal: 15) }
  }
  func finished(_ result: DataSetResult, begun: Int, of count: Int, onFirstRank: Bool) {}
  func warn(_ message: String) {}
  func partDone(_ part: JobPart, statuses: [String], failures: [String]) {}
  func stopped(_ report: StopReport) {}
  func wrote(
    tables: [String], statuses: [String], idlePercent: Double?, folder: String, files: [String]
  ) {}
  func foundDone(statuses: [String], failures: [String], folder: String) {}
}
