import Foundation
import Glibc
import TestSupport

/// What somebody may have in the place of an output.
enum Stranger: String, CaseIterable, Sendable {
  case regular = "a file"
  case readOnly = "a read-only file"
  case link = "a link to a file"
  case dangling = "a link to nowhere"
  case hardLink = "another name of a file"
  case input = "another name of an input"
  case folder = "a folder"
  case pipe = "a pipe"
  case socket = "a socket"
  case device = "a device"

  /// Makes it, with the folders above.
  /// - Parameters:
  ///   - precious: a file of the user.
  ///   - input: one that the job reads.
  /// - Returns: whether the system allows it.
  func make(at path: String, precious: String, input: String) throws -> Bool {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    switch self {
    case .regular, .readOnly:
      try "mine".write(toFile: path, atomically: false, encoding: .utf8)
      return self == .regular || chmod(path, 0o444) == 0
    case .link: return symlink(precious, path) == 0
    case .dangling: return symlink("/nowhere/\(UUID().uuidString)", path) == 0
    case .hardLink: return Glibc.link(precious, path) == 0
    case .input: return Glibc.link(input, path) == 0
    case .folder: return mkdir(path, 0o755) == 0
    case .pipe: return mkfifo(path, 0o666) == 0
    case .socket: return mknod(path, S_IFSOCK | 0o666, 0) == 0
    // The one that is /dev/null.
    case .device: return mknod(path, S_IFCHR | 0o666, 0x103) == 0
    }
  }

  /// Whether a file that a list does not name can be replaced if the user says so.
  var isReplaceable: Bool { [.regular, .readOnly, .hardLink].contains(self) }
}

/// All that is in a folder, so that nothing can change unnoticed.
struct FolderImage: Equatable {
  struct Item: Equatable {
    var mode: UInt32
    var inode: UInt
    var device: UInt
    var content: Data?
    var target: String?
  }

  private(set) var items: [String: Item] = [:]

  init(_ folder: String) {
    for name in FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? [] {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      let kind = status.st_mode & S_IFMT
      items[name] = Item(
        mode: status.st_mode, inode: UInt(status.st_ino), device: UInt(status.st_rdev),
        content: kind == S_IFREG ? FileManager.default.contents(atPath: path) : nil,
        target: kind == S_IFLNK
          ? try? FileManager.default.destinationOfSymbolicLink(atPath: path) : nil)
    }
  }

  /// Names of what is missing or other than before.
  func lost(since before: FolderImage) -> [String] {
    before.items.filter { items[$0.key] != $0.value }.keys.sorted()
  }

  var names: Set<String> { Set(items.keys) }
}
