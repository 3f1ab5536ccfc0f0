/// Why a text as a whole is not a table of records.
public enum FileFault: Sendable, Equatable, CustomStringConvertible {
  case empty
  case utf16
  case nulByte
  case openQuote
  case textAfterQuote
  case noHeader
  case numericHeader(String)
  case noRows
  case noObservations(rows: Int)

  public var description: String {
    switch self {
    case .empty:
      "the file is empty, a header and rows were expected; check that it was written completely."
    case .utf16:
      "the file is in UTF-16, plain text in UTF-8 was expected; save it as CSV UTF-8."
    case .nulByte:
      "the file has a byte of value 0, plain text was expected; save it as CSV UTF-8, or copy it "
        + "again if it is damaged."
    case .openQuote:
      "the quote that opens here is not closed in its line; close it, or double a quote that "
        + "belongs to the text."
    case .textAfterQuote:
      "there is text after a closing quote, the end of the field was expected; double a quote "
        + "that belongs to the text."
    case .noHeader:
      "the file has only comments and blank lines, a header was expected; write the column names "
        + "in the first line."
    case .numericHeader(let text):
      "there are numbers ('\(text.clipped)') where column names were expected; write the names, "
        + "such as ID,TIME,AMT,DV, in the first line that is no comment."
    case .noRows:
      "no row follows the header or all rows are left out by rules; check the file and the rules "
        + "under ignore and accept."
    case .noObservations(let rows):
      "none of the \(rows) rows is an observation (EVID 0, MDV 0), there is nothing to fit; check "
        + "the columns EVID, MDV and DV and the rules under ignore and accept."
    }
  }
}

/// Why a header does not fit.
public enum ColumnFault: Sendable, Equatable, CustomStringConvertible {
  /// A required column is missing.
  case required(StandardColumn, nearest: String?)
  /// The settings name a column that the file does not have.
  case mapped(StandardColumn, name: String, nearest: String?)
  /// A condition names a column that the file does not have.
  case inCondition(String, name: String, nearest: String?)
  /// The settings name a covariate that the file does not have.
  case covariate(String, nearest: String?)
  /// A covariate is a column that has another meaning.
  case standardCovariate(String, StandardColumn)
  /// Two columns of dates.
  case twoDates(String, String)
  /// The settings name a column of limits, and there is none that says which values are censored.
  case limitWithoutCensoring(String)
  /// A column that is used occurs twice.
  case duplicate(String, firstColumn: Int)

  public var description: String {
    switch self {
    case .required(let column, let nearest):
      "there is no column \(column.name), every data set needs one; rename a column, or name "
        + "it under columns, as \(column.name): \(nearest ?? "NAME")."
    case .mapped(let column, let name, let nearest):
      "there is no column \(name.clipped), which is to be \(column.name); "
        + Self.advice(nearest)
    case .inCondition(let condition, let name, let nearest):
      "there is no column \(name.clipped), which the condition \(condition.clipped) needs; "
        + Self.advice(nearest)
    case .covariate(let name, let nearest):
      "there is no column \(name.clipped), which is named under covariates; \(Self.advice(nearest))"
    case .standardCovariate(let name, let standard):
      "\(name.clipped) is named under covariates and has the meaning of \(standard.name), a column "
        + "has one meaning; copy it to a column of another name, or leave it out of the covariates."
    case .twoDates(let second, let first):
      "\(second.clipped) has dates as \(first.clipped) has, one such column was expected; rename or "
        + "remove one of them."
    case .limitWithoutCensoring(let name):
      "\(name.clipped) is to be LIMIT, but there is no column CENS, which says for which rows it "
        + "counts; add it, or name it under columns, as CENS: NAME."
    case .duplicate(let name, let first):
      "the header has \(name.clipped) twice, first as column \(first) of the table, one was "
        + "expected; rename one of them."
    }
  }

  private static func advice(_ nearest: String?) -> String {
    nearest.map { "did you mean \($0.clipped)?" } ?? "correct the name."
  }
}
