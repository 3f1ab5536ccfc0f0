/// How far log L falls at the ends of a profile interval: by q²/2.
package enum ProfileQuantile: String, Sendable, CaseIterable, Codable {
  /// q is the 97.5 % quantile of Student's t with as many degrees of freedom as subjects are behind
  /// the parameter, less one: n w_k for those of component k, n for all others. Of few subjects the
  /// likelihood ratio is wider than its limit.
  case student
  /// q is that of the normal distribution, 1.96: q² is the 95 % quantile of χ² with one degree of
  /// freedom.
  case normal
}

/// Which parameters of a fit get profile intervals.
package enum ProfileRequest: Sendable, Equatable, Codable {
  /// All that are free.
  case all
  /// Names of free or derived parameters.
  case names([String])

  /// None at all.
  package static let none = ProfileRequest.names([])
}
