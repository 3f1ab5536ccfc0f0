/// Variances and covariances of ETAs or EPSs, as `$OMEGA` and `$SIGMA` give them.
struct CovarianceBlocks: Sendable {
  struct Block: Sendable {
    /// Places of its variables in all, from 1.
    var first: Int
    var size: Int
    /// Lower triangle by rows.
    var values: [Double]
    var isFixed: Bool
    /// A `BLOCK`, whose covariances are estimated, unless it has one row.
    var isFull: Bool
    /// The block that this one is the SAME as, itself no repetition.
    var sameAs: Int?
    var comments: [String?]
    var position: Position

    func value(_ row: Int, _ column: Int) -> Double { values[row * (row + 1) / 2 + column] }
  }

  private(set) var blocks: [Block] = []
  var count: Int { blocks.last.map { $0.first + $0.size - 1 } ?? 0 }

  /// The block and the row in it of a variable, from 1.
  func find(_ variable: Int) -> (block: Int, row: Int)? {
    guard let block = blocks.firstIndex(where: { $0.first..<($0.first + $0.size) ~= variable })
    else { return nil }
    return (block, variable - blocks[block].first)
  }

  func variance(_ variable: Int) -> Double {
    guard let (block, row) = find(variable) else { return 0 }
    return blocks[block].value(row, row)
  }

  func covariance(_ a: Int, _ b: Int) -> Double {
    guard let (block, row) = find(max(a, b)), let (other, column) = find(min(a, b)), block == other
    else { return 0 }
    return blocks[block].value(row, column)
  }

  func isFixed(_ variable: Int) -> Bool { find(variable).map { blocks[$0.block].isFixed } ?? true }

  /// Without the variables behind the first `count`.
  mutating func keep(_ count: Int) { blocks.removeAll { $0.first > count } }

  /// Reads one record.
  mutating func read(_ record: ControlRecord) throws(Fault) {
    var reader = try WordReader(record)
    var options = Options()
    var values: [(value: Double, isFixed: Bool, position: Position, comment: String?)] = []
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      let place = reader.position
      if let value = reader.number {
        values.append((value, false, place, reader.comment))
        reader.advance()
      } else if reader.take(.open) {
        try group(&reader, &options, &values, place)
      } else if let name = reader.name {
        reader.advance()
        try option(name, &reader, &options, &values, place, isInGroup: false)
      } else {
        throw reader.unexpected("a variance")
      }
    }
    try append(options, values, record)
  }

  private struct Options {
    var block: Int?
    var diagonal: Int?
    var isSame = false
    var repetitions = 1
    var isFixed = false
    var isStandardDeviation = false
    var isCorrelation = false
    var isCholesky = false
    var filled: (Double, Double)?
  }

  /// The size of `BLOCK(2)` and the like, if it is there.
  private func size(_ reader: inout WordReader) throws(Fault) -> Int? {
    guard reader.take(.open) else { return nil }
    guard let value = reader.number, value == value.rounded(), 1...1000 ~= value else {
      throw reader.unexpected("a whole number")
    }
    reader.advance()
    try reader.expect(.close, "`)`")
    return Int(value)
  }

  private func option(
    _ name: String, _ reader: inout WordReader, _ options: inout Options,
    _ values: inout [(value: Double, isFixed: Bool, position: Position, comment: String?)],
    _ place: Position, isInGroup: Bool
  ) throws(Fault) {
    switch name {
    case "BLOCK": options.block = try size(&reader) ?? 0
    case "DIAGONAL", "DIAG": options.diagonal = try size(&reader) ?? 0
    case "SAME":
      options.isSame = true
      options.repetitions = try size(&reader) ?? 1
    case "FIX", "FIXED", "FIXE":
      // Behind or before one value of a diagonal record it belongs to that one.
      if isInGroup || values.isEmpty || options.block != nil {
        options.isFixed = true
      } else {
        values[values.count - 1].isFixed = true
      }
    case "SD", "STANDARD", "STANDARDS": options.isStandardDeviation = true
    case "VARIANCE", "VARIANCES", "COVARIANCE", "COVARIANCES", "UNINT": break
    case "CORRELATION", "CORRELATIONS", "CORRELATON", "CORR": options.isCorrelation = true
    case "CHOLESKY", "CHOL": options.isCholesky = true
    case "VALUES":
      try reader.expect(.open, "`(`")
      guard let diagonal = reader.number else { throw reader.unexpected("a variance") }
      reader.advance()
      _ = reader.take(.comma)
      guard let off = reader.number else { throw reader.unexpected("a covariance") }
      reader.advance()
      try reader.expect(.close, "`)`")
      options.filled = (diagonal, off)
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

  private func group(
    _ reader: inout WordReader, _ options: inout Options,
    _ values: inout [(value: Double, isFixed: Bool, position: Position, comment: String?)],
    _ place: Position
  ) throws(Fault) {
    var own = Options()
    let first = values.count
    while !reader.take(.close) {
      guard !reader.isAtEnd else { throw Fault(place, "this `(` is not closed; add the `)`.") }
      if reader.take(.comma) { continue }
      if let value = reader.number {
        values.append((value, false, reader.position, reader.comment))
        reader.advance()
      } else if let name = reader.name {
        let place = reader.position
        reader.advance()
        try option(name, &reader, &own, &values, place, isInGroup: true)
      } else {
        throw reader.unexpected("a variance")
      }
    }
    if own.isFixed {
      if options.block != nil { options.isFixed = true }
      for i in first..<values.count { values[i].isFixed = true }
    }
    if own.isStandardDeviation {
      guard options.block == nil else {
        options.isStandardDeviation = true
        return repeatGroup(&reader, &values, first)
      }
      for i in first..<values.count { values[i].value *= values[i].value }
    }
    options.isCorrelation = options.isCorrelation || own.isCorrelation
    options.isCholesky = options.isCholesky || own.isCholesky
    repeatGroup(&reader, &values, first)
  }

  private func repeatGroup(
    _ reader: inout WordReader,
    _ values: inout [(value: Double, isFixed: Bool, position: Position, comment: String?)],
    _ first: Int
  ) {
    guard let name = reader.name, name.hasPrefix("X"), let count = Int(name.dropFirst()),
      1...1000 ~= count
    else { return }
    reader.advance()
    let repeated = Array(values[first...])
    for _ in 1..<count { values += repeated }
  }

  private mutating func append(
    _ options: Options,
    _ values: [(value: Double, isFixed: Bool, position: Position, comment: String?)],
    _ record: ControlRecord
  ) throws(Fault) {
    let place = record.position
    if options.isSame {
      guard let last = blocks.indices.last else {
        throw Fault(place, "SAME without a block before it.")
      }
      let origin = blocks[last].sameAs ?? last
      guard options.block == nil || options.block == 0 || options.block == blocks[origin].size
      else {
        throw Fault(
          place,
          "BLOCK(\(options.block ?? 0)) SAME stands behind a block of \(blocks[origin].size).")
      }
      for _ in 0..<options.repetitions {
        var copy = blocks[origin]
        copy.first = count + 1
        copy.sameAs = origin
        copy.position = place
        blocks.append(copy)
      }
      return
    }
    if let size = options.block {
      let rows = size == 0 ? 1 : size
      var triangle = values.map(\.value)
      if let (diagonal, off) = options.filled {
        triangle = (0..<rows).flatMap { i in (0...i).map { $0 == i ? diagonal : off } }
      }
      let expected = rows * (rows + 1) / 2
      guard triangle.count == expected else {
        throw Fault(
          place,
          "BLOCK(\(rows)) has \(triangle.count) values, expected \(expected), the lower triangle by rows."
        )
      }
      let fixed = values.filter(\.isFixed).count
      guard fixed == 0 || fixed == values.count || options.isFixed else {
        throw Fault(
          values.first(where: \.isFixed)?.position ?? place,
          "FIX stands beside one value of a block; NONMEM fixes the whole block, and so it should say: BLOCK(\(rows)) FIX."
        )
      }
      var block = Block(
        first: count + 1, size: rows, values: triangle, isFixed: options.isFixed || fixed > 0,
        isFull: rows > 1, comments: Array(repeating: values.first?.comment, count: rows),
        position: place)
      block.comments = (0..<rows).map { row in
        let index = row * (row + 1) / 2 + row
        return index < values.count ? values[index].comment : nil
      }
      try block.convert(options.isStandardDeviation, options.isCorrelation, options.isCholesky)
      try block.check()
      blocks.append(block)
      return
    }
    guard !values.isEmpty || options.diagonal == nil else {
      throw Fault(place, "DIAGONAL without values.")
    }
    if let size = options.diagonal, size > 0, size != values.count {
      throw Fault(place, "DIAGONAL(\(size)) has \(values.count) values.")
    }
    for value in values {
      let variance = options.isStandardDeviation ? value.value * value.value : value.value
      let isFixed = value.isFixed || options.isFixed
      guard variance > 0 || variance == 0 && isFixed else {
        throw Fault(
          value.position,
          variance < 0
            ? "the variance \(number(variance)) is negative."
            : "a variance of 0 that is not fixed; give it a start value above 0, or FIX it at 0.")
      }
      blocks.append(
        Block(
          first: count + 1, size: 1, values: [variance], isFixed: isFixed, isFull: false,
          comments: [value.comment], position: value.position))
    }
  }
}

extension CovarianceBlocks.Block {
  /// To variances and covariances, from standard deviations, correlations or a Cholesky factor.
  fileprivate mutating func convert(
    _ isStandardDeviation: Bool, _ isCorrelation: Bool, _ isCholesky: Bool
  ) throws(Fault) {
    let old = values
    func at(_ i: Int, _ j: Int) -> Double { old[i * (i + 1) / 2 + j] }
    if isCholesky {
      for i in 0..<size {
        for j in 0...i {
          values[i * (i + 1) / 2 + j] = (0...j).reduce(0) { $0 + at(i, $1) * at(j, $1) }
        }
      }
      return
    }
    func sd(_ i: Int) -> Double { isStandardDeviation ? at(i, i) : at(i, i).squareRoot() }
    for i in 0..<size {
      for j in 0..<i where isCorrelation {
        guard abs(at(i, j)) < 1 else {
          throw Fault(position, "the correlation \(number(at(i, j))) is not between -1 and 1.")
        }
        values[i * (i + 1) / 2 + j] = at(i, j) * sd(i) * sd(j)
      }
      if isStandardDeviation { values[i * (i + 1) / 2 + i] = sd(i) * sd(i) }
    }
  }

  /// - Throws: `Fault` unless it is positive definite, or all 0 and fixed.
  fileprivate func check() throws(Fault) {
    if isFixed, values.allSatisfy({ $0 == 0 }) { return }
    var factor = values
    for i in 0..<size {
      for j in 0...i {
        var sum = values[i * (i + 1) / 2 + j]
        for k in 0..<j { sum -= factor[i * (i + 1) / 2 + k] * factor[j * (j + 1) / 2 + k] }
        if i == j {
          guard sum > 0 else {
            throw Fault(position, "the block is not positive definite; correct its start values.")
          }
          factor[i * (i + 1) / 2 + i] = sum.squareRoot()
        } else {
          factor[i * (i + 1) / 2 + j] = sum / factor[j * (j + 1) / 2 + j]
        }
      }
    }
  }
}
