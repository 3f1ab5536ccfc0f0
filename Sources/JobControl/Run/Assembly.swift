import Glibc
package import MessagePassing
import OutputFolders
import PopulationData
import Report

/// Makes output files of the texts that stand in the ledger, all ranks together: each copies an
/// even part of the bytes to its place.
package struct Assembly {
  /// A stretch of an output file.
  enum Part {
    case text([UInt8])
    /// Some bytes of a section.
    case stretch(LedgerSection, LedgerEntry, Range<Int>)

    /// A whole section.
    static func section(_ section: LedgerSection, _ entry: LedgerEntry) -> Part {
      .stretch(section, entry, 0..<entry.record.lengths[section.rawValue])
    }

    var count: Int {
      switch self {
      case .text(let bytes): bytes.count
      case .stretch(_, _, let range): range.count
      }
    }
  }

  struct OutputText {
    let path: String
    let parts: [Part]
  }

  /// Of the ledger.
  let folder: String
  let communicator: any Communicator

  package init(folder: String, communicator: any Communicator) {
    self.folder = folder
    self.communicator = communicator
  }

  /// Smaller files are written by the first rank alone.
  private static let smallSize = 4 << 20

  /// Writes temporary files; collective.
  /// - Returns: those that are to get their names, on the first rank.
  /// - Throws: `JobFailure`; nothing is left then.
  func stage(_ files: [OutputText]) throws -> [StagedFile] {
    var staged: [StagedFile] = []
    do {
      for file in files {
        if let one = try stage(file.parts, for: file.path) { staged.append(one) }
      }
    } catch {
      OutputFiles.discard(staged)
      throw error
    }
    return staged
  }

  private func stage(_ parts: [Part], for path: String) throws -> StagedFile? {
    let total = parts.reduce(0) { $0 + $1.count }
    if communicator.size > 1, total < Self.smallSize {
      return try communicator.onFirstRank(failingWith: .inputOutput) {
        try Assembly(folder: folder, communicator: SerialCommunicator()).stage(parts, for: path)
      } ?? nil
    }
    let (rank, size) = (communicator.rank, communicator.size)
    let own = total * rank / size..<total * (rank + 1) / size
    let temporary = try OutputFile.fill(for: path, size: total, by: communicator) {
      try copy(parts, own, to: $0)
    }
    return try communicator.onFirstRank(failingWith: .inputOutput) {
      try StagedFile(path: path, temporary: temporary)
    }
  }

  /// Copies the bytes of a range of the output file.
  private func copy(
    _ parts: [Part], _ range: Range<Int>, to file: RangeFile
  ) throws {
    let sources = LedgerFiles(folder: folder)
    var buffer: [UInt8] = []
    var bufferStart = range.lowerBound
    func flush() throws {
      try buffer.withUnsafeBytes { try file.write($0, at: bufferStart) }
      bufferStart += buffer.count
      buffer.removeAll(keepingCapacity: true)
    }
    var start = 0
    for part in parts {
      let stretch = start..<start + part.count
      start = stretch.upperBound
      let wanted = stretch.clamped(to: range)
      if wanted.isEmpty { continue }
      switch part {
      case .text(let bytes):
        buffer +=
          bytes[wanted.lowerBound - stretch.lowerBound..<wanted.upperBound - stretch.lowerBound]
      case .stretch(let section, let entry, let range):
        let first = entry.offset + entry.record.offset(of: section) + range.lowerBound
        var place = wanted.lowerBound - stretch.lowerBound
        let end = wanted.upperBound - stretch.lowerBound
        while place < end {
          let count = min(end - place, Self.smallSize)
          try sources.append(entry.file, at: first + place, count: count, to: &buffer)
          place += count
          if buffer.count >= Self.smallSize { try flush() }
        }
      }
      if buffer.count >= Self.smallSize { try flush() }
    }
    try flush()
  }

  /// One section as it stands in the ledger.
  package func text(_ section: LedgerSection, _ entry: LedgerEntry) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try LedgerFiles(folder: folder).append(
      entry.file, at: entry.offset + entry.record.offset(of: section),
      count: entry.record.lengths[section.rawValue], to: &bytes)
    return bytes
  }
}

/// The files of a ledger, opened when they are first read.
final class LedgerFiles {
  private let folder: String
  private var descriptors: [String: Int32] = [:]

  init(folder: String) { self.folder = folder }

  deinit { for descriptor in descriptors.values { close(descriptor) } }

  func append(_ file: String, at offset: Int, count: Int, to bytes: inout [UInt8]) throws {
    let descriptor = descriptors[file] ?? open("\(folder)/\(file)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw OutputError.file(path: "\(folder)/\(file)", reason: "\(SystemError())")
    }
    descriptors[file] = descriptor
    guard let read = FileRange.bytes(descriptor, at: offset, count: count) else {
      throw OutputError.file(path: "\(folder)/\(file)", reason: "\(SystemError())")
    }
    guard read.count == count else {
      throw OutputError.file(path: "\(folder)/\(file)", reason: "it has become shorter")
    }
    bytes += read
  }
}
