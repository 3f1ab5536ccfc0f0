import Glibc

/// A file that the threads of one process write together.
final class LocalFile: SharedFile {
  private let path: String
  private let descriptor: Int32

  /// Opens a file that exists.
  init(_ path: String) throws(CommunicationError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
    if descriptor < 0 { throw Self.failure("open \(path)", errno) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CommunicationError) {
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure("write \(path)", count < 0 ? errno : ENOSPC) }
      written += count
    }
  }

  func close() throws(CommunicationError) {
    let isFlushed = fsync(descriptor) == 0
    let code = errno
    guard Glibc.close(descriptor) == 0, isFlushed else {
      throw Self.failure("flush \(path)", isFlushed ? errno : code)
    }
  }

  private static func failure(_ operation: String, _ code: Int32) -> CommunicationError {
    .file(operation: operation, message: String(cString: strerror(code)))
  }
}
