import Glibc

/// Reads the whole records of a ledger file, and stops at what a killed run has left unfinished.
package struct LedgerReader {
  let folder: String

  package init(folder: String) { self.folder = folder }

  /// What a file has.
  package struct Contents {
    /// The records that are as they were written, in order.
    package var entries: [LedgerEntry] = []
    /// Whether there is more than them and what a killed run has left unfinished.
    package var isDamaged = false
  }

  /// - Returns: the records that are as they were written, in order.
  package func entries(of file: String) -> [LedgerEntry] { contents(of: file).entries }

  package func contents(of file: String) -> Contents {
    let descriptor = open("\(folder)/\(file)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return Contents() }
    defer { close(descriptor) }
    var status = stat()
    let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    var contents = Contents()
    var offset = 0
    while let (line, length) = line(descriptor, at: offset) {
      guard let record = LedgerRecord(line: line) else {
        contents.isDamaged = true
        break
      }
      let start = offset + length
      guard record.payloadLength < size - start else { break }
      offset = start + record.payloadLength + 1
      guard let checksum = checksum(descriptor, at: start, count: record.payloadLength) else {
        break
      }
      if checksum == record.checksum {
        contents.entries.append(LedgerEntry(record: record, file: file, offset: start))
      } else {
        contents.isDamaged = true
      }
    }
    return contents
  }

  /// The line that begins at an offset, and its length with its end.
  private func line(_ descriptor: Int32, at offset: Int) -> ([UInt8], Int)? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 1 << 20 {
      let count = pread(descriptor, &buffer, buffer.count, off_t(offset + bytes.count))
      guard count > 0 else { return nil }
      if let end = buffer[..<count].firstIndex(of: UInt8(ascii: "\n")) {
        bytes += buffer[..<end]
        return (bytes, bytes.count + 1)
      }
      bytes += buffer[..<count]
    }
    return nil
  }

  /// SHA-256 of a stretch behind which a line ends; `nil` if the file ends before.
  private func checksum(_ descriptor: Int32, at offset: Int, count: Int) -> String? {
    // Small records are nearly all.
    var payload = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let read = payload.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, count - done, off_t(offset + done))
      }
      guard read > 0 else { return nil }
      done += read
    }
    // A record without the end of its line is not finished.
    var end: UInt8 = 0
    guard pread(descriptor, &end, 1, off_t(offset + count)) == 1 else { return nil }
    return end == UInt8(ascii: "\n") ? sha256(payload) : ""
  }
}
