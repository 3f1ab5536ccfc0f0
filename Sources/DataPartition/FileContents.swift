import Glibc
import PopulationData

/// The bytes of a data file, inflated if it is compressed, of which ranges can be read.
protocol FileContents {
  /// Number of bytes.
  var count: Int { get }

  /// Reads a range. Ranges are best read in ascending order.
  /// - Throws: `DatasetError.unreadable` if the file cannot be read or ends before.
  func read(
    from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(DatasetError)
}

/// Bytes in memory.
struct MemoryContents: FileContents {
  let bytes: [UInt8]

  var count: Int { bytes.count }

  func read(
    from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(DatasetError) {
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
    }
  }
}

/// A file that is open for reading.
final class OpenFile {
  let path: String
  private let descriptor: Int32
  /// Number of bytes when it was opened.
  let count: Int
  /// Whether it is a file whose ranges can be read, and not a pipe for instance.
  let isRegular: Bool

  /// - Throws: `DatasetError.unreadable` with the system's reason.
  init(_ path: String) throws(DatasetError) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreadable(path) }
    self.descriptor = descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = Self.unreadable(path)
      close(descriptor)
      throw error
    }
    count = Int(status.st_size)
    // A folder says what it is when it is read.
    let kind = status.st_mode & S_IFMT
    isRegular = kind == S_IFREG || kind == S_IFDIR
    // Devices such as /dev/zero have no end.
    if kind == S_IFCHR || kind == S_IFBLK {
      close(descriptor)
      throw .unreadable(path: path, reason: "it is a device, a file is needed")
    }
  }

  deinit { close(descriptor) }

  /// Reads as many bytes as there are, at most as many as the buffer takes.
  /// - Returns: their number, less than asked for at the end of the file only.
  func read(
    from offset: Int, upTo buffer: UnsafeMutableRawBufferPointer
  ) throws(DatasetError) -> Int {
    guard let count = FileRange.read(descriptor, at: offset, into: buffer) else {
      throw Self.unreadable(path)
    }
    return count
  }

  /// All bytes of a pipe or another file without ranges.
  func readToEnd() throws(DatasetError) -> [UInt8] {
    var bytes: [UInt8] = []
    guard FileRange.forEachPiece(descriptor, { bytes.append(contentsOf: $0) }) else {
      throw Self.unreadable(path)
    }
    return bytes
  }

  private static func unreadable(_ path: String) -> DatasetError {
    .unreadable(path: path, reason: String(cString: strerror(errno)))
  }
}
