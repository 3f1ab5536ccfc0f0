import JobFiles
import Report
import Spelling

// Tables that are asked for when fits are done already.
extension JobRunner {
  /// Fits that were made when a table was not asked for that is now: their rows are made where
  /// posteriors and scores are, at the end of a fit. Of several starts it is the one that is kept,
  /// if all have ended.
  func fitsWithoutTables(_ ledger: Ledger) -> Set<Piece> {
    guard !job.tables.isEmpty else { return [] }
    let results = JobResults(sources: job.sources, entries: ledger.found)
    return Set(
      results.dataSets.flatMap { dataSet in
        let records = dataSet.starts.map { $0[0].record }
        let isSettled =
          StartPlan(job.plan, source: dataSet.source).wanted(after: records) == records.count
        return (isSettled ? [records[dataSet.best]] : records)
          .filter { !$0.has(job.tables) }.map(\.piece)
      })
  }

  /// Says why fits that are done are done again.
  func tellOfTables(_ ledger: Ledger) {
    let count = fitsWithoutTables(ledger).count
    guard count > 0 else { return }
    let names = conjunction(job.tables.map(\.fileName))
    observer.warn(
      "`tables` asks for more than when \(counted(count, "fit")) of this output \(count == 1 ? "was" : "were") made: done again, to the same "
        + "results, for \(names).")
  }
}
