package import PopulationData

/// A text with a mark at the place of its error, how it is read, and what the error says.
package struct WrongFile: Sendable {
  package var marked: String
  package var columns: [String: String] = [:]
  package var ignore: [String] = []
  package var accept: [String] = []
  package var repeatedIDs: RepeatedIDs = .separate
  package var covariates: [CovariateColumn] = []
  package var belowLimit: BelowLimit = .interval
  package var positiveLimits: PositiveLimits = .none
  package var message: String

  package init(
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
  package func format() throws(DatasetError) -> DatasetFormat {
    var rules: [IgnoreRule] = []
    for rule in ignore { rules.append(try IgnoreRule(rule)) }
    var conditions: [Condition] = []
    for condition in accept { conditions.append(try Condition(condition)) }
    return try DatasetFormat(
      columns: columns, ignore: rules, accept: conditions, repeatedIDs: repeatedIDs,
      covariates: covariates, belowLimit: belowLimit, positiveLimits: positiveLimits)
  }

  /// All kinds of wrong files.
  package static let all =
    texts + headers + fields + times + clockTimes + events + doses + infusions + steadyStates
    + censoring + covariateRows
}
