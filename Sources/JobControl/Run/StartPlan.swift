package import DataSets
import Estimation
package import JobFiles
import PopulationModel

/// How many starts a data set needs, by where those before have ended.
///
/// One start is enough where it was found from the data or lies near its end, ended as it should
/// and has no rival. Elsewhere, and in mixtures whose starting values are from the data, starts
/// follow until the best end has been reached by two of them, or the limit is reached.
///
/// A pure function of records that are the same on all ranks and after a restart.
package struct StartPlan {
  /// Starts before anything is known.
  package let first: Int
  package let limit: Int

  /// Starts of a mixture from the data: two ways at least to divide the subjects.
  private static let ofMixtures = 3
  /// Starts at most.
  private static let most = 8
  /// Starts after which it is given up that one of them ends as it should.
  private static let mostIrregular = 3
  /// Of −2 log L, or of the posterior: ends that are nearer to each other are the same end.
  private static let sameEnd = 0.1

  package init(_ plan: RunPlan, source: DataSetSource) {
    switch plan.jobFile.estimation.starts {
    case .exactly(let count): (first, limit) = (count, count)
    case .asNeeded:
      var isDrawnFromFit = false
      if case .resampled = source { isDrawnFromFit = true }
      guard !isDrawnFromFit, plan.settings.method.endsAtMaximum else {
        (first, limit) = (1, 1)
        return
      }
      first = !plan.starting.isComplete && plan.model.componentCount > 1 ? Self.ofMixtures : 1
      limit = Self.most
    }
  }

  /// - Parameter records: of the starts that are done, in their order, without a gap.
  package func wanted(after records: [LedgerRecord]) -> Int {
    guard records.count >= first, limit > first else { return first }
    if records.count == 1 { return records[0].asksForOtherStarts == true ? 2 : 1 }
    let ends = records.filter { $0.isRegular || $0.isUnfinished }.compactMap(\.objective)
    guard let best = ends.min(), records.contains(where: \.isRegular) || ends.count > 2 else {
      return records.count < Self.mostIrregular ? records.count + 1 : records.count
    }
    let agreeing = ends.count { $0 < best + Self.sameEnd }
    return agreeing > 1 ? records.count : min(limit, records.count + 1)
  }
}

extension LedgerRecord {
  /// What fits climb, times −2; `nil` if there is no fit.
  var objective: Double? { minusTwoLogPosterior ?? minusTwoLogLikelihood }

  /// Whether it ended before a maximum, or where none could be verified; its −2 log L holds all the
  /// same.
  var isUnfinished: Bool { ["not converged", "not verified"].contains(status) }

  /// What an end that is no maximum must be lower by than one that is, in −2 log L, to be kept.
  static let unfinishedHandicap = 1.0
}

extension FitResult {
  /// Whether a fit from one start may have missed a better end: it did not end at a maximum, it
  /// came from a start far from its end, or rough fits to some subjects found a rival.
  var asksForOtherStarts: Bool {
    // Without a maximum there is none to be looked for.
    if !stopReason.unbounded.isEmpty { return false }
    if !stopReason.isRegular || stopReason.isFlat { return true }
    if let betterTwin, betterTwin.gain > Self.gainOfTwins { return true }
    if let search { return search.hasRival }
    return startWasFar
  }

  /// Of −2 log L, from which on the branch of the user's start is left for another; a smaller gain
  /// is warned of, as what is known of the drug may weigh more.
  private static let gainOfTwins = 10.0
}

extension StartSearchSummary {
  /// Whether another place explains the subjects looked at nearly as well as the best.
  var hasRival: Bool {
    guard candidates.count > 1 else { return false }
    return candidates[1].minusTwoLogLikelihood
      < candidates[0].minusTwoLogLikelihood + Self.nearness
  }

  /// Of −2 log L: what rough fits leave open, and some subjects instead of all.
  private static let nearness = 10.0
}

extension LoadedJob {
  /// What is to be fitted, in order, as far as it is known: of each data set the starts that it
  /// needs after those that are done.
  func pieces(after done: [Piece: [LedgerEntry]]) -> [JobPiece] {
    sources.flatMap { source -> [JobPiece] in
      let starts = StartPlan(plan, source: source)
      var records: [LedgerRecord] = []
      while let entry = done[Piece(name: source.name, start: records.count + 1)]?.first {
        records.append(entry.record)
      }
      // A start that is done counts, even if fewer would have been enough.
      let count = max(records.count, starts.wanted(after: records))
      return (0..<count).map { JobPiece(source: source, start: $0 + 1) }
    }
  }

  /// What is fitted whatever comes of it.
  var pieces: [JobPiece] { pieces(after: [:]) }
}
