/// What a value depends on.
struct Dependencies: OptionSet {
  let rawValue: UInt8

  static let parameters = Self(rawValue: 1)
  static let covariates = Self(rawValue: 2)
  static let dose = Self(rawValue: 4)
  static let timeAfterDose = Self(rawValue: 8)
  static let time = Self(rawValue: 16)
  static let amounts = Self(rawValue: 32)

  /// What the records of the data have.
  static let records: Self = [.covariates, .dose, .timeAfterDose, .time]
}
