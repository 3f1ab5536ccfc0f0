/// Why ranks could not work together.
public enum CommunicationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The message-passing library reported an error.
  case failed(operation: String, code: Int32, message: String)
  /// Another rank has ended and cannot take part any more.
  case abandoned(operation: String, rank: Int)
  /// Ranks called different operations, or the same with different counts or roots.
  case mismatch(here: String, elsewhere: String, rank: Int)
  /// A message that should hold numbers of 8 bytes each ends within one.
  case incompleteNumbers(byteCount: Int)
  /// A value that cannot be sent, or a message that holds no such value.
  case notEncodable(_ type: String, reason: String)
  /// MPI was to be started for a second time in this process.
  case startedTwice
  /// The MPI library does not let a thread other than the first call it.
  case threadsNotSupported(library: String)

  public var description: String {
    switch self {
    case .failed(let operation, let code, let message):
      "MPI could not \(operation): \(message) (code \(code))."
    case .abandoned(let operation, let rank):
      "Could not \(operation): rank \(rank) has ended before."
    case .mismatch(let here, let elsewhere, let rank):
      "The ranks do not work in step: this rank was to \(here), rank \(rank) to \(elsewhere)."
    case .incompleteNumbers(let byteCount):
      "A message of \(byteCount) bytes was found, a multiple of 8 was expected."
    case .notEncodable(let type, let reason):
      "A message of type \(type) cannot be sent or read: \(reason)."
    case .startedTwice:
      "MPI was started before in this process, and cannot be started again."
    case .threadsNotSupported(let library):
      "\(library) was built without thread support, MPI_THREAD_SERIALIZED is needed; "
        + "use an MPI library that was built with it."
    }
  }
}
