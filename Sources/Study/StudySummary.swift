package import Estimation

/// What a simulation study says of one method: how its estimates lie about the truth, each figure
/// with its simulation error.
package struct StudySummary: Sendable {
  /// Of one parameter over the data sets that were fitted.
  package struct Parameter: Sendable {
    package let name: String
    package let truth: Double
    package let kind: PredictionError.Kind
    /// R
    package let count: Int
    package let mean: Statistic
    /// Of 100 (estimate − true)/|true|; `nil` for the mean of a logarithm, and where the true value
    /// is 0.
    package let errorPercent: Statistic?
    package let rootMeanSquareErrorPercent: Statistic?
    /// Of estimate − true.
    package let rootMeanSquareError: Statistic
    /// The same against the values in each sample; `nil` where a parameter has none.
    package let realisedErrorPercent: Statistic?
    package let realisedRootMeanSquareErrorPercent: Statistic?
    /// In percent, for each interval and kind of standard errors that there is.
    package let coverage: [Coverage]
  }

  /// How often the 95 % interval has the true value.
  package struct Coverage: Sendable {
    package let interval: StudyInterval
    package let kind: StandardErrorKind
    package let percent: Statistic
    /// Fits with such an interval.
    package let count: Int
  }

  /// Subjects in another class than their true component, by data set.
  package struct Misclassification: Sendable {
    package let dataSets: Int
    package let mean: Statistic
    package let most: Int
    /// Data sets without any.
    package let none: Int
    package let nonePercent: Statistic
    /// Mean over the data sets with at least one.
    package let meanWhereAny: Statistic?
  }

  /// Data sets.
  package let count: Int
  /// How many fits ended how.
  package let statuses: [(status: String, count: Int)]
  /// Fits whose components had to be renamed.
  package let relabelled: Int
  package let parameters: [Parameter]
  package let misclassification: Misclassification?

  /// - Parameter replicates: of one method; fits that have estimates count, however they ended.
  package init(_ replicates: [Replicate]) {
    count = replicates.count
    let all = replicates.map(\.status)
    statuses = Set(all).sorted().map { status in (status, all.count { $0 == status }) }
    relabelled = replicates.count(where: \.isRelabelled)
    let names = replicates.first { !$0.errors.isEmpty }?.errors.map(\.parameter) ?? []
    parameters = names.indices.compactMap { place in
      Parameter(
        name: names[place],
        errors: replicates.compactMap { $0.errors.isEmpty ? nil : $0.errors[place] }
          .filter { !$0.isFixed })
    }
    misclassification = Misclassification(replicates.compactMap(\.misclassified))
  }
}

extension StudySummary.Parameter {
  fileprivate init?(name: String, errors: [PredictionError]) {
    guard let first = errors.first, let mean = Statistic.mean(errors.map(\.estimate)),
      let square = Statistic.rootMeanSquare(errors.map { $0.estimate - $0.truth })
    else { return nil }
    self.name = name
    truth = first.truth
    kind = first.kind
    count = errors.count
    self.mean = mean
    rootMeanSquareError = square
    let percents = errors.compactMap(\.percent)
    errorPercent = Statistic.mean(percents)
    rootMeanSquareErrorPercent = Statistic.rootMeanSquare(percents)
    let realised = errors.compactMap(\.realisedPercent)
    realisedErrorPercent = Statistic.mean(realised)
    realisedRootMeanSquareErrorPercent = Statistic.rootMeanSquare(realised)
    coverage = StudyInterval.allCases.flatMap { interval in
      StandardErrorKind.allCases.compactMap { kind in
        let covered = errors.compactMap { $0.covers(interval, kind) }
        return Statistic.percent(covered.count { $0 }, of: covered.count).map {
          StudySummary.Coverage(
            interval: interval, kind: kind, percent: $0, count: covered.count)
        }
      }
    }
  }
}

extension StudySummary.Misclassification {
  fileprivate init?(_ counts: [Int]) {
    guard let mean = Statistic.mean(counts.map(Double.init)), let most = counts.max() else {
      return nil
    }
    self.mean = mean
    self.most = most
    dataSets = counts.count
    none = counts.count { $0 == 0 }
    guard let percent = Statistic.percent(none, of: counts.count) else { return nil }
    nonePercent = percent
    meanWhereAny = Statistic.mean(counts.filter { $0 > 0 }.map(Double.init))
  }
}
