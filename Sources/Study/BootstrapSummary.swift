import Estimation

/// What the replicates of a bootstrap say of the estimates of one fit: how they spread, and where
/// the middle 95 % of them lie.
///
/// Only replicates that ended as they should, and in which it is clear which component is which,
/// count; the others are told.
package struct BootstrapSummary: Sendable {
  /// One data set that was drawn and fitted.
  package struct Replicate: Sendable {
    package let name: String
    package let status: String
    /// Whether the fit ended as it should.
    package let isRegular: Bool
    /// Which component is which of the fit; `nil` if it failed, or with one component.
    package let labels: LabelAlignment?
    /// By parameter of the fit, components in the fit's order; empty if it failed.
    package let values: [Double]
    package let minusTwoLogLikelihood: Double?

    package init(
      name: String, status: String, isRegular: Bool, labels: LabelAlignment?, values: [Double],
      minusTwoLogLikelihood: Double?
    ) {
      self.name = name
      self.status = status
      self.isRegular = isRegular
      self.labels = labels
      self.values = values
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
    }

    /// Whether it counts.
    package var isUsed: Bool { isRegular && !values.isEmpty && labels?.isAmbiguous != true }
  }

  /// What is known of a parameter.
  package struct Parameter: Sendable {
    package let name: String
    package let estimate: Double
    /// By the fit itself.
    package let standardError: Double?
    /// R, the replicates that count.
    package let count: Int
    package let mean: Double
    /// Mean of the replicates less the estimate.
    package var bias: Double { mean - estimate }
    /// Standard deviation of the replicates, the bootstrap's standard error; `nil` of fewer than
    /// two.
    package let deviation: Double?
    package let median: Double
    /// The 2.5 and 97.5 % quantiles of the replicates.
    package let interval: (low: Double, high: Double)
  }

  package let replicates: [Replicate]
  /// Free and derived parameters; none if no replicate counts.
  package let parameters: [Parameter]

  /// How many fits ended how.
  package var statuses: [(status: String, count: Int)] {
    let all = replicates.map(\.status)
    return Set(all).sorted().map { status in (status, all.count { $0 == status }) }
  }

  package var used: Int { replicates.count(where: \.isUsed) }
  /// In which two components could as well be exchanged.
  package var ambiguous: Int { replicates.count { $0.isRegular && $0.labels?.isAmbiguous == true } }
  /// Whose components stand in another order than those of the fit.
  package var relabelled: Int { replicates.count { $0.isUsed && $0.labels?.isIdentity == false } }
  /// Of those that count; `nil` with one component.
  package var leastMargin: Double? {
    replicates.lazy.filter(\.isUsed).compactMap { $0.labels?.margin }.min()
  }

  /// - Parameters:
  ///   - estimates: of the fit: name, value and standard error of each parameter that is not fixed.
  ///   - replicates: with values of the same parameters.
  package init(
    estimates: [(name: String, value: Double, standardError: Double?)], replicates: [Replicate]
  ) {
    self.replicates = replicates
    let used = replicates.filter(\.isUsed)
    parameters = estimates.enumerated().compactMap { place, estimate in
      let values = used.map { $0.values[place] }.filter(\.isFinite).sorted()
      guard !values.isEmpty else { return nil }
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return Parameter(
        name: estimate.name, estimate: estimate.value, standardError: estimate.standardError,
        count: values.count, mean: mean,
        deviation: values.count > 1 ? (squares / (n - 1)).squareRoot() : nil,
        median: quantile(values, 0.5),
        interval: (quantile(values, 0.025), quantile(values, 0.975)))
    }
  }
}
