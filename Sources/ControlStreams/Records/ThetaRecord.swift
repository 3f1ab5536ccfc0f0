/// A THETA: its start value and what it is kept to.
struct Theta: Sendable {
  var initial: Double
  var lower = -Double.infinity
  var upper = Double.infinity
  var isFixed = false
  var position: Position
}

extension Theta {
  /// Reads the values of a `$THETA` record.
  /// - Parameter count: number of THETAs before.
  static func read(_ record: ControlRecord, after count: Int = 0) throws(Fault) -> [Theta] {
    var reader = try WordReader(record)
    var thetas: [Theta] = []
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      let place = reader.position
      if let name = reader.name, reader.number == nil {
        if isFix(name), !thetas.isEmpty {
          reader.advance()
          thetas[thetas.count - 1].isFixed = true
        } else {
          try skipName(name, &reader)
        }
      } else if reader.take(.open) {
        let theta = try inParentheses(&reader, place)
        try theta.check(number: count + thetas.count + 1)
        thetas += Array(repeating: theta, count: try repetitions(&reader, place) ?? 1)
      } else if let value = reader.number {
        reader.advance()
        thetas.append(Theta(initial: value, position: place))
      } else {
        throw reader.unexpected("a start value")
      }
    }
    return thetas
  }

  private static func isFix(_ word: String) -> Bool { word == "FIX" || word == "FIXED" }

  /// Reads past the name in `CL=(0,1)`, or a list of names.
  private static func skipName(_ name: String, _ reader: inout WordReader) throws(Fault) {
    let place = reader.position
    reader.advance()
    if reader.take(.equals) { return }
    guard name == "NAMES", reader.take(.open) else {
      throw Fault(
        place, "`\(name)` was found in $THETA, start values as 1 or (0, 1, 10) were expected.")
    }
    while !reader.isAtEnd, !reader.take(.close) { reader.advance() }
  }

  /// Reads the `x3` of `(0, 1)x3`, if it is there.
  private static func repetitions(
    _ reader: inout WordReader, _ place: Position
  ) throws(Fault) -> Int? {
    guard let name = reader.name, name.hasPrefix("X"), let times = Int(name.dropFirst()) else {
      return nil
    }
    reader.advance()
    guard 1...1000 ~= times else {
      throw Fault(place, "\(times) repetitions, 1 to 1000 were expected.")
    }
    return times
  }

  /// Reads the rest of `(lower, start, upper FIX)`.
  private static func inParentheses(
    _ reader: inout WordReader, _ place: Position
  ) throws(Fault) -> Theta {
    var values: [Double?] = []
    var isFixed = false
    var isSeparated = true
    while !reader.take(.close) {
      guard !reader.isAtEnd else { throw Fault(place, "this `(` is not closed; add the `)`.") }
      if reader.take(.comma) {
        if isSeparated { values.append(nil) }
        isSeparated = true
        continue
      }
      if let name = reader.name, isFix(name) {
        isFixed = true
      } else if let name = reader.name, ["INF", "-INF", "+INF"].contains(name) {
        values.append(name == "-INF" ? -.infinity : .infinity)
        isSeparated = false
      } else if let value = reader.number {
        values.append(value)
        isSeparated = false
      } else {
        throw reader.unexpected("a number")
      }
      reader.advance()
    }
    var theta = try Theta(values, place)
    theta.isFixed = isFixed
    return theta
  }

  /// - Parameter values: start, or lower bound, start and perhaps upper bound; `nil` where nothing
  ///   stands between commas.
  private init(_ values: [Double?], _ place: Position) throws(Fault) {
    guard 1...3 ~= values.count else {
      throw Fault(
        place,
        "\(values.count) values in parentheses, (start), (lower, start) or (lower, start, upper) was expected."
      )
    }
    guard values.count > 1 else {
      guard let value = values[0] else {
        throw Fault(place, "a start value was expected in the parentheses.")
      }
      self.init(initial: value, position: place)
      return
    }
    guard let initial = values[1] else {
      throw Fault(
        place,
        "no start value between the bounds, which NONMEM would search; give one: (lower, start, upper)."
      )
    }
    // To NONMEM a bound of a million is none.
    func bound(_ value: Double?, _ none: Double) -> Double {
      guard let value else { return none }
      return abs(value) < 1_000_000 ? value : value < 0 ? -.infinity : .infinity
    }
    self.init(
      initial: initial, lower: bound(values[0], -.infinity),
      upper: bound(values.count == 3 ? values[2] : nil, .infinity), position: place)
  }

  private func check(number index: Int) throws(Fault) {
    guard initial.isFinite else {
      throw Fault(position, "THETA(\(index)) starts at infinity; give it a finite start value.")
    }
    guard isFixed || (lower < initial || lower == initial && initial == upper) && initial <= upper
    else {
      throw Fault(
        position,
        "the start value \(number(initial)) of THETA(\(index)) is not between the bounds \(number(lower)) and \(number(upper)); correct it."
      )
    }
  }
}
