import FoundationEssentials
import Glibc

/// Reads the whole records of a ledger file, and stops at what a killed run has left unfinished.
package struct LedgerReader {
  let folder: String

  package init(folder: String) { self.folder = folder }

  /// - Returns: the records whose sections are as they were written, in order.
  package func entries(of file: String) -> [LedgerEntry] {
    let descriptor = open("\(folder)/\(file)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var entries: [LedgerEntry] = []
    var offset = 0
    while let (line, length) = line(descriptor, at: offset),
      let record = try? JSONDecoder().decode(LedgerRecord.self, from: line),
      record.lengths.count == LedgerSection.allCases.count, record.lengths.allSatisfy({ $0 >= 0 })
    {
      let start = offset + length
      offset = start + record.payloadLength + 1
      guard let checksum = checksum(descriptor, at: start, count: record.payloadLength) else {
        break
      }
      if checksum == record.checksum {
        entries.append(LedgerEntry(record: record, file: file, offset: start))
      }
    }
    return entries
  }

  /// The line that begins at an offset, and its length with its end.
  private func line(_ descriptor: Int32, at offset: Int) -> (Data, Int)? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 1 << 20 {
      let count = pread(descriptor, &buffer, buffer.count, off_t(offset + bytes.count))
      guard count > 0 else { return nil }
      if let end = buffer[..<count].firstIndex(of: UInt8(ascii: "\n")) {
        bytes += buffer[..<end]
        return (Data(bytes), bytes.count + 1)
      }
      bytes += buffer[..<count]
    }
    return nil
  }

  /// SHA-256 of a stretch; `nil` if the file ends before.
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
    return sha256(payload)
  }
}
