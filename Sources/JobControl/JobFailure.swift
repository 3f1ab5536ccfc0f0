import MessagePassing

/// Why a job ends without results: what to tell the user and the exit code, the same on all ranks.
public struct JobFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String
  public let code: ExitStatus

  public init(message: String, code: ExitStatus) {
    self.message = message
    self.code = code
  }

  public var description: String { message }
}

extension Communicator {
  /// Does something on the first rank that may fail; if it does, all ranks learn of it and throw the same `JobFailure`.
  /// - Parameter status: of the failure, unless `work` throws a `JobFailure` with its own.
  func onFirstRank<Value>(failingWith status: ExitStatus, _ work: () throws -> Value) throws
    -> Value?
  {
    var value: Value?
    var failure: (message: String, code: Int32)?
    if rank == 0 {
      do { value = try work() } catch {
        failure = ("\(error)", ((error as? JobFailure)?.code ?? status).rawValue)
      }
    }
    if let agreed = try agree(failure) {
      throw JobFailure(
        message: agreed.message, code: ExitStatus(rawValue: agreed.code) ?? .internal)
    }
    return value
  }

  /// The first rank's text on all ranks.
  func shared(_ text: String?) throws(CommunicationError) -> String {
    var bytes = Array((text ?? "").utf8)
    try broadcast(&bytes, root: 0)
    return String(decoding: bytes, as: UTF8.self)
  }
}
