import Glibc
package import Report

/// What a file holds, in brief.
package struct FileState: Codable, Equatable, Sendable {
  package var bytes: Int
  package var sha256: String

  package init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }

  package init(_ bytes: [UInt8]) {
    self.init(bytes: bytes.count, sha256: OutputFolders.sha256(bytes))
  }

  /// - Returns: `nil` if it is no regular file, or cannot be read.
  package init?(ofFile path: String) {
    guard let stamp = FileStamp(path), let digest = fileDigest(path) else { return nil }
    self.init(bytes: stamp.bytes, sha256: digest)
  }
}

/// A file that is written under a temporary name, for the place that it is going to have.
package struct StagedFile: Codable, Sendable {
  package let path: String
  package let temporary: String
  package let state: FileState

  package init(path: String, temporary: String, state: FileState) {
    (self.path, self.temporary, self.state) = (path, temporary, state)
  }

  /// Of what has been written.
  /// - Throws: `OutputError`, without the temporary file, if it cannot be read.
  package init(path: String, temporary: String) throws(OutputError) {
    guard let state = FileState(ofFile: temporary) else {
      let reason = "\(SystemError())"
      unlink(temporary)
      throw .file(path: path, reason: reason)
    }
    self.init(path: path, temporary: temporary, state: state)
  }
}

/// What the system says of a file without reading it: two files are the same one, or one is
/// unchanged, where nothing differs.
package struct FileStamp: Hashable {
  package let device: UInt
  package let inode: UInt
  package let bytes: Int
  package let mode: UInt32
  private let changed: [Int]

  /// - Parameter followsLinks: whether what a link leads to counts.
  /// - Returns: `nil` if nothing is there; `errno` says why.
  package init?(_ path: String, followsLinks: Bool = false) {
    var status = stat()
    guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    (bytes, mode) = (Int(status.st_size), status.st_mode & S_IFMT)
    changed = [
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    ]
  }

  package var isRegular: Bool { mode == S_IFREG }

  /// One file has one, whatever its paths are.
  package struct Identity: Hashable {
    let device: UInt
    let inode: UInt
  }

  package var identity: Identity { Identity(device: device, inode: inode) }

  /// What is there, if it is no regular file.
  package var kind: String {
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
