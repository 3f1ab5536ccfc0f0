import Glibc
import MessagePassing
import OutputFolders
import Report

extension OutputFile {
  /// Writes a temporary file of which each rank has a stretch, in the order of the ranks;
  /// collective.
  /// - Returns: its path, on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks.
  static func stage(
    _ bytes: [UInt8], for path: String, by communicator: any Communicator
  ) throws -> String {
    let lengths = try communicator.allGather(Int64(bytes.count)).map(Int.init)
    let start = lengths[..<communicator.rank].reduce(0, +)
    return try fill(for: path, size: lengths.reduce(0, +), by: communicator) { file in
      try file.write(bytes, at: start)
    }
  }

  /// Makes a temporary file of a size, for which the disk must have room, and lets each rank write
  /// its stretches; collective.
  /// - Parameter path: whose place it is for.
  /// - Returns: its path, on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks; nothing is left then.
  static func fill(
    for path: String, size: Int, by communicator: any Communicator,
    _ write: (RangeFile) throws -> Void
  ) throws -> String {
    let made = try communicator.onFirstRank(failingWith: .inputOutput) {
      try reserve(for: path, size: size)
    }
    let temporary = try communicator.shared(made ?? "")
    do {
      try communicator.onEveryRank(failingWith: .inputOutput) {
        let file = try RangeFile(temporary)
        try write(file)
        try file.flush()
      }
    } catch {
      if communicator.rank == 0 { unlink(temporary) }
      throw error
    }
    return temporary
  }

  private static func reserve(for path: String, size: Int) throws(OutputError) -> String {
    let (temporary, descriptor) = try makeTemporary(for: path)
    defer { close(descriptor) }
    let code = size == 0 ? 0 : posix_fallocate(descriptor, 0, off_t(size))
    // Some file systems cannot reserve room.
    guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
      unlink(temporary)
      throw .file(path: path, reason: "\(SystemError(code: code))")
    }
    return temporary
  }
}
