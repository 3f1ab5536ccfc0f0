/// Dates as NONMEM's columns DATE, DAT1, DAT2 and DAT3 have them.
enum CalendarDate {
  /// What a field says.
  enum Reading: Equatable {
    /// Days since 1970-01-01.
    case calendar(Int)
    /// A number of a day, from any day on.
    case dayNumber(Int)
  }

  /// Reads a date.
  /// - Parameter column: says the order of its parts, which `/` or `-` separate.
  /// - Returns: `nil` if there is no such day, or the text is neither a date nor a whole number.
  static func read(_ text: String, in column: StandardColumn) -> Reading? {
    if let number = DecimalNumber.value(text) {
      return Int32(exactly: number).map { .dayNumber(Int($0)) }
    }
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "-" }
    guard parts.count == 3 else { return nil }
    var numbers: [Int] = []
    for part in parts {
      guard (1...4).contains(part.utf8.count),
        part.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let number = Int(part)
      else { return nil }
      numbers.append(number)
    }
    let order = places(in: column)
    guard parts[order.month].utf8.count <= 2, parts[order.day].utf8.count <= 2,
      let year = year(parts[order.year])
    else { return nil }
    return days(year: year, month: numbers[order.month], day: numbers[order.day])
      .map { .calendar($0) }
  }

  /// What the column's dates look like, for messages.
  static func form(of column: StandardColumn) -> String {
    switch column {
    case .date1: "day/month/year"
    case .date2: "year/month/day"
    case .date3: "year/day/month"
    default: "month/day/year"
    }
  }

  private static func places(in column: StandardColumn) -> (year: Int, month: Int, day: Int) {
    switch column {
    case .date1: (2, 1, 0)
    case .date2: (0, 1, 2)
    case .date3: (0, 2, 1)
    default: (2, 0, 1)
    }
  }

  /// A year of four digits, or of one or two by NONMEM's rule (`LAST20=50`): up to 50 after 2000,
  /// others after 1900.
  private static func year(_ text: Substring) -> Int? {
    guard let number = Int(text), text.utf8.count != 3 else { return nil }
    if text.utf8.count == 4 { return number }
    return number <= 50 ? 2000 + number : 1900 + number
  }

  /// Days since 1970-01-01 in the Gregorian calendar; `nil` if there is no such day.
  ///
  /// With years that begin in March the day of the leap year is the last one, and the months before
  /// month m (0 for March) have ⌊(153 m + 2)/5⌋ days; a year y has 365 y + ⌊y/4⌋ − ⌊y/100⌋ +
  /// ⌊y/400⌋ days before it.
  static func days(year: Int, month: Int, day: Int) -> Int? {
    guard (1...12).contains(month), day >= 1 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    let y = month > 2 ? year : year - 1
    let m = (month + 9) % 12
    func floored(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : (a - b + 1) / b }
    return 365 * y + floored(y, 4) - floored(y, 100) + floored(y, 400) + (153 * m + 2) / 5 + day
      - 1 - 719_468
  }
}

/// A time of the day, and which day it is.
struct Moment {
  /// 0 if there are no dates.
  var day: Int
  var days: DaysOfSubject
  /// Since midnight, 0 to 86400.
  var seconds: Double
  /// Line of its row.
  var line: Int

  /// Hours from another moment to this one; exact but for one rounding if both have whole seconds.
  func hours(since origin: Moment) -> Double {
    (Double(day - origin.day) * 86_400 + (seconds - origin.seconds)) / 3600
  }
}

/// How the rows of a subject say which day it is.
public enum DaysOfSubject: Sendable, Equatable {
  case none, dates, numbers
}

/// Times of the day, `8:30` or `8:30:15`.
enum ClockTime {
  /// Seconds since midnight, up to 24:00; `nil` if the text is no such time.
  static func seconds(_ text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let hours = whole(parts[0], digits: 1...2),
      let minutes = whole(parts[1], digits: 2...2), minutes < 60
    else { return nil }
    var seconds = Double(3600 * hours + 60 * minutes)
    if parts.count == 3 {
      // Perhaps with a fraction.
      let pieces = parts[2].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      guard whole(pieces[0], digits: 2...2) != nil,
        let rest = DecimalNumber.value(String(parts[2])),
        rest < 60
      else { return nil }
      seconds += rest
    }
    return seconds <= 86_400 ? seconds : nil
  }

  private static func whole(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.utf8.count),
      text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
    else { return nil }
    return Int(text)
  }
}
