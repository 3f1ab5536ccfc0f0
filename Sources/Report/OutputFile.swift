import Glibc

/// Why an output could not be written.
public enum OutputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder cannot be made or written in.
  case folder(path: String, reason: String)
  /// The file cannot be written; a file of that name from before is as it was.
  case file(path: String, reason: String)

  public var description: String {
    switch self {
    case .folder(let path, let reason):
      "\(path): the output folder cannot be written (\(reason)); correct `output` or give --output."
    case .file(let path, let reason):
      "\(path): the file cannot be written (\(reason)); if there was one of that name, it is unchanged."
    }
  }
}

/// Files that appear whole or not at all: written under another name, flushed to the disk, then renamed.
public enum OutputFile {
  /// Makes a folder and those above it.
  public static func makeFolder(_ path: String) throws(OutputError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      if mkdir(made, 0o777) != 0, errno != EEXIST {
        throw .folder(path: path, reason: String(cString: strerror(errno)))
      }
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .folder(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .folder(path: path, reason: "there is a file of that name")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw .folder(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Writes a text to a file.
  public static func write(_ text: String, to path: String) throws(OutputError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes bytes to a file.
  public static func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    let temporary = "\(path).\(getpid()).tmp"
    func failure() -> OutputError {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      return .file(path: path, reason: reason)
    }
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure() }
    let isWritten = bytes.withUnsafeBytes { writeAll($0, to: file, at: 0) }
    guard isWritten, fsync(file) == 0 else {
      let code = errno
      close(file)
      errno = code
      throw failure()
    }
    guard close(file) == 0, rename(temporary, path) == 0 else { throw failure() }
  }
}

/// Writes bytes at an offset of a file.
///
/// Where the disk is full, or a server of files does not answer, it is tried again after a while, three times in all: others may make room.
/// - Returns: whether all is written; else `errno` says why.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int) -> Bool
{
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
