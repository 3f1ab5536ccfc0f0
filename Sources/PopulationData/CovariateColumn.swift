/// Where between two rows a covariate changes from the value of the one to that of the other.
public enum CovariateCarry: String, CaseIterable, Sendable {
  /// At the row before: a row's value holds in the interval that ends at it, as in NONMEM.
  case backward
  /// At the row itself: a row's value holds until the next row.
  case forward
}

/// A column with a covariate.
public struct CovariateColumn: Sendable, Equatable {
  /// Name of a column of the file without another meaning; case is ignored.
  public let name: String
  public let carry: CovariateCarry

  public init(_ name: String, carry: CovariateCarry = .backward) {
    self.name = name
    self.carry = carry
  }
}

/// What becomes of values below the limit of quantification (CENS 1).
public enum BelowLimit: String, CaseIterable, Sendable {
  /// Their likelihood is the probability of the interval in which they lie ("M3").
  case interval
  /// They are left out ("M1").
  case ignore
  /// Half the limit is taken as if it had been measured.
  case replace
  /// They are left out, and the likelihood of the others is conditional on being above the limit
  /// ("M2").
  case conditional
}
