/// A column with a meaning.
public enum StandardColumn: Int, CaseIterable, Sendable {
  case id, time, amount, value, event, missingValue, compartment, additionalDoses, interval
  case rate, duration, steadyState, output, censoring, limit, date, date1, date2, date3

  private static let names = [
    "ID", "TIME", "AMT", "DV", "EVID", "MDV", "CMT", "ADDL", "II", "RATE", "DUR", "SS", "DVID",
    "CENS", "LIMIT", "DATE", "DAT1", "DAT2", "DAT3",
  ]

  /// The columns of dates, of which a file has one at most.
  static let dates: [StandardColumn] = [.date, .date1, .date2, .date3]

  /// The standard name, as `EVID`.
  public var name: String { Self.names[rawValue] }

  /// - Parameter name: a standard name in capitals.
  public init?(name: String) {
    guard let index = Self.names.firstIndex(of: name) else { return nil }
    self.init(rawValue: index)
  }

  /// Whether every data set has this column.
  var isRequired: Bool { self == .id || self == .time || self == .value }
}

/// What to do with an ID that comes back after rows of another subject.
public enum RepeatedIDs: String, CaseIterable, Sendable {
  /// Take it as a new subject, as NONMEM does.
  case separate
  /// Append the rows to the earlier subject; TIME must still not decrease.
  case join
  /// Refuse the file.
  case refuse
}

/// For which outputs (DVID) a limit of quantification has to be above 0.
public enum PositiveLimits: Sendable, Equatable {
  case none
  case all
  case outputs(Set<Int>)

  func contains(_ output: Int) -> Bool {
    switch self {
    case .none: false
    case .all: true
    case .outputs(let numbers): numbers.contains(output)
    }
  }
}

/// How a file is to be read, as far as its header does not tell.
public struct DatasetFormat: Sendable, Equatable {
  /// The file's name of a column for each standard name that differs.
  public let columns: [StandardColumn: String]
  /// Rules for rows to leave out; a row is left out if any of them applies.
  public let ignore: [IgnoreRule]
  /// Conditions of which a row must fulfil one; no condition accepts all rows.
  public let accept: [Condition]
  public let repeatedIDs: RepeatedIDs
  /// Texts that mean a missing value, besides `.` and nothing.
  ///
  /// A text that is a number stands for this number in any notation.
  public let missing: Set<String>
  /// Columns with covariates, in the order in which subjects have their values.
  public let covariates: [CovariateColumn]
  public let belowLimit: BelowLimit
  /// Names of the columns by their places, of a file whose lines are all rows; `nil` if the file
  /// has a header.
  public let header: [String]?
  /// What columns without an own name in `columns` are called.
  public let layout: DataLayout
  /// The limit of values with CENS 1, in place of their DV; without a column CENS, of all values
  /// below it.
  public let quantificationLimit: Double?
  /// Where a value with CENS 1 and no LIMIT needs a DV above 0: a DV of 0 mostly stands for a value
  /// that is missing, and not for its limit. It is so under residual errors that grow with the
  /// prediction; on other scales, such as that of logarithms, a limit may be any number.
  public let positiveLimits: PositiveLimits

  /// Standard names, no rules but the comment character `#`, and a returning ID is a new subject.
  public static let standard = DatasetFormat(())

  private init(_: ()) {
    columns = [:]
    ignore = []
    accept = []
    repeatedIDs = .separate
    missing = []
    covariates = []
    belowLimit = .interval
    header = nil
    layout = .nonmem
    quantificationLimit = nil
    positiveLimits = .none
  }

  /// Checks the settings of a job.
  ///
  /// - Parameters:
  ///   - columns: file's name of a column by standard name, as `["DV": "CONC"]`; case is ignored.
  ///     DVID may be the column CMT.
  ///   - missing: further texts for a missing value, as `NA` or `-99`.
  /// - Throws: `DatasetError.setting` if a standard name is unknown, one column has two meanings,
  ///   a covariate is named twice, or there are conditions both to ignore and to accept.
  public init(
    columns: [String: String] = [:], ignore: [IgnoreRule] = [], accept: [Condition] = [],
    repeatedIDs: RepeatedIDs = .separate, missing: Set<String> = [],
    covariates: [CovariateColumn] = [], belowLimit: BelowLimit = .interval,
    header: [String]? = nil, quantificationLimit: Double? = nil, layout: DataLayout = .nonmem,
    positiveLimits: PositiveLimits = .none
  ) throws(DatasetError) {
    var named: [StandardColumn: String] = [:]
    var meanings: [String: String] = [:]
    for (key, name) in columns.sorted(by: { $0.key < $1.key }) {
      guard let standard = StandardColumn(name: key.trimmed.uppercased()) else {
        throw .setting(.unknownColumn(key, nearest: Self.nearestStandardName(to: key)))
      }
      if let other = meanings.updateValue(standard.name, forKey: name.trimmed.uppercased()) {
        throw .setting(.sharedColumn(name, other, standard.name))
      }
      named[standard] = name.trimmed
    }
    for covariate in covariates {
      let name = covariate.name.trimmed
      if let other = meanings.updateValue("a covariate", forKey: name.uppercased()) {
        throw .setting(.sharedCovariate(name, other))
      }
    }
    if !accept.isEmpty, ignore.contains(where: \.isCondition) {
      throw .setting(.ignoreAndAccept)
    }
    self.columns = named
    self.ignore = ignore
    self.accept = accept
    self.repeatedIDs = repeatedIDs
    self.missing = Set(missing.map(\.trimmed))
    self.covariates = covariates.map { CovariateColumn($0.name.trimmed, carry: $0.carry) }
    self.belowLimit = belowLimit
    self.header = header?.map(\.trimmed)
    self.layout = layout
    self.quantificationLimit = quantificationLimit
    self.positiveLimits = positiveLimits
  }

  /// Whether the settings say what a column is.
  func means(_ name: String) -> Bool {
    columns.values.contains { $0.uppercased() == name.uppercased() }
      || covariates.contains { $0.name.uppercased() == name.uppercased() }
  }

  private static func nearestStandardName(to name: String) -> String? {
    nearestName(to: name, among: StandardColumn.allCases.map(\.name))
  }

  /// What a message calls a column: its standard name, and the file's name if it differs.
  func label(_ column: StandardColumn) -> String {
    guard let name = columns[column], name.uppercased() != column.name else {
      return column.name
    }
    return "\(column.name) (column \(name))"
  }
}
