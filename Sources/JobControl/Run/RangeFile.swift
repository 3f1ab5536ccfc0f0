import Glibc
import Report

/// A file of which several ranks write a stretch each: every rank opens it by itself, and no two write to the same place.
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

/// Writes bytes at an offset of a file.
///
/// Where the disk is full, or a server of files does not answer, it is tried again after a while, three times in all: others may make room.
/// - Returns: whether all is written; else `errno` says why.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int) -> Bool {
  var written = 0
  var pauses: [UInt32] = [1, 2]
  while written < bytes.count {
    let count = pwrite(
      descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
    if count > 0 {
      written += count
      continue
    }
    if count < 0, errno == EINTR { continue }
    let code = count < 0 ? errno : ENOSPC
    guard [ENOSPC, EDQUOT, EAGAIN, EIO, ESTALE, ETIMEDOUT].contains(code), !pauses.isEmpty else {
      errno = code
      return false
    }
    sleep(pauses.removeFirst())
  }
  return true
}

/// The system's last error in its words.
struct SystemError: Error, CustomStringConvertible {
  var code = errno
  var description: String { String(cString: strerror(code)) }
}
