// What is said of a fit once it has ended, beside its estimates: computed by whoever asks for it.

/// A 95 % interval by the profile likelihood of one parameter: all its values v for which 2(log
/// L(ϕ̂) − max over the others of log L) is at most q² (Venzon & Moolgavkar, Appl Stat 37 (1988)
/// 87–94), where q is a quantile as `ProfileQuantile` has it. It is the same on any scale of the
/// parameter.
package struct ProfileInterval: Sendable, Equatable, Codable {
  /// As in the tables of parameters.
  package let name: String
  /// The ends; `nil` where the search for one failed. An end is that of the parameter's range (0 of
  /// a variance, infinity of a mean) where log L never falls enough on that side.
  package let low: Double?
  package let high: Double?
  /// What log L is higher by than at the estimates, where the search came upon a better maximum;
  /// else 0.
  package let gain: Double

  package init(name: String, low: Double?, high: Double?, gain: Double) {
    self.name = name
    self.low = low
    self.high = high
    self.gain = gain
  }
}

/// A subject and what it does to the estimates.
package struct InfluentialSubject: Sendable, Equatable, Codable {
  /// Place in the data set, from 0.
  package let index: Int
  package let id: String
  /// Likelihood displacement.
  package let displacement: Double
  /// The parameter whose estimate would change most without it, in standard errors.
  package let parameter: String
  /// By how many standard errors.
  package let change: Double

  package init(index: Int, id: String, displacement: Double, parameter: String, change: Double) {
    self.index = index
    self.id = id
    self.displacement = displacement
    self.parameter = parameter
    self.change = change
  }
}

/// The subjects of a data set that matter most to the estimates.
package struct InfluenceSummary: Sendable, Equatable, Codable {
  /// Those with the largest displacements, in descending order.
  package let most: [InfluentialSubject]
  /// How many subjects change an estimate by more than `threshold`.
  package let moverCount: Int

  /// Standard errors by which no single subject should change an estimate.
  package static let threshold = 1.0
  /// Subjects that are named.
  package static let namedSubjects = 10

  package init(most: [InfluentialSubject], moverCount: Int) {
    self.most = most
    self.moverCount = moverCount
  }
}
