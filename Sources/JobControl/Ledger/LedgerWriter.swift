import FoundationEssentials
import Glibc

/// The ledger file of one rank in one run. It only grows; what a killed run has not finished is its last record at most.
///
/// A record is a line of JSON and behind it the bytes of its sections, with their checksum in the line.
package final class LedgerWriter {
  package let name: String
  private let path: String
  private var descriptor: Int32 = -1
  private var length = 0
  private var flushed = ContinuousClock.now
  /// Records that could not be written yet.
  private var waiting: [(record: LedgerRecord, payload: [UInt8])] = []
  /// What has been written, in order.
  package private(set) var entries: [LedgerEntry] = []
  /// Why the last record could not be written; nothing is lost while it is `nil`.
  private(set) var failure: String?

  /// Nothing is written before the first record.
  init(folder: String, name: String) {
    self.name = name
    path = "\(folder)/\(name)"
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes a record, and those before it that could not be written.
  /// - Returns: whether all are written; else `failure` says why.
  package func append(_ record: LedgerRecord, sections: [LedgerSection: [UInt8]]) -> Bool {
    var record = record
    var payload: [UInt8] = []
    record.lengths = LedgerSection.allCases.map { sections[$0]?.count ?? 0 }
    payload.reserveCapacity(record.payloadLength)
    for section in LedgerSection.allCases { payload += sections[section] ?? [] }
    record.checksum = sha256(payload)
    waiting.append((record, payload))
    return writeWaiting()
  }

  private func writeWaiting() -> Bool {
    while let (record, payload) = waiting.first {
      do {
        let line = try JSONEncoder().encode(record) + [UInt8(ascii: "\n")]
        try write(Array(line) + payload + [UInt8(ascii: "\n")])
        entries.append(LedgerEntry(record: record, file: name, offset: length + line.count))
        length += line.count + payload.count + 1
        waiting.removeFirst()
        failure = nil
      } catch {
        failure = "\(path): the ledger cannot be written (\(error))"
        return false
      }
    }
    // A killed process loses nothing that was written; against a machine that goes down it is brought to the disk now and then.
    if flushed.duration(to: .now) > .seconds(2) { return flush() }
    return true
  }

  /// Appends bytes at the end of the last whole record; after a failure what was written of them is cut off again.
  private func write(_ bytes: [UInt8]) throws {
    if descriptor < 0 {
      descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw SystemError() }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress! + written, bytes.count - written, off_t(length + written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = SystemError(code: count < 0 ? errno : ENOSPC)
        ftruncate(descriptor, off_t(length))
        throw error
      }
      written += count
    }
  }

  /// Brings all to the disk.
  /// - Returns: whether nothing is left.
  func flush() -> Bool {
    guard waiting.isEmpty || writeWaiting() else { return false }
    flushed = .now
    guard descriptor < 0 || fsync(descriptor) == 0 else {
      failure = "\(path): the ledger cannot be written (\(SystemError()))"
      return false
    }
    return true
  }
}

/// The system's last error in its words.
struct SystemError: Error, CustomStringConvertible {
  var code = errno
  var description: String { String(cString: strerror(code)) }
}
