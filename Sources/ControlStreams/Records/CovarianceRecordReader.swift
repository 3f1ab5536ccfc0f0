/// Reads the values and options of one `$OMEGA` or `$SIGMA` record.
struct CovarianceRecordReader {
  struct Options {
    /// The size of `BLOCK(2)`; 0 where it is not given, `nil` without BLOCK.
    var block: Int?
    /// The size of `DIAGONAL(2)`; 0 where it is not given, `nil` without DIAGONAL.
    var diagonal: Int?
    var isSame = false
    /// The number in `SAME(3)`.
    var repetitions = 1
    var isFixed = false
    var isStandardDeviation = false
    var isCorrelation = false
    var isCholesky = false
    /// `VALUES(diagonal, off)`: one variance and one covariance for the whole block.
    var filling: Filling?
  }

  struct Filling {
    var variance: Double
    var covariance: Double
  }

  /// A variance or covariance as written.
  struct Element {
    var value: Double
    var isFixed = false
    var position: Position
  }

  private(set) var options = Options()
  private(set) var elements: [Element] = []
  private var reader: WordReader
  private let position: Position

  init(_ record: ControlRecord) throws(Fault) {
    reader = try WordReader(record)
    position = record.position
  }

  mutating func read() throws(Fault) {
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      let place = reader.position
      if takeElement() { continue }
      if reader.take(.open) {
        try readGroup(place)
      } else if let name = reader.name {
        reader.advance()
        var all = options
        try readOption(name, into: &all, place, isInGroup: false)
        options = all
      } else {
        throw reader.unexpected("a variance")
      }
    }
  }

  private mutating func takeElement() -> Bool {
    guard let value = reader.number else { return false }
    elements.append(Element(value: value, position: reader.position))
    reader.advance()
    return true
  }

  // MARK: options

  private mutating func readOption(
    _ name: String, into options: inout Options, _ place: Position, isInGroup: Bool
  ) throws(Fault) {
    switch name {
    case "BLOCK": options.block = try readSize() ?? 0
    case "DIAGONAL", "DIAG": options.diagonal = try readSize() ?? 0
    case "SAME":
      options.isSame = true
      options.repetitions = try readSize() ?? 1
    case "FIX", "FIXED", "FIXE":
      // Behind or before one value of a diagonal record it belongs to that one.
      if isInGroup || elements.isEmpty || options.block != nil {
        options.isFixed = true
      } else {
        elements[elements.count - 1].isFixed = true
      }
    case "SD", "STANDARD", "STANDARDS": options.isStandardDeviation = true
    case "VARIANCE", "VARIANCES", "COVARIANCE", "COVARIANCES", "UNINT": break
    case "CORRELATION", "CORRELATIONS", "CORRELATON", "CORR": options.isCorrelation = true
    case "CHOLESKY", "CHOL": options.isCholesky = true
    case "VALUES": options.filling = try readFilling()
    case "NAMES":
      try reader.expect(.open, "`(`")
      while !reader.isAtEnd, !reader.take(.close) { reader.advance() }
    default:
      // A name: CL=0.1
      guard reader.take(.equals) else {
        throw Fault(
          place,
          "`\(name)` was found, a variance or BLOCK, DIAGONAL, SAME, FIX, SD, CORRELATION or CHOLESKY was expected."
        )
      }
    }
  }

  /// Reads the size of `BLOCK(2)` and the like, if it is there.
  private mutating func readSize() throws(Fault) -> Int? {
    guard reader.take(.open) else { return nil }
    guard let value = reader.number, value == value.rounded(), 1...1000 ~= value else {
      throw reader.unexpected("a whole number")
    }
    reader.advance()
    try reader.expect(.close, "`)`")
    return Int(value)
  }

  private mutating func readFilling() throws(Fault) -> Filling {
    try reader.expect(.open, "`(`")
    guard let variance = reader.number else { throw reader.unexpected("a variance") }
    reader.advance()
    _ = reader.take(.comma)
    guard let covariance = reader.number else { throw reader.unexpected("a covariance") }
    reader.advance()
    try reader.expect(.close, "`)`")
    return Filling(variance: variance, covariance: covariance)
  }

  // MARK: groups

  /// Reads the rest of `(0.4 SD)`, whose options are of the values in the parentheses, or of the
  /// whole block.
  private mutating func readGroup(_ place: Position) throws(Fault) {
    var own = Options()
    let first = elements.count
    while !reader.take(.close) {
      guard !reader.isAtEnd else { throw Fault(place, "this `(` is not closed; add the `)`.") }
      if reader.take(.comma) || takeElement() { continue }
      guard let name = reader.name else { throw reader.unexpected("a variance") }
      let place = reader.position
      reader.advance()
      try readOption(name, into: &own, place, isInGroup: true)
    }
    let isBlock = options.block != nil
    if own.isFixed {
      if isBlock { options.isFixed = true }
      for i in first..<elements.count { elements[i].isFixed = true }
    }
    if own.isStandardDeviation, isBlock {
      options.isStandardDeviation = true
    } else {
      if own.isStandardDeviation {
        for i in first..<elements.count { elements[i].value *= elements[i].value }
      }
      options.isCorrelation = options.isCorrelation || own.isCorrelation
      options.isCholesky = options.isCholesky || own.isCholesky
    }
    repeatGroup(from: first)
  }

  /// Repeats the values from one on as `x3` behind their parentheses says.
  private mutating func repeatGroup(from first: Int) {
    guard let name = reader.name, name.hasPrefix("X"), let count = Int(name.dropFirst()),
      1...1000 ~= count
    else { return }
    reader.advance()
    let repeated = Array(elements[first...])
    for _ in 1..<count { elements += repeated }
  }

  // MARK: blocks

  /// The full block that the record gives.
  func block(ofSize rows: Int, first: Int) throws(Fault) -> CovarianceBlocks.Block {
    var triangle = elements.map(\.value)
    if let filling = options.filling {
      triangle = (0..<rows).flatMap { i in
        (0...i).map { $0 == i ? filling.variance : filling.covariance }
      }
    }
    let expected = rows * (rows + 1) / 2
    guard triangle.count == expected else {
      throw Fault(
        position,
        "BLOCK(\(rows)) has \(triangle.count) values, expected \(expected), the lower triangle by rows."
      )
    }
    let fixed = elements.filter(\.isFixed)
    guard fixed.isEmpty || fixed.count == elements.count || options.isFixed else {
      throw Fault(
        fixed[0].position,
        "FIX stands beside one value of a block; NONMEM fixes the whole block, and so it should say: BLOCK(\(rows)) FIX."
      )
    }
    var block = CovarianceBlocks.Block(
      first: first, size: rows, values: triangle, isFixed: options.isFixed || !fixed.isEmpty,
      position: position)
    try block.convert(options)
    try block.check()
    return block
  }

  /// - Throws: `Fault` if the record is `DIAGONAL` with another number of values.
  func checkDiagonal() throws(Fault) {
    guard !elements.isEmpty || options.diagonal == nil else {
      throw Fault(position, "DIAGONAL without values.")
    }
    if let size = options.diagonal, size > 0, size != elements.count {
      throw Fault(position, "DIAGONAL(\(size)) has \(elements.count) values.")
    }
  }

  /// The block of one variance of a diagonal record.
  func block(of element: Element, first: Int) throws(Fault) -> CovarianceBlocks.Block {
    let variance = options.isStandardDeviation ? element.value * element.value : element.value
    let isFixed = element.isFixed || options.isFixed
    guard variance > 0 || variance == 0 && isFixed else {
      throw Fault(
        element.position,
        variance < 0
          ? "the variance \(number(variance)) is negative."
          : "a variance of 0 that is not fixed; give it a start value above 0, or FIX it at 0.")
    }
    return CovarianceBlocks.Block(
      first: first, size: 1, values: [variance], isFixed: isFixed, position: element.position)
  }
}
