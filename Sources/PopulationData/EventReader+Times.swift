extension EventReader {
  /// Whether times can be relative to the subject's first record.
  var canBeRelative: Bool { hasClockTimes || date != nil }

  /// TIME as it is; NaN for a time of the day that the head does not know of.
  @inline(__always)
  func time() throws(DatasetError) -> Double {
    let field = scanner.fields[positions[StandardColumn.time.rawValue]]
    if !hasMissingTexts, let time = scanner.number(field) { return time }
    return try unusualTime()
  }

  @inline(never)
  private func unusualTime() throws(DatasetError) -> Double {
    if !hasClockTimes, isClockTime { return .nan }
    guard let time = try number(.time) else {
      throw fault(.time) { name, _ in .missing(column: name) }
    }
    return time
  }

  /// Whether TIME has a colon, which makes all times of a data set those of a clock.
  var isClockTime: Bool { hasColon(scanner.fields[positions[StandardColumn.time.rawValue]]) }

  private func hasColon(_ field: RowScanner.Field) -> Bool {
    scanner.bytes[field.start..<field.end].contains(UInt8(ascii: ":"))
      && !isMissing(positions[StandardColumn.time.rawValue])
  }

  /// TIME of the day, and the date if there is one. Without both, what it says is no moment but
  /// `time()`.
  func moment() throws(DatasetError) -> Moment {
    var moment = Moment(day: 0, days: .none, seconds: 0, line: scanner.line)
    if let date, !isMissing(positions[date.rawValue]) {
      switch CalendarDate.read(scanner.text(scanner.fields[positions[date.rawValue]]), in: date) {
      case .calendar(let day): (moment.day, moment.days) = (day, .dates)
      case .dayNumber(let day): (moment.day, moment.days) = (day, .numbers)
      case nil:
        throw fault(date) {
          .date(column: $0, text: $1, form: CalendarDate.form(of: date))
        }
      }
    }
    if moment.days == .none, !hasClockTimes { return moment }
    let field = scanner.fields[positions[StandardColumn.time.rawValue]]
    if hasColon(field) {
      guard let seconds = ClockTime.seconds(scanner.text(field)) else {
        throw fault(.time) { .clockTime(column: $0, text: $1) }
      }
      moment.seconds = seconds
    } else {
      let hours = try time()
      guard 0...24 ~= hours else {
        let label = moment.days == .none ? nil : date.map(format.label)
        throw fault(.time) { .hourOfDay(column: $0, text: $1, date: label) }
      }
      moment.seconds = 3600 * hours
    }
    return moment
  }

  /// Hours from the subject's first record, or TIME as it is if that has neither a clock time nor a
  /// date.
  func relativeTime(_ origin: Moment) throws(DatasetError) -> Double {
    let moment = try moment()
    if let date, moment.days != origin.days {
      throw fault(date) {
        moment.days == .none
          ? .missingDate(column: $0, line: origin.line)
          : .mixedDates(column: $0, text: $1, line: origin.line, first: origin.days)
      }
    }
    return moment.days == .none && !hasClockTimes ? try time() : moment.hours(since: origin)
  }

  /// A time before that of the record before.
  func decreasingTime(_ latest: (time: Double, line: Int)) -> DatasetError {
    let hasDate = date.map { !isMissing(positions[$0.rawValue]) } ?? false
    guard hasClockTimes || hasDate else {
      return fault(.time) {
        .decreasingTime(column: $0, text: $1, previous: latest.time, line: latest.line)
      }
    }
    return fault(.time) {
      .decreasingMoment(column: $0, text: $1, line: latest.line, hasDate: hasDate)
    }
  }
}
