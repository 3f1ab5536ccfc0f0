import MessagePassing
package import PopulationData

/// Why ranks together could not read a data set; the same on all of them.
package struct DatasetFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What to tell the user, as `DatasetError` says it.
  package let message: String
  /// Whether the file could not be opened or read at all.
  package let isUnreadable: Bool

  package init(_ error: DatasetError) {
    message = error.description
    if case .unreadable = error { isUnreadable = true } else { isUnreadable = false }
  }

  fileprivate init(message: String, isUnreadable: Bool) {
    self.message = message
    self.isUnreadable = isUnreadable
  }

  package var description: String { message }
}

extension Communicator {
  /// Throws on all ranks what the lowest rank with an error has to say; collective.
  /// - Parameter advice: follows the message, if the error is that of some ranks only.
  func throwTogether(
    _ error: DatasetError?, advice: (_ rank: Int) -> String = { _ in "" }
  ) throws {
    let failure = error.map(DatasetFailure.init)
    guard let agreed = try agree(failure.map { ($0.message, $0.isUnreadable ? 1 : 0) }) else {
      return
    }
    throw DatasetFailure(
      message: agreed.message + advice(agreed.rank), isUnreadable: agreed.code == 1)
  }

  /// Does something on every rank that may fail on some; if it does, all throw the same
  /// `DatasetFailure`.
  func together<Value>(
    advice: (_ rank: Int) -> String = { _ in "" }, _ work: () throws(DatasetError) -> Value
  ) throws -> Value {
    var result: Result<Value, DatasetError>
    do throws(DatasetError) { result = .success(try work()) } catch { result = .failure(error) }
    if case .failure(let error) = result {
      try throwTogether(error, advice: advice)
    } else {
      try throwTogether(nil, advice: advice)
    }
    return try result.get()
  }

  /// The bytes of all ranks, one rank after the other, on every rank; collective.
  func concatenated(_ bytes: [UInt8]) throws(CommunicationError) -> [UInt8] {
    var all = try gather(bytes, root: 0)?.flatMap { $0 } ?? []
    try broadcast(&all, root: 0)
    return all
  }
}
