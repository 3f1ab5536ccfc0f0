import Glibc

/// What a signal that ends the program would leave behind.
enum Remains {
  /// The latest folder and its files; never freed, as a handler may read them at any time.
  nonisolated(unsafe) private static var names: [UnsafeMutablePointer<CChar>?] = []
  /// gnuplot, which might write another file.
  nonisolated(unsafe) static var process: pid_t = 0
  nonisolated(unsafe) private static var isWatching = false

  static func note(_ folder: String) {
    let files = ["script", "remarks", GnuplotScript.files.svg, GnuplotScript.files.pdf]
    names = files.map { strdup("\(folder)/\($0)") } + [strdup(folder)]
    guard !isWatching else { return }
    isWatching = true
    for number in [SIGTERM, SIGINT, SIGHUP] {
      var current = sigaction()
      sigaction(number, nil, &current)
      // Whoever watches signals already does it for a reason.
      guard current.__sigaction_handler.sa_handler == nil else { continue }
      signal(number) { number in Remains.removeAndEnd(number) }
    }
  }

  private static func removeAndEnd(_ number: Int32) {
    if process > 0 {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    for name in names {
      guard let name else { continue }
      if unlink(name) != 0 { rmdir(name) }
    }
    signal(number, SIG_DFL)
    raise(number)
  }
}

/// A folder that is there as long as somebody needs it.
final class TemporaryFolder {
  let path: String

  init() throws(FigureError) {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/popmix-figure-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
      throw .system(doing: "making a folder in \(parent)", reason: String(cString: strerror(errno)))
    }
    path = String(cString: real)
    free(real)
    Remains.note(path)
  }

  deinit {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { unlink("\(path)/\(name)") }
      }
      closedir(folder)
    }
    rmdir(path)
  }

  func write(_ bytes: [UInt8], to name: String) throws(FigureError) {
    guard let file = fopen("\(path)/\(name)", "w") else {
      throw .system(doing: "writing to \(path)", reason: String(cString: strerror(errno)))
    }
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else {
      throw .system(doing: "writing to \(path)", reason: String(cString: strerror(errno)))
    }
  }

  func read(_ name: String) -> [UInt8]? {
    guard let file = fopen("\(path)/\(name)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
    }
    return bytes
  }
}
