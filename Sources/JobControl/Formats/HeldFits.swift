import OutputFolders
import Report

/// The fits of this run as this rank has them, for formats of other programs: of each data set that
/// of the best of the starts that the rank has taken part in. Memory grows with the rank's own
/// subjects.
final class HeldFits {
  private var best: [String: (record: LedgerRecord, share: FittedShare)] = [:]

  /// Keeps a fit unless a better start of its data set is there.
  func hold(_ share: FittedShare?, _ record: LedgerRecord) {
    guard let share else { return }
    if let other = best[record.name]?.record, !JobResults.isBetter(record, than: other) { return }
    best[record.name] = (record, share)
  }

  subscript(piece: Piece) -> FittedShare? {
    best[piece.name].flatMap { $0.record.start == piece.start ? $0.share : nil }
  }
}
