import Glibc
import MessagePassing
import Report

extension OutputFile {
  /// Writes one file of which each rank has a stretch, in the order of the ranks; it appears whole or not at all. Collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  static func write(_ bytes: [UInt8], to path: String, by communicator: any Communicator) throws {
    let lengths = try communicator.allGather(Int64(bytes.count)).map(Int.init)
    let start = lengths[..<communicator.rank].reduce(0, +)
    let temporary = path + ".new"
    do {
      try fill(temporary, size: lengths.reduce(0, +), by: communicator) { file in
        try file.write(bytes, at: start)
      }
    } catch {
      if communicator.rank == 0 { unlink(temporary) }
      throw error
    }
    _ = try communicator.onFirstRank(failingWith: .inputOutput) {
      guard rename(temporary, path) == 0 else {
        throw OutputError.file(path: path, reason: "\(SystemError())")
      }
    }
  }

  /// Makes a file of a size, for which the disk must have room, and lets each rank write its stretches; collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  static func fill(
    _ path: String, size: Int, by communicator: any Communicator,
    _ write: (RangeFile) throws -> Void
  ) throws {
    _ = try communicator.onFirstRank(failingWith: .inputOutput) { try reserve(path, size: size) }
    try communicator.onEveryRank(failingWith: .inputOutput) {
      let file = try RangeFile(path)
      try write(file)
      try file.flush()
    }
  }

  private static func reserve(_ path: String, size: Int) throws(OutputError) {
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(path: path, reason: "\(SystemError())") }
    defer { close(descriptor) }
    let code = size == 0 ? 0 : posix_fallocate(descriptor, 0, off_t(size))
    // Some file systems cannot reserve room.
    guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
      throw .file(path: path, reason: "\(SystemError(code: code))")
    }
  }
}
