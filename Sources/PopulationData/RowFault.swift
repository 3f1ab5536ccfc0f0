/// Why a row does not make sense. Columns are named as a message names them.
public enum RowFault: Sendable, Equatable, CustomStringConvertible {
  case fieldCount(found: Int, expected: Int)
  case missing(column: String)
  case missingValue(column: String)
  case number(column: String, text: String, NumberFault)
  case clockTime(column: String, text: String)
  case hourOfDay(column: String, text: String, date: String?)
  case date(column: String, text: String, form: String)
  case missingDate(column: String, line: Int)
  case mixedDates(column: String, text: String, line: Int, first: DaysOfSubject)
  case decreasingTime(column: String, text: String, previous: Double, line: Int)
  case decreasingMoment(column: String, text: String, line: Int, hasDate: Bool)
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
  case negativeCount(column: String, text: String)
  case steadyStateInterval(column: String, text: String, steadyState: Int)
  case guessedSteadyState(column: String, text: String)
  case amountOfSteadyState(column: String, text: String, steadyState: Int)
  case itemOfConstantInfusion(column: String, text: String)
  case rate(column: String, text: String)
  case duration(column: String, text: String)
  case durationOfNothing(column: String, text: String)
  case rateAndDuration(
    column: String, text: String, rateColumn: String, rate: Double, amount: Double)
  case limit(column: String, text: String, censoring: Int, value: Double)
  case limitNotPositive(column: String, text: String)
  case censoringOutsideObservation(column: String, text: String, event: Int)
  case changingLimit(column: String, text: String, previous: Double, line: Int)
  case belowOwnLimit(column: String, text: String, limit: Double, line: Int)
  case aboveLaterLimit(column: String, text: String, value: Double, line: Int)
  case category(column: String, text: String)
  case noCovariate(column: String)
  case returningSubject(firstLine: Int)

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
    case .number(let column, let text, let fault):
      "\(column) is '\(text.clipped)', \(fault)"
    case .clockTime(let column, let text):
      "\(column) is '\(text.clipped)', a time of the day such as 8:30 or 14:05:30 was expected; "
        + "correct it, or write all times in hours from the first dose."
    case .hourOfDay(let column, let text, nil):
      "\(column) is \(text.clipped) in a file with clock times, an hour of the day from 0 to 24 was "
        + "expected; write all times as 8:30, or all in hours from the first dose."
    case .hourOfDay(let column, let text, let date?):
      "\(column) is \(text.clipped) beside a date, an hour of the day from 0 to 24 was expected; if "
        + "times go on from day to day, rename or remove the column \(date)."
    case .date(let column, let text, let form):
      "\(column) is '\(text.clipped)', \(form) or the number of a day was expected; correct it, or "
        + "name the column by its order: DATE month/day/year, DAT1 day/month/year, DAT2 "
        + "year/month/day, DAT3 year/day/month."
    case .missingDate(let column, let line):
      "\(column) is missing, but not in line \(line), the subject's first; fill it in, or remove the "
        + "dates of all rows of the subject."
    case .mixedDates(let column, let text, let line, let first):
      "\(column) is \(text.clipped), but "
        + (first == .none ? "nothing" : first == .dates ? "a date" : "the number of a day")
        + " in line \(line), the subject's first; write all days of a subject alike."
    case .decreasingTime(let column, let text, let previous, let line):
      "\(column) is \(text.clipped) after \(plain(previous)) in line \(line), within a subject it "
        + "must not decrease; sort the rows, or begin a new occasion by EVID 3 or 4."
    case .decreasingMoment(let column, let text, let line, true):
      "\(column) is \(text.clipped), which with its date is before line \(line), within a subject "
        + "time must not decrease; sort the rows, or begin a new occasion by EVID 3 or 4."
    case .decreasingMoment(let column, let text, let line, false):
      "\(column) is \(text.clipped), which is before line \(line), and clock times go past midnight "
        + "only with dates; add them as DATE (month/day/year or the number of the day), or sort the rows."
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
        + "expected; correct it."
    case .negativeCount(let column, let text):
      "\(column) is \(text.clipped), a negative number, which some programs take for a steady state, "
        + "is not supported; for doses that had been repeated before write \(column) 0, SS 1 and II, else the "
        + "number of doses that follow."
    case .interval(let column, let text, 0):
      "\(column) is \(text.clipped) without additional doses, it needs ADDL above 0; set both or "
        + "neither."
    case .interval(let column, let text, let doses):
      "\(column) is \(shown(text)) with ADDL \(doses), an interval "
        + "above 0 was expected; set both or neither."
    case .steadyStateInterval(let column, let text, let steadyState):
      "\(column) is \(shown(text)) with SS \(steadyState), the time between the doses of the steady "
        + "state was expected, above 0; give it, or set SS to 0."
    case .guessedSteadyState(let column, let text):
      "\(column) is \(text.clipped), a steady state from a guess of one's own is not supported; write "
        + "\(column) 1, the steady state is found without a guess."
    case .amountOfSteadyState(let column, let text, let steadyState):
      "\(column) is \(shown(text)) with SS \(steadyState), an amount above 0 was expected, or the "
        + "RATE, above 0, of an infusion that has always run; give one of them."
    case .itemOfConstantInfusion(let column, let text):
      "\(column) is \(text.clipped) with the steady state of an infusion that has always run (AMT 0), "
        + "where nothing is repeated; set \(column) to 0, or give AMT."
    case .rate(let column, let text):
      "\(column) is \(text.clipped), but a rate above 0, 0 (a bolus), -1 (the model has the rate) or "
        + "-2 (the model has the duration) was expected; correct it."
    case .duration(let column, let text):
      "\(column) is \(text.clipped), a duration above 0 or 0 (a bolus) was expected; correct it."
    case .durationOfNothing(let column, let text):
      "\(column) is \(text.clipped) without an amount, so that the rate is not known; give AMT, or "
        + "RATE in place of \(column)."
    case .rateAndDuration(let column, let text, let rateColumn, let rate, let amount):
      "\(column) is \(text.clipped) beside \(rateColumn) \(plain(rate)), "
        + (rate > 0
          ? "at which \(plain(amount)) takes \(plain(amount / rate))"
          : "which leaves the \(rate == -1 ? "rate" : "duration") to the model")
        + "; set one of them to 0."
    case .limit(let column, let text, let censoring, let value):
      "\(column) is \(text.clipped) with CENS \(censoring) and the value \(plain(value)), a number "
        + (censoring == -1
          ? "above it was expected: the value lies between DV and LIMIT; correct one of them."
          : censoring == 1
            ? "below it was expected: the value lies between LIMIT and DV; correct one of them."
            : "below it was expected: the value was measured; correct one of them.")
    case .limitNotPositive(let column, let text):
      "\(column) is \(text.clipped) with CENS 1, which says that the value lies below \(text.clipped), and "
        + "under this residual error a limit of quantification above 0 was expected; write the limit in "
        + "\(column), or give it by 'quantification-limit'; where values below 0 are meant, give LIMIT, "
        + "their lower end."
    case .censoringOutsideObservation(let column, let text, let event):
      "\(column) is \(text.clipped) in a row "
        + (event == 0 ? "of MDV 1" : "of EVID \(event)")
        + ", only observations can be censored; set \(column) to 0\(event == 0 ? ", or MDV to 0" : "")."
    case .changingLimit(let column, let text, let previous, let line):
      "\(column) is \(text.clipped) with CENS 1 after \(plain(previous)) in line \(line), with "
        + "'below-limit: conditional' a subject has one limit for each output; give LIMIT in the rows of "
        + "CENS 0, or use 'below-limit: interval'."
    case .belowOwnLimit(let column, let text, let limit, let line):
      "\(column) is \(text.clipped) with CENS 0, but in line \(line) the limit is \(plain(limit)), a "
        + "value above it was expected; correct one of them, or use 'below-limit: interval'."
    case .aboveLaterLimit(let column, let text, let value, let line):
      "\(column) is \(text.clipped) with CENS 1, but in line \(line) the value \(plain(value)) was "
        + "measured, a limit below it was expected; correct one of them, or use 'below-limit: interval'."
    case .category(let column, let text):
      "\(column) is '\(text.clipped)', a covariate has numbers; code categories by numbers, or list "
        + "the text under missing if it means a missing value."
    case .noCovariate(let column):
      "\(column) is missing in all rows of the subject, a covariate needs a value; give it, or leave "
        + "the subject out by a rule under ignore."
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
