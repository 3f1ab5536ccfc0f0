import Glibc

/// Why an output could not be written.
package enum OutputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder cannot be made or written in.
  case folder(path: String, reason: String)
  /// The file cannot be written; a file of that name from before is as it was.
  case file(path: String, reason: String)

  package var description: String {
    switch self {
    case .folder(let path, let reason):
      "\(path): the output folder cannot be written (\(reason)); correct `output` or give --output."
    case .file(let path, let reason):
      "\(path): the file cannot be written (\(reason)); if there was one of that name, it is unchanged."
    }
  }
}

/// Files that appear whole or not at all: written under a temporary name, flushed to the disk, then
/// renamed.
package enum OutputFile {
  /// Makes a folder and those above it.
  package static func makeFolder(_ path: String) throws(OutputError) {
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
  package static func write(_ text: String, to path: String) throws(OutputError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes bytes to a file, in the place of one that is there.
  package static func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    try move(try stage(bytes, for: path), to: path, replacing: true)
  }

  /// Writes bytes to a temporary file in the folder of the one that they are for.
  /// - Returns: its path.
  package static func stage(_ bytes: [UInt8], for path: String) throws(OutputError) -> String {
    let (temporary, file) = try makeTemporary(for: path)
    let isWritten = bytes.withUnsafeBytes { writeAll($0, to: file, at: 0) } && fsync(file) == 0
    let code = errno
    guard close(file) == 0, isWritten else {
      let reason = String(cString: strerror(isWritten ? errno : code))
      unlink(temporary)
      throw .file(path: path, reason: reason)
    }
    return temporary
  }

  /// Gives a temporary file its name.
  /// - Parameter replacing: whether a regular file may be there; nothing else is ever replaced.
  package static func move(
    _ temporary: String, to path: String, replacing: Bool
  ) throws(OutputError) {
    let code = Self.rename(temporary, to: path, replacing: replacing)
    guard let code else { return }
    unlink(temporary)
    throw .file(path: path, reason: code)
  }

  /// Whether a server of files has done what it says it could not, because it was asked twice;
  /// `errno` stays.
  private static func isSame(_ path: String, _ other: String) -> Bool {
    let code = errno
    defer { errno = code }
    var (one, two) = (stat(), stat())
    return code == EEXIST && lstat(path, &one) == 0 && lstat(other, &two) == 0
      && one.st_ino == two.st_ino && one.st_dev == two.st_dev
  }

  /// - Returns: why it cannot be done.
  private static func rename(_ temporary: String, to path: String, replacing: Bool) -> String? {
    if !replacing {
      // Another name, unlike a new one, never replaces anything; some file systems have none.
      if link(temporary, path) == 0 || isSame(temporary, path) {
        unlink(temporary)
        return nil
      }
      guard errno != EEXIST else { return String(cString: strerror(errno)) }
    }
    var status = stat()
    if lstat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { return "what is there is no regular file" }
      guard replacing else { return String(cString: strerror(EEXIST)) }
    }
    return Glibc.rename(temporary, path) == 0 ? nil : String(cString: strerror(errno))
  }
}

/// Writes bytes at an offset of a file.
///
/// Where the disk is full, or a server of files does not answer, it is tried again after a while,
/// three times in all: others may make room.
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
