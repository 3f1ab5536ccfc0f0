import Glibc
import Synchronization

// Files that nobody else has: their names say who made them, so that those of dead runs can be
// removed.
extension OutputFile {
  private static let prefix = ".popmix-"
  private static let suffix = ".tmp"
  private static let number = Atomic(0)

  /// Makes a file that has not been there, in the folder of the one that it is for, with the name
  /// `.popmix-HOST-PROCESS-NUMBER.tmp`.
  package static func makeTemporary(
    for path: String
  ) throws(OutputError) -> (path: String, descriptor: Int32) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    while true {
      let own = number.wrappingAdd(1, ordering: .relaxed).newValue
      let temporary = "\(folder)\(prefix)\(host)-\(getpid())-\(own)\(suffix)"
      let descriptor = open(
        temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (temporary, descriptor) }
      // That of a dead process with the same number.
      guard errno == EEXIST else {
        throw .file(path: path, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// Removes from a folder the temporary files of runs that are dead.
  /// - Parameter isAlone: whether no other run can work in the folder.
  package static func sweep(_ folder: String, isAlone: Bool = false) {
    guard let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { continue }
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      if isAlone ? !isOwn(name) : isDead(name, changed: status.st_mtim.tv_sec) { unlink(path) }
    }
  }

  /// Host and process of a name.
  private static func maker(of name: String) -> (host: String, process: pid_t)? {
    let parts = name.dropFirst(prefix.count).dropLast(suffix.count)
      .split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, Int(parts[parts.count - 1]) != nil,
      let process = pid_t(parts[parts.count - 2]), process > 0
    else { return nil }
    return (parts.dropLast(2).joined(separator: "-"), process)
  }

  private static func isOwn(_ name: String) -> Bool {
    maker(of: name).map { $0.host == host && $0.process == getpid() } ?? false
  }

  /// Processes of other hosts cannot be asked; no file takes a day to write.
  private static func isDead(_ name: String, changed: Int) -> Bool {
    guard let maker = maker(of: name) else { return false }
    if maker.host == host { return !isRunning(maker.process, since: changed) }
    return time(nil) - changed > 86_400
  }

  /// Whether a process of this host still runs: not one that its parent has yet to notice the end
  /// of, and not another one that has got its number.
  /// - Parameter changed: seconds since 1970 at which it has written.
  private static func isRunning(_ process: pid_t, since changed: Int) -> Bool {
    guard kill(process, 0) == 0 || errno != ESRCH else { return false }
    let file = open("/proc/\(process)/stat", O_RDONLY)
    // Elsewhere than on Linux its number has to do.
    guard file >= 0 else { return true }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &bytes, bytes.count)
    // Behind the name in parentheses, in which anything may be: the state, and 19 fields on the
    // start in ticks since the machine was started.
    guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return true }
    let fields = String(decoding: bytes[(end + 1)..<count], as: UTF8.self).split(separator: " ")
    guard fields.count > 19, let ticks = Int(fields[19]) else { return true }
    if ["Z", "X"].contains(fields[0]) { return false }
    var sinceBoot = timespec()
    clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
    let start = time(nil) - sinceBoot.tv_sec + ticks / sysconf(Int32(_SC_CLK_TCK))
    return start <= changed + 2
  }

  private static let host: String = {
    var name = [CChar](repeating: 0, count: 65)
    gethostname(&name, 64)
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }()
}
