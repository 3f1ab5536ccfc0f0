package import MessagePassing
import Report

// What all ranks do together: the first one looks and gives files their names, the others learn.
extension OutputFiles {
  /// Refuses paths that hold what is not to be replaced; collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  package func require(
    by communicator: any Communicator, _ targets: () throws -> [OutputTarget]
  ) throws {
    _ = try communicator.onFirstRank(failingWith: .cannotCreate) { try require(targets()) }
  }

  /// Makes temporary files on each rank, and gives all of them their names; collective.
  /// - Throws: `JobFailure`, the same on all ranks; no file has got its name then.
  package func write(
    as kind: WrittenFiles.Kind, origin: OutputTarget.Origin, by communicator: any Communicator,
    _ stage: (inout [StagedFile]) throws -> Void
  ) throws {
    var staged: [StagedFile] = []
    do {
      try communicator.onEveryRank(failingWith: .inputOutput) { try stage(&staged) }
    } catch {
      Self.discard(staged)
      throw error
    }
    try place(staged, origin: origin, as: kind, by: communicator)
  }

  /// Gives the temporary files of all ranks their names; collective.
  package func place(
    _ staged: [StagedFile], origin: OutputTarget.Origin, as kind: WrittenFiles.Kind,
    by communicator: any Communicator
  ) throws {
    let all = try communicator.gathered(staged).flatMap { $0 }
    _ = try communicator.onFirstRank(failingWith: .inputOutput) {
      try place(all, origins: [origin], as: kind)
    }
  }
}
