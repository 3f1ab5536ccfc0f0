/// Fits of one data set with different numbers of components, side by side: which number the
/// criteria choose, and whether the choice is more than the error of the figures.
package struct ComponentSelection: Sendable {
  /// A fit.
  package struct Candidate: Sendable {
    /// K
    package let components: Int
    package let status: String
    /// Whether the fit ended as it should.
    package let isRegular: Bool
    package let minusTwoLogLikelihood: Double
    /// Standard error of −2 log L by the sampling of the integrals; `nil` if nothing is known of
    /// it.
    package let samplingError: Double?
    /// Number of free parameters.
    package let parameters: Int
    package let aic: Double
    package let bic: Double
    package let icl: Double
    package let entropy: Double
    /// `nil` with one component.
    package let relativeEntropy: Double?
    package let leastWeight: Double

    package init(
      components: Int, status: String, isRegular: Bool, minusTwoLogLikelihood: Double,
      samplingError: Double?, parameters: Int, aic: Double, bic: Double, icl: Double,
      entropy: Double, relativeEntropy: Double?, leastWeight: Double
    ) {
      self.components = components
      self.status = status
      self.isRegular = isRegular
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
      self.samplingError = samplingError
      self.parameters = parameters
      self.aic = aic
      self.bic = bic
      self.icl = icl
      self.entropy = entropy
      self.relativeEntropy = relativeEntropy
      self.leastWeight = leastWeight
    }
  }

  package enum Criterion: String, Sendable, CaseIterable {
    case aic, bic, icl

    package var label: String { rawValue.uppercased() }

    package func value(_ candidate: Candidate) -> Double {
      switch self {
      case .aic: candidate.aic
      case .bic: candidate.bic
      case .icl: candidate.icl
      }
    }
  }

  /// What a criterion chooses.
  package struct Choice: Sendable, Equatable {
    package let criterion: Criterion
    /// K with the least value.
    package let components: Int
    /// Other K whose value is as low within the error of the difference.
    package let indistinguishable: [Int]
  }

  /// A number of components against one more, by the likelihood ratio of data sets drawn from the
  /// smaller model.
  package struct Test: Sendable, Equatable {
    /// K of the null hypothesis; the alternative has one more.
    package let components: Int
    /// Of the data: the fall of −2 log L.
    package let ratio: Double
    /// Of the data sets drawn under the null hypothesis; those that could not be fitted are left
    /// out.
    package let replicates: [Double]
    /// Data sets that could not be fitted.
    package let failed: Int
    /// α
    package let level: Double

    package init(components: Int, ratio: Double, replicates: [Double], failed: Int, level: Double) {
      self.components = components
      self.ratio = ratio
      self.replicates = replicates
      self.failed = failed
      self.level = level
    }

    /// (1 + #{ratio of a replicate ≥ ratio})/(1 + R): McLachlan 1987, and the level is exact if α
    /// (1 + R) is a whole number.
    package var probability: Double {
      Double(1 + replicates.count { $0 >= ratio }) / Double(1 + replicates.count)
    }

    /// Whether the larger model is taken.
    package var isRejected: Bool { probability <= level }

    /// Whether another set of as many replicates may well decide otherwise: α lies within two
    /// binomial standard errors of p, and the ratio is not twice as large as any of them.
    package var isUndecided: Bool {
      guard let largest = replicates.max(), ratio <= 2 * max(0, largest) else { return false }
      let n = Double(1 + replicates.count)
      return abs(probability - level) <= 2 * (level * (1 - level) / n).squareRoot()
    }
  }

  /// In ascending K; those that could be fitted.
  package let candidates: [Candidate]
  package let tests: [Test]

  package init(candidates: [Candidate], tests: [Test]) {
    self.candidates = candidates.sorted { $0.components < $1.components }
    self.tests = tests
  }

  /// The choice of each criterion among the fits that ended as they should; none if there are none.
  package var choices: [Choice] {
    let regular = candidates.filter(\.isRegular)
    return Criterion.allCases.compactMap { criterion in
      guard let best = regular.min(by: { criterion.value($0) < criterion.value($1) }) else {
        return nil
      }
      let others = regular.filter { other in
        other.components != best.components
          && criterion.value(other) - criterion.value(best) <= 2 * Self.error(best, other)
      }
      return Choice(
        criterion: criterion, components: best.components,
        indistinguishable: others.map(\.components))
    }
  }

  /// The first number of components that no test rejects; `nil` without tests, or if the largest
  /// was not reached because a fit is missing.
  package var chosenByTests: Int? {
    for (place, test) in tests.enumerated() {
      if !test.isRejected { return test.components }
      let isLast = place == tests.count - 1
      if isLast, test.components + 1 == candidates.last?.components { return test.components + 1 }
    }
    return nil
  }

  /// Pairs of numbers of components of which the larger has the lower log L by more than the error,
  /// which a maximum cannot have.
  package var missedMaxima: [(smaller: Int, larger: Int, by: Double)] {
    zip(candidates, candidates.dropFirst()).compactMap { a, b in
      let excess = b.minusTwoLogLikelihood - a.minusTwoLogLikelihood
      return excess > max(0.01, 2 * Self.error(a, b)) ? (a.components, b.components, excess) : nil
    }
  }

  /// Standard error of the difference of two −2 log L by the sampling of their integrals.
  package static func error(_ a: Candidate, _ b: Candidate) -> Double {
    let (x, y) = (a.samplingError ?? 0, b.samplingError ?? 0)
    return (x * x + y * y).squareRoot()
  }
}
