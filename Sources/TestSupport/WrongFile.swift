import PopulationData

/// A text with a mark at the place of its error, how it is read, and what the error says.
public struct WrongFile: Sendable {
  public var marked: String
  public var columns: [String: String] = [:]
  public var ignore: [String] = []
  public var accept: [String] = []
  public var repeatedIDs: RepeatedIDs = .separate
  public var covariates: [CovariateColumn] = []
  public var belowLimit: BelowLimit = .interval
  public var positiveLimits: PositiveLimits = .none
  public var message: String

  public init(
    marked: String, columns: [String: String] = [:], ignore: [String] = [],
    accept: [String] = [], repeatedIDs: RepeatedIDs = .separate,
    covariates: [CovariateColumn] = [], belowLimit: BelowLimit = .interval,
    positiveLimits: PositiveLimits = .none, message: String
  ) {
    self.marked = marked
    self.columns = columns
    self.ignore = ignore
    self.accept = accept
    self.repeatedIDs = repeatedIDs
    self.covariates = covariates
    self.belowLimit = belowLimit
    self.positiveLimits = positiveLimits
    self.message = message
  }

  /// How the file is to be read.
  public func format() throws(DatasetError) -> DatasetFormat {
    var rules: [IgnoreRule] = []
    for rule in ignore { rules.append(try IgnoreRule(rule)) }
    var conditions: [Condition] = []
    for condition in accept { conditions.append(try Condition(condition)) }
    return try DatasetFormat(
      columns: columns, ignore: rules, accept: conditions, repeatedIDs: repeatedIDs,
      covariates: covariates, belowLimit: belowLimit, positiveLimits: positiveLimits)
  }

  /// All kinds of wrong files.
  public static let all =
    texts + headers + fields + times + clockTimes + events + doses + infusions + steadyStates
    + censoring + covariateRows
}
