import DataSets
import Estimation
import FoundationEssentials
import JobFiles
import MessagePassing
import OutputFolders
import PopulationData
import Report

/// Looks for records that no run of this job has written, though their checksums are right: numbers
/// out of their range, and what does not agree with the texts behind it. Results are made of
/// records, so none of them is believed.
struct LedgerAudit {
  let job: LoadedJob
  /// Of the ledger.
  let folder: String
  /// More than any job has.
  private static let countLimit = 1 << 30

  /// Refuses what is wrong in records that earlier runs have left; collective, each rank looks at
  /// some.
  /// - Throws: `JobFailure`, the same on all ranks.
  func refuse(_ found: [Piece: [LedgerEntry]], by communicator: any Communicator) throws {
    let names = Set(job.sources.map(\.name))
    let entries = found.values.joined().sorted { ($0.file, $0.offset) < ($1.file, $1.offset) }
    try communicator.onEveryRank(failingWith: .occupied) {
      let files = LedgerFiles(folder: folder)
      for (number, entry) in entries.enumerated()
      where number % communicator.size == communicator.rank && names.contains(entry.record.name) {
        guard let fault = try fault(of: entry.record) ?? fault(of: entry, files) else { continue }
        throw JobFailure(
          message:
            "\(folder)/\(entry.file): the record of \(entry.record.piece.text.printablePrefix) is none that this job can have written "
            + "(\(fault)); give --restart to fit all anew, or --output for another folder.",
          code: .occupied)
      }
    }
  }

  /// The most starts that a data set may have; all of a job are of one kind.
  private var starts: Int { job.sources.first.map { StartPlan(job.plan, source: $0).limit } ?? 0 }

  /// What is out of range.
  private func fault(of record: LedgerRecord) -> String? {
    if !(1...starts).contains(record.start) { return "start \(record.start) of \(starts)" }
    if !(1...Self.countLimit).contains(record.parts)
      || !(0..<record.parts).contains(record.part)
    {
      return "part \(record.part) of \(record.parts)"
    }
    if ExitStatus(rawValue: record.code) == nil { return "exit code \(record.code)" }
    let isWord = record.status.utf8.allSatisfy {
      $0 == UInt8(ascii: " ") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
    }
    if record.status.isEmpty || !isWord { return "its status" }
    if let sha256 = record.sha256, !isDigest(sha256) { return "its SHA-256" }
    let tables = record.tables ?? []
    if !tables.allSatisfy({ ResultTable(rawValue: $0) != nil }) { return "its tables" }
    if let end = record.end, !isPossible(end, of: record) { return "where it ended" }
    return nil
  }

  private func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  private func isPossible(_ end: StartEnd, of record: LedgerRecord) -> Bool {
    end.minusTwoLogLikelihood == record.minusTwoLogLikelihood
      && end.minusTwoLogPosterior == record.minusTwoLogPosterior
      && end.estimates.count == end.resolutions.count
      && end.resolutions.allSatisfy { $0 >= 0 } && end.samplingError ?? 0 >= 0
  }

  /// What does not agree with the texts.
  private func fault(of entry: LedgerEntry, _ files: LedgerFiles) throws -> String? {
    let record = entry.record
    // A summary has none, and nothing is made of it but a line for the terminal.
    guard record.payloadLength > 0 else { return nil }
    let tables: [LedgerSection] = [
      .estimates, .iterations, .subjects, .observations, .influence, .moments,
    ]
    let begin = Array((csvField(record.name) + ",").utf8)
    for section in tables where record.lengths[section.rawValue] > 0 {
      let count = record.lengths[section.rawValue]
      let first = entry.offset + record.offset(of: section)
      var bytes: [UInt8] = []
      try files.append(entry.file, at: first, count: min(count, begin.count), to: &bytes)
      try files.append(entry.file, at: first + count - 1, count: 1, to: &bytes)
      if bytes.dropLast() != begin[...] || bytes.last != UInt8(ascii: "\n") {
        return "its rows of \(section)"
      }
    }
    guard record.part == 0 else { return nil }
    var text: [UInt8] = []
    try files.append(
      entry.file, at: entry.offset + record.offset(of: .document),
      count: record.lengths[LedgerSection.document.rawValue], to: &text)
    guard let document = FitDocument.dataSet(json: text) else { return "its text for fit.json" }
    if let difference = difference(of: record, from: document) { return difference }
    let hasSeveral = starts > 1
    let place = hasSeveral ? try FitDocument.element(document).maximaPlace : nil
    if record.maximaPlace != place { return "its maxima" }
    return hasSeveral && !isOwn(record.end, of: document) ? "where it ended" : nil
  }

  /// Whether a fit ended there, by the numbers of its text.
  private func isOwn(_ end: StartEnd?, of document: FitDocument.DataSet) -> Bool {
    guard let fit = document.fit, document.isRegular else { return end == nil }
    let free = fit.parameters.filter { !$0.fixed }
    guard let end else {
      // It has none if a number is not finite, and without standard errors nobody knows.
      return !free.allSatisfy { $0.standardError?.isFinite == true && $0.estimate.isFinite }
    }
    let share = job.plan.settings.method.resolution
    // What is held at a boundary counts as 0.
    let isAtBoundary = document.status == "at boundary"
    return end.estimates.count == free.count
      && zip(end.estimates, free).allSatisfy { $0 == $1.estimate || isAtBoundary && $0 == 0 }
      && end.samplingError == fit.samplingError?.minusTwoLogLikelihood
      && zip(free, end.resolutions).allSatisfy { parameter, resolution in
        guard let error = parameter.standardError else { return true }
        return resolution == max(share * error, 3 * (parameter.samplingError ?? 0))
      }
  }

  private func difference(of record: LedgerRecord, from document: FitDocument.DataSet) -> String? {
    let fit = document.fit
    let agreements: [(String, Bool)] = [
      ("its data set", document.name == record.name),
      ("its start", document.start == record.start),
      ("its status", document.status == record.status),
      ("its SHA-256", document.sha256 == record.sha256),
      ("−2 log L", fit?.minusTwoLogLikelihood == record.minusTwoLogLikelihood),
      ("its log posterior", fit?.logPosterior.map { -2 * $0 } == record.minusTwoLogPosterior),
      ("whether it ended as it should", (fit != nil && document.isRegular) == record.isRegular),
      ("whether it failed", (fit == nil) == record.hasFailed),
      ("its exit code", (record.code == ExitStatus.success.rawValue) == !record.hasFailed),
    ]
    return agreements.first { !$0.1 }.map { "\($0.0) is not that of its text" }
  }
}

extension String {
  /// As much of a text of unknown origin as a message has room for.
  fileprivate var printablePrefix: String { count > 80 ? prefix(80) + "…" : self }
}
