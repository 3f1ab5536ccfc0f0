package import MessagePassing

/// Why a job ends without results: what to tell the user and the exit code, the same on all ranks.
package struct JobFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package let message: String
  package let code: ExitStatus

  package init(message: String, code: ExitStatus) {
    self.message = message
    self.code = code
  }

  package var description: String { message }
}

extension Communicator {
  /// Does something on the first rank that may fail; if it does, all ranks learn of it and throw
  /// the same `JobFailure`.
  /// - Parameter status: of the failure, unless `work` throws a `JobFailure` with its own.
  package func onFirstRank<Value>(failingWith status: ExitStatus, _ work: () throws -> Value) throws
    -> Value?
  {
    try onEveryRank(failingWith: status) { rank == 0 ? try work() : nil }
  }

  /// Does something on every rank that may fail on some; if it does, all throw the `JobFailure` of
  /// the lowest rank.
  /// - Parameter status: of a failure that is no `JobFailure` with its own.
  package func onEveryRank<Value>(
    failingWith status: ExitStatus = .inputOutput, _ work: () throws -> Value
  ) throws -> Value {
    let result = Result { try work() }
    var failure: (message: String, code: Int32)?
    if case .failure(let error) = result {
      failure = ("\(error)", ((error as? JobFailure)?.code ?? status).rawValue)
    }
    if let agreed = try agree(failure) {
      throw JobFailure(
        message: agreed.message, code: ExitStatus(rawValue: agreed.code) ?? .internal)
    }
    return try result.get()
  }
}
