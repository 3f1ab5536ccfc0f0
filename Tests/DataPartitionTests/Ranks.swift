import DataPartition
import MessagePassing
import PopulationData
import Testing

/// Numbers of ranks that tests take.
let rankCounts = [1, 2, 3, 5, 8]

/// What all ranks together have read.
struct WholeReading: Equatable {
  var name: String
  var subjects: [Subject]
  var fingerprint: UInt64
  var report: ReadingReport
  var observationCount: Int
  var measuredCount: Int
  var hashes: [UInt64]
  var limits: CensoringLimits

  init(_ dataset: Dataset) {
    name = dataset.name
    subjects = dataset.subjects
    fingerprint = dataset.fingerprint
    report = dataset.report
    observationCount = dataset.observationCount
    let share = DatasetShare(dataset)
    measuredCount = share.measuredCount
    hashes = [share.observationsFingerprint, share.designFingerprint]
    limits = share.limits
  }

  /// Puts shares together, of which each must know the same of the whole.
  init(_ shares: [DatasetShare], sourceLocation: SourceLocation = #_sourceLocation) {
    let first = shares[0]
    for share in shares {
      #expect(share.name == first.name, sourceLocation: sourceLocation)
      #expect(share.sha256 == first.sha256, sourceLocation: sourceLocation)
      #expect(share.fingerprint == first.fingerprint, sourceLocation: sourceLocation)
      #expect(share.report == first.report, sourceLocation: sourceLocation)
      #expect(share.observationCount == first.observationCount, sourceLocation: sourceLocation)
      #expect(share.measuredCount == first.measuredCount, sourceLocation: sourceLocation)
      #expect(share.limits == first.limits, sourceLocation: sourceLocation)
    }
    var next = 0
    for share in shares {
      #expect(share.firstIndex == next, sourceLocation: sourceLocation)
      next += share.subjects.count
    }
    #expect(first.subjectCount == next, sourceLocation: sourceLocation)
    name = first.name
    subjects = shares.flatMap(\.subjects)
    fingerprint = first.fingerprint
    report = first.report
    observationCount = first.observationCount
    measuredCount = first.measuredCount
    hashes = [first.observationsFingerprint, first.designFingerprint]
    limits = first.limits
  }
}

/// What each rank got, or the message of its error.
func onRanks<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (ThreadCommunicator) throws -> Value
) -> [Result<Value, Message>] {
  ThreadCommunicator.run(ranks: count, body).map { $0.mapError { Message(text: "\($0)") } }
}

struct Message: Error, Equatable {
  var text: String
}

/// The reading of a text by several ranks, or the message that all of them have.
func read(
  _ bytes: [UInt8], _ format: DatasetFormat, ranks: Int,
  sourceLocation: SourceLocation = #_sourceLocation
) -> Result<WholeReading, Message> {
  let results = onRanks(ranks) {
    try DatasetShare.read(bytes: bytes, name: "t.csv", format: format, communicator: $0)
  }
  if case .failure(let message) = results[0] {
    for result in results {
      guard case .failure(message) = result else {
        Issue.record(
          "\(ranks) ranks: \(result) beside \(message)", sourceLocation: sourceLocation)
        continue
      }
    }
    return .failure(message)
  }
  do {
    return .success(
      WholeReading(try results.map { try $0.get() }, sourceLocation: sourceLocation))
  } catch {
    return .failure(Message(text: "not on all ranks: \(error)"))
  }
}

/// The reading of a text by the reader for one rank, or its message.
func readAlone(_ bytes: [UInt8], _ format: DatasetFormat) -> Result<WholeReading, Message> {
  do {
    return .success(
      WholeReading(try DatasetReader.read(bytes: bytes, name: "t.csv", format: format)))
  } catch {
    return .failure(Message(text: "\(error)"))
  }
}

/// Expects of any number of ranks what one reader alone finds.
func expectSame(
  _ bytes: [UInt8], _ format: DatasetFormat = .standard, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let alone = readAlone(bytes, format)
  for ranks in rankCounts {
    let together = read(bytes, format, ranks: ranks, sourceLocation: sourceLocation)
    if together != alone {
      // Not the whole values, which are long.
      Issue.record(
        "\(ranks) ranks: \(brief(together)), alone: \(brief(alone)) \(comment ?? "")",
        sourceLocation: sourceLocation)
    }
  }
}

private func brief(_ result: Result<WholeReading, Message>) -> String {
  switch result {
  case .failure(let message): message.text
  case .success(let whole):
    "\(whole.subjects.map { "\($0.id):\($0.line)" }.joined(separator: " ")); \(whole.report)"
  }
}
