import OutputFolders

/// Fits of this run as this rank has them, for what is made of them afterwards: of each data set
/// that of the best of the starts that the rank has taken part in.
final class HeldFits<Fit> {
  private var best: [String: (record: LedgerRecord, fit: Fit)] = [:]

  /// Keeps a fit unless a better start of its data set is there.
  func hold(_ fit: Fit?, _ record: LedgerRecord) {
    guard let fit else { return }
    if let other = best[record.name]?.record, !JobResults.isBetter(record, than: other) { return }
    best[record.name] = (record, fit)
  }

  subscript(piece: Piece) -> Fit? {
    best[piece.name].flatMap { $0.record.start == piece.start ? $0.fit : nil }
  }
}
