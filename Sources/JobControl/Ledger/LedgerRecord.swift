import Estimation
import FoundationEssentials
package import JobFiles
package import OutputFolders
package import Report

/// The texts that a piece of work leaves for the output files.
package enum LedgerSection: Int, CaseIterable, Sendable {
  /// Its row of `estimates.csv`.
  case estimates
  /// Its rows of `iterations.csv`.
  case iterations
  /// Its text in `fit.json`.
  case document
  /// Its table for the terminal.
  case table
  /// Its line for the terminal, where there are many.
  case line
  /// Rows of `subjects.csv`: those of one rank's subjects.
  case subjects
  /// Rows of `observations.csv`, `influence.csv` and `moments.csv`, likewise.
  case observations
  case influence
  case moments
}

/// What one rank writes into the ledger about a piece that its group has done.
package struct LedgerRecord: Codable, Sendable, Equatable {
  /// Of the data set.
  package var name: String
  /// From 1.
  package var start: Int
  /// Of the data file, where there is one that could be read.
  var sha256: String?
  /// `converged`, …, `failed`.
  package var status: String
  /// The exit code that it proposes.
  package var code: Int32
  /// Why it failed.
  package var reason: String?
  package var minusTwoLogLikelihood: Double?
  /// −2(log L + log p(ϕ̂)); `nil` without a prior.
  package var minusTwoLogPosterior: Double?
  /// Whether it ended as it should.
  package var isRegular: Bool
  /// This rank in its group, and how many ranks the group had.
  package var part: Int
  package var parts: Int
  /// Whether a better end may have been missed, so that other starts are to be fitted.
  package var asksForOtherStarts: Bool?
  /// How it ended; only where there may be several starts, by the first rank.
  var end: StartEnd?
  /// Where in its text for `fit.json` the maxima of all starts belong; as `end`.
  var maximaPlace: Int?
  /// Tables that were asked for; missing if there were none.
  var tables: [String]?
  /// Bytes of each section.
  var lengths: [Int]
  /// SHA-256 of the sections.
  var checksum: String

  var hasFailed: Bool { status == "failed" }
  package var payloadLength: Int { lengths.reduce(0, +) }

  /// Where a section begins, after the record's line.
  func offset(of section: LedgerSection) -> Int {
    lengths.prefix(section.rawValue).reduce(0, +)
  }

  /// Whether it has the rows of tables that are asked for, as far as there are any.
  func has(_ asked: [ResultTable]) -> Bool {
    hasFailed || Set(asked.map(\.rawValue)).isSubset(of: tables ?? [])
  }

  /// - Parameters:
  ///   - part: this rank in its group, and `parts` the number of its ranks.
  ///   - tables: that it has rows of.
  package init(
    _ result: DataSetResult, code: ExitStatus, part: Int, parts: Int, tables: [ResultTable] = []
  ) {
    name = result.name
    start = result.start
    sha256 = result.sha256
    status = result.status
    self.code = code.rawValue
    if case .failed(let why) = result.outcome { reason = why }
    minusTwoLogLikelihood = result.fit?.minusTwoLogLikelihood
    minusTwoLogPosterior = result.fit?.logPosterior.map { -2 * $0 }
    isRegular = result.fit?.stopReason.isRegular ?? false
    self.part = part
    self.parts = parts
    self.tables = tables.isEmpty ? nil : tables.map(\.rawValue)
    lengths = []
    checksum = ""
  }
}

// MARK: The record's line

extension LedgerRecord {
  /// The record as a line of JSON, and behind it the SHA-256 of the JSON, so that no byte of the
  /// file is without a checksum.
  package func line() throws -> [UInt8] {
    let text = Array(try JSONEncoder().encode(self))
    return text + Array(" \(OutputFolders.sha256(text))\n".utf8)
  }

  /// Reads what `line` has written.
  /// - Parameter line: without its end.
  /// - Returns: `nil` if a byte of it has changed, or it is no record.
  init?(line: [UInt8]) {
    let checksumLength = 64
    guard line.count > checksumLength + 1,
      line[line.count - checksumLength - 1] == UInt8(ascii: " ")
    else { return nil }
    let text = Array(line.dropLast(checksumLength + 1))
    guard line.suffix(checksumLength).elementsEqual(OutputFolders.sha256(text).utf8),
      let record = try? JSONDecoder().decode(LedgerRecord.self, from: Data(text)),
      record.lengths.count == LedgerSection.allCases.count,
      record.lengths.allSatisfy({ (0...Self.lengthLimit).contains($0) })
    else { return nil }
    self = record
  }

  /// Longer than any section, and so short that all of them can be added up.
  private static let lengthLimit = 1 << 48
}

/// A record and where its sections stand.
package struct LedgerEntry: Codable, Sendable, Equatable {
  package var record: LedgerRecord
  /// In the folder of the ledger.
  var file: String
  /// Of the first section in the file.
  package var offset: Int
}

/// A data set and the number of one of its starts: what a group of ranks does at once.
package struct Piece: Hashable, Sendable {
  package var name: String
  package var start: Int
}

extension LedgerRecord {
  var piece: Piece { Piece(name: name, start: start) }
}

extension ResultTable {
  /// The file in the output folder.
  var fileName: String { rawValue + ".csv" }

  var section: LedgerSection {
    switch self {
    case .observations: .observations
    case .influence: .influence
    case .moments: .moments
    }
  }
}
