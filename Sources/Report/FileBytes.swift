import Glibc

/// Whole files.
package enum FileBytes {
  /// - Returns: `nil` if the file cannot be read; `errno` says why. A device, which may have no
  ///   end, is no file.
  package static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else { return nil }
    guard ![S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT) else {
      errno = EINVAL
      return nil
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
    }
    return ferror(file) == 0 ? bytes : nil
  }
}
