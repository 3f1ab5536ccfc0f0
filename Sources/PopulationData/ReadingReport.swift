/// Counts of everything in a file that did not become a dose or an observation.
public struct ReadingReport: Sendable, Equatable {
  /// A rule of the settings and the number of rows that it left out.
  public struct RuleCount: Sendable, Equatable {
    /// The rule as written.
    public var rule: String
    /// Rows that it left out; a row that several rules would leave out counts for the first.
    public var rows: Int

    public init(rule: String, rows: Int) {
      self.rule = rule
      self.rows = rows
    }
  }

  /// Lines that begin with `#`, as a comment.
  public var commentRows = 0
  /// Lines without any content, or with delimiters only.
  public var blankLines = 0
  /// Rows left out by each ignore rule other than `#`, rules without any row included.
  public var ignoredRows: [RuleCount] = []
  /// Rows that fulfil none of the accept conditions; `nil` if there are no such conditions.
  public var unacceptedRows: RuleCount?
  /// Rows of other events (EVID 2) that change nothing.
  public var otherEventRows = 0
  /// Rows without an event and without a value (EVID 0, MDV 1).
  public var unobservedRows = 0
  /// Observations below the limit of quantification (CENS 1) that the settings leave out.
  public var belowLimitRows = 0
  /// IDs of subjects that were left out because they have no observation.
  public var unobservedSubjects: [String] = []
  /// IDs that came back after rows of another subject, each named once per return.
  public var repeatedIDs: [String] = []
  /// Whether the rows of a returning ID were joined to those before.
  public var joinsRepeatedIDs = false
  /// Names of columns that nothing needed.
  public var unusedColumns: [String] = []

  public init() {}

  /// One plain line for each thing that was not used, as `2 rows ignored by WT.GT.2.5`.
  public func lines() -> [String] {
    var lines: [String] = []
    func add(_ count: Int, _ one: String, _ many: String, _ rest: String) {
      if count > 0 { lines.append("\(count) \(count == 1 ? one : many)\(rest)") }
    }
    add(commentRows, "comment row", "comment rows", "")
    add(blankLines, "blank line", "blank lines", "")
    for rule in ignoredRows {
      add(rule.rows, "row", "rows", " ignored by \(rule.rule)")
    }
    if let unacceptedRows {
      add(unacceptedRows.rows, "row", "rows", " not accepted by \(unacceptedRows.rule)")
    }
    add(otherEventRows, "row", "rows", " with EVID 2 not used")
    add(unobservedRows, "observation row", "observation rows", " with MDV 1 not used")
    add(
      belowLimitRows, "observation row", "observation rows", " below the limit (CENS 1) left out")
    add(
      unobservedSubjects.count, "subject", "subjects",
      " without observations left out: \(Self.list(unobservedSubjects))")
    add(
      repeatedIDs.count, "return", "returns",
      " of an earlier ID, \(joinsRepeatedIDs ? "joined to it" : "taken as a new subject"): "
        + Self.list(repeatedIDs))
    add(
      unusedColumns.count, "column", "columns",
      " not used: \(unusedColumns.joined(separator: ", "))")
    return lines
  }

  /// The first five names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let first = names.prefix(5).joined(separator: ", ")
    return names.count > 5 ? "\(first) and \(names.count - 5) more" : first
  }
}
