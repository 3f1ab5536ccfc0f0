import Glibc

/// Reads of an open file to their end: calls that a signal interrupts are repeated, and what the
/// system gives in pieces is put together.
package enum FileRange {
  /// Reads as many bytes as there are, at most as many as the buffer takes.
  /// - Returns: their number, less than asked for at the end of the file only; `nil` if the file
  ///   cannot be read, and `errno` says why.
  package static func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int? {
    var done = 0
    while done < buffer.count {
      // The system reads no more than 2 GiB at a time.
      let most = min(buffer.count - done, 1 << 30)
      let count = pread(descriptor, buffer.baseAddress! + done, most, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// A stretch of a file; fewer bytes where the file ends before.
  /// - Returns: `nil` if the file cannot be read, and `errno` says why.
  package static func bytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8]? {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      let found = read(descriptor, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
      failed = found == nil
      length = found ?? 0
    }
    return failed ? nil : bytes
  }

  /// Reads a file, or a pipe, from where it stands to its end, piece by piece.
  /// - Returns: whether it could be read; if not, `errno` says why.
  package static func forEachPiece(
    _ descriptor: Int32, _ body: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 64) { buffer in
      while true {
        let count = Glibc.read(descriptor, buffer.baseAddress!, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count == 0 }
        body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }
}
