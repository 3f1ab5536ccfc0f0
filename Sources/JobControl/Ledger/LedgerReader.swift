import Glibc
import OutputFolders
import PopulationData

/// Reads the whole records of a ledger file, and stops at what a killed run has left unfinished.
package struct LedgerReader {
  let folder: String

  package init(folder: String) { self.folder = folder }

  /// What a file has.
  package struct Contents {
    /// The records that are as they were written, in order.
    package var entries: [LedgerEntry] = []
    /// Whether there is more than them and what a killed run has left unfinished, or the disk
    /// fails.
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
    do throws(Unreadable) {
      try readRecords(of: file, descriptor, size: size, into: &contents)
    } catch {
      contents.isDamaged = true
    }
    return contents
  }

  private func readRecords(
    of file: String, _ descriptor: Int32, size: Int, into contents: inout Contents
  ) throws(Unreadable) {
    var offset = 0
    while let (line, length) = try line(descriptor, at: offset) {
      guard let record = LedgerRecord(line: line) else {
        contents.isDamaged = true
        break
      }
      let start = offset + length
      guard record.payloadLength < size - start else { break }
      offset = start + record.payloadLength + 1
      guard let checksum = try checksum(descriptor, at: start, count: record.payloadLength) else {
        break
      }
      if checksum == record.checksum {
        contents.entries.append(LedgerEntry(record: record, file: file, offset: start))
      } else {
        contents.isDamaged = true
      }
    }
  }

  /// The line that begins at an offset, and its length with its end; `nil` if the file ends before.
  private func line(_ descriptor: Int32, at offset: Int) throws(Unreadable) -> ([UInt8], Int)? {
    var bytes: [UInt8] = []
    while bytes.count < 1 << 20 {
      let piece = try read(descriptor, at: offset + bytes.count, count: 4096)
      guard !piece.isEmpty else { return nil }
      if let end = piece.firstIndex(of: UInt8(ascii: "\n")) {
        bytes += piece[..<end]
        return (bytes, bytes.count + 1)
      }
      bytes += piece
    }
    return nil
  }

  /// SHA-256 of a stretch behind which a line ends; `nil` if the file ends before.
  private func checksum(
    _ descriptor: Int32, at offset: Int, count: Int
  ) throws(Unreadable) -> String? {
    // Small records are nearly all.
    var payload = try read(descriptor, at: offset, count: count + 1)
    // A record without the end of its line is not finished.
    guard payload.count == count + 1 else { return nil }
    return payload.removeLast() == UInt8(ascii: "\n") ? sha256(payload) : ""
  }

  /// The disk does not give what it has.
  private struct Unreadable: Error {}

  private func read(
    _ descriptor: Int32, at offset: Int, count: Int
  ) throws(Unreadable) -> [UInt8] {
    guard let bytes = FileRange.bytes(descriptor, at: offset, count: count) else {
      throw Unreadable()
    }
    return bytes
  }
}
