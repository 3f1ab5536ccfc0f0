/// A place in a file; line and column count from 1, columns in characters.
public struct Place: Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var line: Int
  public var column: Int

  public init(path: String, line: Int, column: Int) {
    self.path = path
    self.line = line
    self.column = column
  }

  public var description: String { "\(path):\(line):\(column)" }
}

/// Why a data set could not be read: where, what was found, what was expected and what to do.
public enum DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file could not be opened or read, for the reason that the system gives.
  case unreadable(path: String, reason: String)
  /// The file is compressed, and its bytes are no gzip file or not all of one.
  case compressed(path: String, reason: String)
  /// A rank has another file under the path than the first rank, by the SHA-256 of their bytes.
  case differs(path: String, machine: String, sha256: String, first: String)
  /// The settings contradict themselves, whatever the file.
  case setting(SettingFault)
  /// The text as a whole is not a table.
  case file(Place, FileFault)
  /// The header does not have the columns that are needed.
  case column(Place, ColumnFault)
  /// A row does not make sense; with the subject's ID where it is known.
  case row(Place, subject: String?, RowFault)

  /// Where in the file, if the file is at fault.
  public var place: Place? {
    switch self {
    case .unreadable, .compressed, .differs, .setting: nil
    case .file(let place, _), .column(let place, _), .row(let place, _, _): place
    }
  }

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): the data file cannot be read (\(reason)); check the path and its permissions."
    case .compressed(let path, let reason):
      "\(path): the data file cannot be inflated (\(reason)); copy it again from where it is whole, "
        + "or compress the data again by gzip."
    case .differs(let path, let machine, let sha256, let first):
      "\(path): the data file is another one on \(machine) (SHA-256 \(sha256)) than the first rank has "
        + "read (SHA-256 \(first)); copy it again, or put it on a file system that all ranks share."
    case .setting(let fault): fault.description
    case .file(let place, let fault): "\(place): \(fault)"
    case .column(let place, let fault): "\(place): \(fault)"
    case .row(let place, nil, let fault): "\(place): \(fault)"
    case .row(let place, let subject?, let fault): "\(place): subject \(subject): \(fault)"
    }
  }
}

/// A contradiction in the settings of a data set.
public enum SettingFault: Sendable, Equatable, CustomStringConvertible {
  case unknownColumn(String, nearest: String?)
  case sharedColumn(String, String, String)
  /// A covariate that is named twice, or under `columns` too.
  case sharedCovariate(String, String)
  case ignoreAndAccept
  case notARule(String)
  case notANumberInRule(String, value: String)
  case unsuitableCharacter(String)

  public var description: String {
    switch self {
    case .unknownColumn(let name, let nearest):
      "columns: there is no standard column \(name.clipped), the names are "
        + StandardColumn.allCases.map(\.name).joined(separator: ", ")
        + "; " + (nearest.map { "did you mean \($0)?" } ?? "correct the name or leave it out.")
    case .sharedColumn(let name, let first, let second):
      "columns: \(first) and \(second) are both \(name.clipped), a column has one meaning; "
        + "correct one of them."
    case .sharedCovariate(let name, let other):
      "covariates: \(name.clipped) is \(other) already, a column has one meaning; leave it out once."
    case .ignoreAndAccept:
      "There are conditions under both ignore and accept, only one of them can choose the rows; "
        + "write all conditions under one of them."
    case .notARule(let text):
      "'\(text.clipped)' is no rule for rows, a condition such as WT.GT.2.5 or WT > 2.5, @ or a "
        + "single character was expected; correct it."
    case .notANumberInRule(let text, let value):
      "The condition '\(text.clipped)' compares numbers, and '\(value.clipped)' is none; correct "
        + "it, or compare texts by EQ or NE."
    case .unsuitableCharacter(let text):
      "The rule '\(text)' would leave out rows by the first character of a number or a text in "
        + "quotes; use another comment character, or a condition such as ID.EQ.7."
    }
  }
}
