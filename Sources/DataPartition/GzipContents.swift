import CZlib
import PopulationData

/// The inflated bytes of a gzip file, which are read from the beginning to the end.
///
/// To go back in it is to begin again. Members that follow each other are one text, as `gzip -d`
/// takes them.
final class GzipContents: FileContents {
  /// Number of inflated bytes.
  let count: Int
  private let file: OpenFile
  private var inflation: GzipInflation
  private var position = 0

  /// - Parameter count: number of inflated bytes, as `GzipInflation.count` finds it.
  init(_ file: OpenFile, count: Int) {
    self.file = file
    self.count = count
    inflation = GzipInflation(file)
  }

  func read(
    from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(DatasetError) {
    if offset < position {
      inflation = GzipInflation(file)
      position = 0
    }
    if offset > position {
      let skipped = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
      defer { skipped.deallocate() }
      while position < offset {
        try fill(
          UnsafeMutableRawBufferPointer(rebasing: skipped[..<min(offset - position, 1 << 18)]))
      }
    }
    try fill(buffer)
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DatasetError) {
    guard try inflation.inflate(upTo: buffer) == buffer.count else {
      throw .unreadable(path: file.path, reason: "it became shorter while it was read")
    }
    position += buffer.count
  }

  /// Whether a file is compressed: by its first two bytes, or by its name.
  static func isGzip(_ file: OpenFile) throws(DatasetError) -> Bool {
    guard file.isRegular else { return false }
    if file.path.lowercased().hasSuffix(".gz") { return true }
    var magic: (UInt8, UInt8) = (0, 0)
    return try withUnsafeMutableBytes(of: &magic) { (buffer) throws(DatasetError) in
      try file.read(from: 0, upTo: buffer) == 2 && buffer[0] == 0x1F && buffer[1] == 0x8B
    }
  }
}

/// Inflates a gzip file from its beginning on.
final class GzipInflation {
  private let file: OpenFile
  private var stream = z_stream()
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
  /// Stored bytes that were given to zlib.
  private var taken = 0
  private var isAtEnd = false
  /// Whether a member has begun and not ended.
  private var isInMember = false
  /// Whether a member has ended.
  private var hasMember = false

  init(_ file: OpenFile) {
    self.file = file
    precondition(popmix_inflate_gzip(&stream) == Z_OK, "zlib starts")
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  /// Number of inflated bytes up to the end of the file.
  /// - Parameter look: is given the stored bytes, all of them in their order.
  static func count(
    _ file: OpenFile, look: (UnsafeRawBufferPointer) -> Void
  ) throws(DatasetError) -> Int {
    let inflation = GzipInflation(file)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { output.deallocate() }
    var total = 0
    while true {
      let count = try inflation.inflate(upTo: output, look: look)
      total += count
      if count < output.count { return total }
    }
  }

  /// Inflates as many bytes as there are, at most as many as the buffer takes.
  /// - Returns: their number, less than asked for at the end only.
  /// - Throws: `DatasetError.unreadable` if the bytes are no gzip file or end too early.
  func inflate(
    upTo buffer: UnsafeMutableRawBufferPointer, look: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(DatasetError) -> Int {
    var done = 0
    while done < buffer.count {
      if stream.avail_in == 0, !isAtEnd { try readMore(look) }
      if !isInMember {
        // Zeros may fill up the file after its last member.
        while hasMember, stream.avail_in > 0, stream.next_in[0] == 0 {
          stream.next_in += 1
          stream.avail_in -= 1
        }
        if stream.avail_in == 0 {
          if !isAtEnd { continue }
          guard hasMember else { throw damaged("it is empty") }
          break
        }
        isInMember = true
      }
      let most = min(buffer.count - done, 1 << 30)
      stream.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self) + done
      stream.avail_out = UInt32(most)
      let status = CZlib.inflate(&stream, Z_NO_FLUSH)
      done += most - Int(stream.avail_out)
      switch status {
      case Z_OK: break
      case Z_BUF_ERROR:
        if stream.avail_in == 0, isAtEnd { throw damaged("it ends too early") }
      case Z_STREAM_END:
        isInMember = false
        hasMember = true
        inflateReset(&stream)
      default:
        let reason = stream.msg.map { ": " + String(cString: $0) } ?? ""
        throw damaged("its bytes are damaged" + reason)
      }
    }
    return done
  }

  private func readMore(_ look: (UnsafeRawBufferPointer) -> Void) throws(DatasetError) {
    let count = try file.read(from: taken, upTo: input)
    look(UnsafeRawBufferPointer(rebasing: input[..<count]))
    taken += count
    isAtEnd = count < input.count
    stream.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.avail_in = UInt32(count)
  }

  private func damaged(_ reason: String) -> DatasetError {
    .compressed(path: file.path, reason: reason)
  }
}
