import DataSets
import OutputFolders
import Report

/// What became of the data sets of a job, by the records of the ledger: of the starts of each the
/// best.
struct JobResults {
  /// The records of one data set.
  struct DataSet {
    let source: DataSetSource
    /// Of each start, the records of the ranks of its group.
    let starts: [[LedgerEntry]]
    /// The place of the best start.
    let best: Int
    /// That the starts found; `nil` without several.
    let maxima: LikelihoodMaxima?

    var name: String { source.name }
    /// The record with all but the other ranks' subjects.
    var chosen: LedgerEntry { starts[best][0] }
    /// The maxima that its entry of `fit.json` has.
    var maximaInDocument: LikelihoodMaxima? { chosen.record.maximaPlace == nil ? nil : maxima }
  }

  let dataSets: [DataSet]

  init(sources: [DataSetSource], entries: [Piece: [LedgerEntry]]) {
    var starts: [String: [[LedgerEntry]]] = [:]
    for entry in entries.values.sorted(by: { $0[0].record.start < $1[0].record.start }) {
      starts[entry[0].record.name, default: []].append(entry)
    }
    dataSets = sources.compactMap { source in
      guard let starts = starts[source.name] else { return nil }
      let records = starts.map { $0[0].record }
      return DataSet(
        source: source, starts: starts, best: Self.best(records), maxima: Self.maxima(records))
    }
  }

  private static func maxima(_ records: [LedgerRecord]) -> LikelihoodMaxima? {
    guard records.count > 1 else { return nil }
    let kept = records[best(records)]
    let maximum = records.filter(\.isRegular).compactMap(\.objective).min()
    let gain = kept.isUnfinished ? maximum.flatMap { m in kept.objective.map { m - $0 } } : nil
    return LikelihoodMaxima(
      records.map { ($0.status, $0.end) }, unfinished: gain.map { (kept.start, $0) })
  }

  /// Refuses results of which some starts were fitted to other data than the others, because the
  /// file has changed meanwhile.
  func refuseMixedData() throws(JobFailure) {
    for dataSet in dataSets {
      let digests = Set(
        dataSet.starts.map { $0[0].record }.filter { !$0.hasFailed }.compactMap(\.sha256)
      ).sorted()
      guard digests.count > 1 else { continue }
      throw JobFailure(
        message:
          "\(dataSet.name): has changed while it was fitted (SHA-256 \(digests[0].prefix(16))… for some "
          + "starts, \(digests[1].prefix(16))… for others), and results are not mixed; give --restart to fit all "
          + "anew.",
        code: .occupied)
    }
  }

  /// The lowest −2 log L, or −2 log posterior where there is a prior, among the fits that ended as
  /// they should, unless one that did not converge or was not verified is clearly lower; where
  /// there are none, among all; of equals the first start.
  private static func best(_ records: [LedgerRecord]) -> Int {
    records.indices.min { a, b in rank(records[a], a) < rank(records[b], b) } ?? 0
  }

  /// Whether of two starts of a data set the first is to be kept, whatever other starts there are.
  static func isBetter(_ record: LedgerRecord, than other: LedgerRecord) -> Bool {
    rank(record, record.start) < rank(other, other.start)
  }

  private static func rank(_ record: LedgerRecord, _ place: Int) -> (Int, Double, Int) {
    let kind = record.hasFailed ? 2 : record.isRegular || record.isUnfinished ? 0 : 1
    let handicap = record.isUnfinished ? LedgerRecord.unfinishedHandicap : 0
    return (kind, (record.objective ?? .infinity) + handicap, place)
  }

  /// The first record of each start.
  var firstEntries: [LedgerEntry] { dataSets.flatMap { $0.starts.map { $0[0] } } }
  var statuses: [String] { dataSets.map(\.chosen.record.status) }
  var failures: [String] { dataSets.compactMap(\.chosen.record.reason) }
  var hasAnyFit: Bool { dataSets.contains { !$0.chosen.record.hasFailed } }
  var hasAnyFailure: Bool { dataSets.contains { $0.starts.contains { $0[0].record.hasFailed } } }
  var hasSeveralStarts: Bool { dataSets.contains { $0.starts.count > 1 } }

  /// The exit code.
  var code: ExitStatus {
    let failed = dataSets.filter(\.chosen.record.hasFailed)
    if failed.isEmpty { return .success }
    guard failed.count == dataSets.count else { return .someFailed }
    return ExitStatus(rawValue: failed[0].chosen.record.code) ?? .internal
  }
}
