/// The blocks of OMEGA or SIGMA: variances and covariances of ETAs or EPSs.
struct CovarianceBlocks: Sendable {
  struct Block: Sendable {
    /// The number of its first variable among all, from 1.
    var first: Int
    var size: Int
    /// The lower triangle by rows.
    var values: [Double]
    var isFixed: Bool
    /// The block that this one is the SAME as, itself no repetition.
    var sameAs: Int?
    var position: Position

    /// Whether it has a variable, from 1.
    func contains(_ variable: Int) -> Bool { first..<(first + size) ~= variable }

    func value(_ row: Int, _ column: Int) -> Double { values[row * (row + 1) / 2 + column] }
  }

  /// Where a variable stands: its block and the row in that.
  struct Place: Hashable, Sendable {
    var block: Int
    var row: Int
  }

  private(set) var blocks: [Block] = []
  /// The number of variables.
  var count: Int { blocks.last.map { $0.first + $0.size - 1 } ?? 0 }

  /// The place of a variable, from 1.
  func find(_ variable: Int) -> Place? {
    blocks.firstIndex { $0.contains(variable) }.map {
      Place(block: $0, row: variable - blocks[$0].first)
    }
  }

  /// The block of a variable, from 1.
  func block(of variable: Int) -> Block? { find(variable).map { blocks[$0.block] } }

  /// The place of a variable in the block that its own is the SAME as, or in its own.
  func origin(of variable: Int) -> Place? {
    find(variable).map { Place(block: blocks[$0.block].sameAs ?? $0.block, row: $0.row) }
  }

  /// Whether other variables have the same variance by SAME.
  func isRepeated(_ variable: Int) -> Bool {
    guard let place = find(variable) else { return false }
    return blocks[place.block].sameAs != nil || blocks.contains { $0.sameAs == place.block }
  }

  func variance(_ variable: Int) -> Double {
    guard let place = find(variable) else { return 0 }
    return blocks[place.block].value(place.row, place.row)
  }

  func covariance(_ a: Int, _ b: Int) -> Double {
    guard let later = find(max(a, b)), let earlier = find(min(a, b)),
      later.block == earlier.block
    else { return 0 }
    return blocks[later.block].value(later.row, earlier.row)
  }

  func isFixed(_ variable: Int) -> Bool { block(of: variable)?.isFixed ?? true }

  /// Drops the variables behind the first `count`.
  mutating func keep(_ count: Int) { blocks.removeAll { $0.first > count } }

  /// Reads one `$OMEGA` or `$SIGMA` record.
  mutating func read(_ record: ControlRecord) throws(Fault) {
    var reader = try CovarianceRecordReader(record)
    try reader.read()
    if reader.options.isSame {
      try repeatLast(reader.options, record.position)
    } else if let size = reader.options.block {
      let block = try reader.block(ofSize: size == 0 ? 1 : size, first: count + 1)
      blocks.append(block)
    } else {
      try reader.checkDiagonal()
      for element in reader.elements {
        blocks.append(try reader.block(of: element, first: count + 1))
      }
    }
  }

  private mutating func repeatLast(
    _ options: CovarianceRecordReader.Options, _ place: Position
  ) throws(Fault) {
    guard let last = blocks.indices.last else {
      throw Fault(place, "SAME without a block before it.")
    }
    let origin = blocks[last].sameAs ?? last
    let size = options.block ?? 0
    guard size == 0 || size == blocks[origin].size else {
      throw Fault(place, "BLOCK(\(size)) SAME stands behind a block of \(blocks[origin].size).")
    }
    for _ in 0..<options.repetitions {
      var copy = blocks[origin]
      copy.first = count + 1
      copy.sameAs = origin
      copy.position = place
      blocks.append(copy)
    }
  }
}

extension CovarianceBlocks.Block {
  /// Turns standard deviations, correlations or a Cholesky factor into variances and covariances.
  mutating func convert(_ options: CovarianceRecordReader.Options) throws(Fault) {
    let old = values
    func at(_ i: Int, _ j: Int) -> Double { old[i * (i + 1) / 2 + j] }
    if options.isCholesky {
      for i in 0..<size {
        for j in 0...i {
          values[i * (i + 1) / 2 + j] = (0...j).reduce(0) { $0 + at(i, $1) * at(j, $1) }
        }
      }
      return
    }
    func sd(_ i: Int) -> Double { options.isStandardDeviation ? at(i, i) : at(i, i).squareRoot() }
    for i in 0..<size {
      for j in 0..<i where options.isCorrelation {
        guard abs(at(i, j)) < 1 else {
          throw Fault(position, "the correlation \(number(at(i, j))) is not between -1 and 1.")
        }
        values[i * (i + 1) / 2 + j] = at(i, j) * sd(i) * sd(j)
      }
      if options.isStandardDeviation { values[i * (i + 1) / 2 + i] = sd(i) * sd(i) }
    }
  }

  /// - Throws: `Fault` unless it is positive definite, or all 0 and fixed.
  func check() throws(Fault) {
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
