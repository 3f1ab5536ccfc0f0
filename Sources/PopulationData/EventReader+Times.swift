extension EventReader {
  /// Whether times are relative to the subject's first record.
  var isRelative: Bool { hasClockTimes || date != nil }

  /// TIME as it is.
  @inline(__always)
  func time() throws(DatasetError) -> Double {
    let field = scanner.fields[positions[StandardColumn.time.rawValue]]
    if !hasMissingTexts, let time = scanner.number(field) { return time }
    guard let time = try number(.time) else {
      throw fault(.time) { name, _ in .missing(column: name) }
    }
    return time
  }

  /// Whether TIME has a colon, which makes all times of a data set those of a clock.
  @inline(__always)
  var isClockTime: Bool {
    let field = scanner.fields[positions[StandardColumn.time.rawValue]]
    if field.end &- field.start < 3 { return false }
    return hasColon(field)
  }

  @inline(never)
  private func hasColon(_ field: RowScanner.Field) -> Bool {
    scanner.bytes[field.start..<field.end].contains(UInt8(ascii: ":"))
      && !isMissing(positions[StandardColumn.time.rawValue])
  }

  /// TIME, and the date if there is such a column.
  func moment() throws(DatasetError) -> Moment {
    var moment = Moment(day: 0, isCalendar: false, seconds: 0, line: scanner.line)
    if let date {
      if isMissing(positions[date.rawValue]) {
        throw fault(date) { name, _ in .missingDate(column: name) }
      }
      switch CalendarDate.read(scanner.text(scanner.fields[positions[date.rawValue]]), in: date) {
      case .calendar(let day): (moment.day, moment.isCalendar) = (day, true)
      case .dayNumber(let day): moment.day = day
      case nil:
        throw fault(date) {
          .date(column: $0, text: $1, form: CalendarDate.form(of: date))
        }
      }
    }
    if hasColon(scanner.fields[positions[StandardColumn.time.rawValue]]) {
      let text = scanner.text(scanner.fields[positions[StandardColumn.time.rawValue]])
      guard let seconds = ClockTime.seconds(text) else {
        throw fault(.time) { .clockTime(column: $0, text: $1) }
      }
      moment.seconds = seconds
    } else {
      let hours = try time()
      guard 0...24 ~= hours else {
        throw fault(.time) { .hourOfDay(column: $0, text: $1, date: date.map(format.label)) }
      }
      moment.seconds = 3600 * hours
    }
    return moment
  }

  /// Hours from the subject's first record.
  func relativeTime(_ origin: Moment) throws(DatasetError) -> Double {
    let moment = try moment()
    if let date, moment.isCalendar != origin.isCalendar {
      throw fault(date) {
        .mixedDates(column: $0, text: $1, line: origin.line, isCalendar: origin.isCalendar)
      }
    }
    return moment.hours(since: origin)
  }

  /// A time before that of the record before.
  func decreasingTime(_ latest: (time: Double, line: Int)) -> DatasetError {
    guard isRelative else {
      return fault(.time) {
        .decreasingTime(column: $0, text: $1, previous: latest.time, line: latest.line)
      }
    }
    return fault(.time) {
      .decreasingMoment(column: $0, text: $1, line: latest.line, hasDate: date != nil)
    }
  }
}
