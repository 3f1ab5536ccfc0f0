import MessagePassing
import OutputFolders
import Report

/// The fits of all data sets of a job, where they are: in the memory of the ranks that have done
/// them in this run, or in what an earlier run has left.
struct FinishedFits {
  /// The kept fit of a data set.
  struct Fit {
    /// Of the data set, from 1.
    let number: Int
    /// Those that make something of it, in ascending order.
    let ranks: [Int]
    /// What one of several ranks has of it, or takes of it; `nil` of what could not be fitted.
    let share: (_ rank: Int, _ size: Int) throws -> FittedShare?
  }

  let all: [Fit]

  /// Earlier fits whose texts have fewer bytes are made by one rank, the others by all.
  private static let smallSize = 4 << 20

  /// - Parameters:
  ///   - run: what names of this run's ledger files begin with.
  ///   - earlier: reads what earlier runs have left.
  init(
    _ results: JobResults, held: HeldFits<FittedShare>, run: Substring, earlier: EarlierFits,
    communicator: any Communicator
  ) {
    all = results.dataSets.enumerated().map { number, dataSet in
      let entries = dataSet.starts[dataSet.best]
      let piece = entries[0].record.piece
      let one = number % communicator.size
      if dataSet.chosen.record.hasFailed {
        return Fit(number: number + 1, ranks: [one]) { _, _ in nil }
      }
      if let owners = LedgerWriter.owners(of: entries, run: run) {
        return Fit(number: number + 1, ranks: owners) { _, _ in
          guard let share = held[piece] else { preconditionFailure("this rank has done the fit") }
          return share
        }
      }
      let isSmall = earlier.size(of: entries) < Self.smallSize
      return Fit(number: number + 1, ranks: isSmall ? [one] : Array(0..<communicator.size)) {
        try earlier.share(of: entries, rank: $0, size: $1)
      }
    }
  }
}
