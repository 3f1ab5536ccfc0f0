import Glibc
import Report

/// What a file holds, in brief.
struct FileState: Codable, Equatable, Sendable {
  var bytes: Int
  var sha256: String

  init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }

  init(_ bytes: [UInt8]) {
    self.init(bytes: bytes.count, sha256: JobControl.sha256(bytes))
  }

  /// - Returns: `nil` if it is no regular file, or cannot be read.
  init?(ofFile path: String) {
    guard let stamp = FileStamp(path), let digest = fileDigest(path) else { return nil }
    self.init(bytes: stamp.bytes, sha256: digest)
  }
}

/// A file that is written under a temporary name, for the place that it is going to have.
struct StagedFile: Codable, Sendable {
  let path: String
  let temporary: String
  let state: FileState

  init(path: String, temporary: String, state: FileState) {
    (self.path, self.temporary, self.state) = (path, temporary, state)
  }

  /// Of what has been written.
  /// - Throws: `OutputError`, without the temporary file, if it cannot be read.
  init(path: String, temporary: String) throws(OutputError) {
    guard let state = FileState(ofFile: temporary) else {
      let reason = "\(SystemError())"
      unlink(temporary)
      throw .file(path: path, reason: reason)
    }
    self.init(path: path, temporary: temporary, state: state)
  }
}

/// What the system says of a file without reading it: two files are the same one, or one is unchanged, where nothing differs.
struct FileStamp: Hashable {
  let device: UInt
  let inode: UInt
  let bytes: Int
  let mode: UInt32
  private let changed: [Int]

  /// - Parameter followsLinks: whether what a link leads to counts.
  /// - Returns: `nil` if nothing is there; `errno` says why.
  init?(_ path: String, followsLinks: Bool = false) {
    var status = stat()
    guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    (bytes, mode) = (Int(status.st_size), status.st_mode & S_IFMT)
    changed = [
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    ]
  }

  var isRegular: Bool { mode == S_IFREG }

  /// One file has one, whatever its paths are.
  struct Identity: Hashable {
    let device: UInt
    let inode: UInt
  }

  var identity: Identity { Identity(device: device, inode: inode) }

  /// What is there, if it is no regular file.
  var kind: String {
    switch mode {
    case S_IFDIR: "a folder"
    case S_IFLNK: "a link"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "a file"
    }
  }
}
