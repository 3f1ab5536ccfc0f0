/// One individual: doses and observations that share one vector of random effects.
public struct Subject: Sendable, Equatable {
  /// The ID as first written in the file.
  public var id: String
  /// Place among the subjects of the data set, from 0, in the order of their first rows.
  public var index: Int
  /// Occasions in the order of the rows; none is empty.
  public var occasions: [Occasion]
  /// Line of the subject's first row.
  public var line: Int
  /// Values of the covariates by row.
  public var covariates: [[Double]] = [[]]

  public init(id: String, index: Int, occasions: [Occasion], line: Int = 0) {
    self.id = id
    self.index = index
    self.occasions = occasions
    self.line = line
  }

  /// Number of observations over all occasions.
  public var observationCount: Int { occasions.reduce(0) { $0 + $1.observations.count } }

  /// Number of doses over all occasions, additional doses counted one by one.
  public var doseCount: Int { occasions.reduce(0) { $0 + $1.doses.count } }
}
