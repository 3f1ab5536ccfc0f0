import Glibc
import OutputFolders
import Report

/// The ledger file of one rank in one run. It only grows; what a killed run has not finished is its
/// last record at most.
///
/// A record is a line of JSON, at whose end is the checksum of the JSON, and behind it the bytes of
/// its sections, with their checksum in the line; an end of a line follows.
package final class LedgerWriter {
  package let name: String
  private let path: String
  private var descriptor: Int32 = -1
  private var length = 0
  private let isClaimed: Bool
  private var flushed = ContinuousClock.now
  /// Records that could not be written yet.
  private var waiting: [(record: LedgerRecord, sections: [[UInt8]])] = []
  /// What has been written, in order.
  package private(set) var entries: [LedgerEntry] = []
  /// Why the last record could not be written; nothing is lost while it is `nil`.
  private(set) var failure: String?

  static func name(run: Int, rank: Int) -> String {
    func padded(_ number: Int) -> String {
      String(repeating: "0", count: max(0, 6 - "\(number)".count)) + "\(number)"
    }
    return "run-\(padded(run))-rank-\(padded(rank)).records"
  }

  /// The rank whose file of a run it is; `nil` of another run's.
  /// - Parameter run: what names of the run's files begin with.
  static func rank(ofFile name: String, run: Substring) -> Int? {
    guard name.hasPrefix(run), name.hasSuffix(".records") else { return nil }
    return Int(name.dropFirst(run.count + "-rank-".count).dropLast(".records".count))
  }

  /// The ranks that have the parts of a fit in memory, as they have done it in a run; `nil` if an
  /// earlier run has done it.
  /// - Parameter run: what names of the run's files begin with.
  static func owners(of entries: [LedgerEntry], run: Substring) -> [Int]? {
    let owners = entries.compactMap { rank(ofFile: $0.file, run: run) }
    return owners.count == entries.count ? owners : nil
  }

  /// What names of the files of this run begin with: `run-000001`.
  var run: Substring { name.prefix("run-000000".count) }

  /// Nothing is written before the first record.
  /// - Parameter isClaimed: whether the file has been made for this run.
  init(folder: String, name: String, isClaimed: Bool = false) {
    self.isClaimed = isClaimed
    self.name = name
    path = "\(folder)/\(name)"
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isClaimed, length == 0 { unlink(path) }
  }

  /// Writes a record, and those before it that could not be written.
  /// - Returns: whether all are written; else `failure` says why.
  package func append(_ record: LedgerRecord, sections: [LedgerSection: [UInt8]]) -> Bool {
    var record = record
    let texts = LedgerSection.allCases.map { sections[$0] ?? [] }
    record.lengths = texts.map(\.count)
    record.checksum = sha256(texts)
    waiting.append((record, texts))
    return writeWaiting()
  }

  private func writeWaiting() -> Bool {
    while let (record, sections) = waiting.first {
      do {
        let end = [UInt8(ascii: "\n")]
        let line = try record.line()
        try write([line] + sections + [end])
        entries.append(LedgerEntry(record: record, file: name, offset: length + line.count))
        length += line.count + record.payloadLength + 1
        waiting.removeFirst()
        failure = nil
      } catch {
        failure = "\(path): the ledger cannot be written (\(error))"
        return false
      }
    }
    // A killed process loses nothing that was written; against a machine that goes down it is
    // brought to the disk now and then.
    if flushed.duration(to: .now) > .seconds(2) { return flush() }
    return true
  }

  /// Appends texts at the end of the last whole record; after a failure what was written of them is
  /// cut off again.
  private func write(_ texts: [[UInt8]]) throws {
    if descriptor < 0 {
      descriptor = open(
        path, O_WRONLY | O_CREAT | (isClaimed ? 0 : O_EXCL) | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw SystemError() }
    var end = length
    for text in texts {
      guard text.withUnsafeBytes({ writeAll($0, to: descriptor, at: end) }) else {
        let error = SystemError()
        ftruncate(descriptor, off_t(length))
        throw error
      }
      end += text.count
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
