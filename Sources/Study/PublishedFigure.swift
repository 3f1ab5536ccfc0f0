import Estimation

/// A figure of another study of the same design, to be set beside those of this one.
package struct PublishedFigure: Sendable, Equatable {
  /// Whose it is.
  package let source: String
  /// The name of a parameter, or `misclassified`.
  package let parameter: String
  package let statistic: StudyFigure.Name
  package let value: Double
  /// Its simulation error; `nil` where it was not published.
  package let error: Double?

  package init(
    source: String, parameter: String, statistic: StudyFigure.Name, value: Double, error: Double?
  ) {
    self.source = source
    self.parameter = parameter
    self.statistic = statistic
    self.value = value
    self.error = error
  }

  /// How far a figure of this study is from it, in joint simulation errors; an error that was not
  /// published is taken to be as large as that of this study. The error of a share is the one that
  /// it has if the published share is right, as its own estimate is far too small near 0 and 100 %.
  package func difference(of figure: StudyFigure) -> Double? {
    guard var own = figure.statistic.error else { return nil }
    if figure.isShare, 0 < value, value < 100 {
      own = (value * (100 - value) / Double(figure.count)).squareRoot()
    }
    let other = error ?? own
    let joint = (own * own + other * other).squareRoot()
    return joint > 0 ? (figure.statistic.value - value) / joint : nil
  }
}

/// One figure of a study by its name.
package struct StudyFigure: Sendable {
  /// `mean`, `rmse_percent`, `coverage.wald.outer-product`, …
  package typealias Name = String

  /// The name of a parameter, or `misclassified`.
  package let parameter: String
  /// `nil` for the subjects that are misclassified.
  package let truth: Double?
  package let name: Name
  package let statistic: Statistic
  /// Data sets behind it.
  package let count: Int

  package init(parameter: String, truth: Double?, name: Name, statistic: Statistic, count: Int) {
    self.parameter = parameter
    self.truth = truth
    self.name = name
    self.statistic = statistic
    self.count = count
  }

  /// Whether it is a share of the data sets in percent.
  var isShare: Bool { name.hasPrefix("coverage.") || name == "none_percent" }
}

extension StudySummary {
  /// What `StudyFigure.parameter` is for subjects in the wrong class.
  package static let misclassified = "misclassified"

  /// All figures, parameter by parameter.
  package var figures: [StudyFigure] {
    parameters.flatMap(\.figures) + (misclassification?.figures ?? [])
  }

  /// The names of all figures that a study can have.
  package static let figureNames: [StudyFigure.Name] =
    [
      "mean", "error_percent", "rmse_percent", "rmse", "realised_error_percent",
      "realised_rmse_percent",
    ]
    + StudyInterval.allCases.filter { $0 != .profile }.flatMap { interval in
      StandardErrorKind.allCases.map { interval.figureName($0) }
    } + [StudyInterval.profile.figureName(.outerProduct)] + [
      "most", "none_percent", "mean_where_any",
    ]
}

extension StudyInterval {
  /// What the coverage of it is called; profiles have no standard errors.
  fileprivate func figureName(_ kind: StandardErrorKind) -> StudyFigure.Name {
    self == .profile ? "coverage.profile" : "coverage.\(rawValue).\(kind.rawValue)"
  }
}

extension StudySummary.Parameter {
  fileprivate var figures: [StudyFigure] {
    let own: [(String, Statistic?)] = [
      ("mean", mean), ("error_percent", errorPercent),
      ("rmse_percent", rootMeanSquareErrorPercent), ("rmse", rootMeanSquareError),
      ("realised_error_percent", realisedErrorPercent),
      ("realised_rmse_percent", realisedRootMeanSquareErrorPercent),
    ]
    return own.compactMap { name, statistic in
      statistic.map {
        StudyFigure(
          parameter: self.name, truth: truth, name: name, statistic: $0, count: count)
      }
    }
      + coverage.map {
        StudyFigure(
          parameter: name, truth: truth,
          name: $0.interval.figureName($0.kind),
          statistic: $0.percent, count: $0.count)
      }
  }
}

extension StudySummary.Misclassification {
  fileprivate var figures: [StudyFigure] {
    let own: [(String, Statistic?)] = [
      ("mean", mean), ("most", Statistic(value: Double(most), error: nil)),
      ("none_percent", nonePercent), ("mean_where_any", meanWhereAny),
    ]
    return own.compactMap { name, statistic in
      statistic.map {
        StudyFigure(
          parameter: StudySummary.misclassified, truth: nil, name: name, statistic: $0,
          count: dataSets)
      }
    }
  }
}
