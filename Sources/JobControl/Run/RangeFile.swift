import Glibc
import OutputFolders
import Report

/// A file of which several ranks write a stretch each: every rank opens it by itself, and no two
/// write to the same place.
final class RangeFile {
  private let path: String
  private var descriptor: Int32 = -1

  /// Opens a file that exists.
  init(_ path: String) throws(OutputError) {
    self.path = path
    // Another machine may see a new file a little later.
    for _ in 0..<20 {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      if descriptor >= 0 { return }
      guard errno == ENOENT else { break }
      usleep(200_000)
    }
    throw failure()
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(OutputError) {
    guard writeAll(bytes, to: descriptor, at: offset) else { throw failure() }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(OutputError) {
    guard bytes.withUnsafeBytes({ writeAll($0, to: descriptor, at: offset) }) else {
      throw failure()
    }
  }

  /// Brings to the disk what was written.
  func flush() throws(OutputError) {
    guard fsync(descriptor) == 0 else { throw failure() }
  }

  private func failure() -> OutputError { .file(path: path, reason: "\(SystemError())") }
}
