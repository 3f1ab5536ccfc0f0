/// Why a row does not make sense. Columns are named as a message names them.
public enum RowFault: Sendable, Equatable, CustomStringConvertible {
  case fieldCount(found: Int, expected: Int)
  case missing(column: String)
  case missingValue(column: String)
  case invalidText(column: String)
  case number(column: String, text: String, NumberFault)
  case clockTime(column: String, text: String)
  case date(column: String, text: String)
  case decreasingTime(column: String, text: String, previous: Double, line: Int)
  case choice(column: String, text: String, expected: String)
  case simulatedValue(column: String, text: String)
  case observedEvent(column: String, event: Int)
  case amountOutsideDose(column: String, text: String, event: Int)
  case itemOutsideDose(column: String, text: String, event: Int)
  case amount(column: String, text: String)
  case noAmountColumn(event: Int)
  case valueInDose(column: String, text: String)
  case additionalCount(column: String, text: String)
  case interval(column: String, text: String, doses: Int)
  case unsupported(column: String, text: String, Feature)
  case returningSubject(firstLine: Int)

  /// Something that other programs have and this one has not yet.
  public enum Feature: String, Sendable {
    case infusion = "infusions"
    case steadyState = "steady-state doses"
    case censoring = "censored values"

    fileprivate var remedy: String {
      switch self {
      case .infusion: "a fit needs bolus doses, with RATE and DUR 0."
      case .steadyState: "write out the earlier doses, for instance by ADDL and II."
      case .censoring: "leave out such rows by a rule under ignore if the analysis allows it."
      }
    }
  }

  /// The most additional doses that one row may order.
  static let mostAdditionalDoses = 100_000

  public var description: String {
    switch self {
    case .fieldCount(let found, let expected):
      "the row has \(found) \(found == 1 ? "field" : "fields"), the header has \(expected); "
        + (found < expected
          ? "write '.' for what is missing."
          : "put quotes around a text with a delimiter, and write decimals with a point.")
    case .missing(let column):
      "\(column) is missing, every row needs one; fill it in, or leave out the row by a rule "
        + "under ignore."
    case .missingValue(let column):
      "\(column) is missing, an observation needs a value; give it, or mark the row by MDV 1."
    case .invalidText(let column):
      "\(column) has bytes that are not UTF-8, plain text was expected; save the file as CSV "
        + "UTF-8."
    case .number(let column, let text, let fault):
      "\(column) is '\(text.clipped)', \(fault)"
    case .clockTime(let column, let text):
      "\(column) is '\(text.clipped)', clock times are not supported; give \(column) in hours "
        + "from the first dose."
    case .date(let column, let text):
      "\(column) is '\(text.clipped)', dates are not supported; give TIME in hours from the first "
        + "dose, and rename or remove the column."
    case .decreasingTime(let column, let text, let previous, let line):
      "\(column) is \(text.clipped) after \(plain(previous)) in line \(line), within a subject it "
        + "must not decrease; sort the rows, or begin a new occasion by EVID 3 or 4."
    case .choice(let column, let text, let expected):
      "\(column) is \(text.clipped), but \(expected) was expected; correct it."
    case .simulatedValue(let column, let text):
      "\(column) is \(text.clipped), the values 100 and 101 are not supported; use 0 or 1."
    case .observedEvent(let column, let event):
      "\(column) is 0 in a row of EVID \(event), only observations (EVID 0) have a value; set "
        + "\(column) to 1."
    case .amountOutsideDose(let column, let text, let event):
      "\(column) is \(text.clipped) in a row of EVID \(event), which gives no dose; set EVID to "
        + "\(event == 3 ? 4 : 1), or \(column) to 0."
    case .itemOutsideDose(let column, let text, let event):
      "\(column) is \(text.clipped) in a row of EVID \(event), which gives no dose; set "
        + "\(column) to 0."
    case .amount(let column, let text):
      "\(column) is \(shown(text)), a dose needs an amount above 0; "
        + "correct it, or leave out the row by a rule under ignore."
    case .noAmountColumn(let event):
      "the row gives a dose (EVID \(event)), but there is no column AMT; add it, or name it under "
        + "columns, as AMT: NAME."
    case .valueInDose(let column, let text):
      "\(column) is \(text.clipped) in a row that gives a dose, which of them is meant is not "
        + "clear; write two rows, or add the columns EVID and MDV."
    case .additionalCount(let column, let text):
      "\(column) is \(text.clipped), a whole number from 0 to \(Self.mostAdditionalDoses) was "
        + "expected; correct it (a negative number for steady state is not supported)."
    case .interval(let column, let text, 0):
      "\(column) is \(text.clipped) without additional doses, it needs ADDL above 0; set both or "
        + "neither."
    case .interval(let column, let text, let doses):
      "\(column) is \(shown(text)) with ADDL \(doses), an interval "
        + "above 0 was expected; set both or neither."
    case .unsupported(let column, let text, let feature):
      "\(column) is \(text.clipped), \(feature.rawValue) are not supported yet; "
        + feature.remedy
    case .returningSubject(let first):
      "the rows of this ID began in line \(first) and come back after another subject; sort the "
        + "rows, or choose how to read repeated IDs (separate or join)."
    }
  }
}

/// A text for a message, in which nothing and a point mean that it is missing.
private func shown(_ text: String) -> String {
  text.isEmpty || text == "." ? "missing" : text.clipped
}

/// Why a text is not a number.
public enum NumberFault: Sendable, Equatable, CustomStringConvertible {
  case notANumber
  case decimalComma
  case tooLarge
  case notFinite
  case hexadecimal

  /// Finds out what is wrong with a text that is no finite number.
  init(_ text: String) {
    let lowered = text.lowercased()
    let unsigned = lowered.drop { $0 == "+" || $0 == "-" }
    let commas = text.filter { $0 == "," }.count
    if DecimalNumber.hasForm(text) {
      self = .tooLarge
    } else if ["nan", "inf", "infinity"].contains(String(unsigned)) {
      self = .notFinite
    } else if unsigned.hasPrefix("0x") {
      self = .hexadecimal
    } else if commas == 1, DecimalNumber.hasForm(String(text.map { $0 == "," ? "." : $0 })) {
      self = .decimalComma
    } else {
      self = .notANumber
    }
  }

  public var description: String {
    switch self {
    case .notANumber:
      "a number was expected; correct it, or list the text under missing if it means a missing "
        + "value."
    case .decimalComma: "written with a decimal comma; write decimals with a point."
    case .tooLarge: "a number below 1.8e308 was expected; correct it."
    case .notFinite: "a finite number was expected; write '.' for a missing value."
    case .hexadecimal: "a decimal number was expected; write it in decimal digits."
    }
  }
}
