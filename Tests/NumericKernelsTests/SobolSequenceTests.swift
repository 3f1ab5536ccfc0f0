import NumericKernels
import Testing

/// Coordinates of the first points in one dimension.
private func coordinates(_ dimension: Int, count: Int) -> [UInt32] {
  let table = SobolSequence.table(dimension: dimension)
  var result: [UInt32] = []
  for first in stride(from: 0, to: count, by: 8) {
    let eight = SobolSequence.coordinates(first: first, table: table)
    for lane in 0..<8 { result.append(eight[lane]) }
  }
  return result
}

/// Whether every box of 2^a × 2^b equal boxes of the square has the same number of points.
func isEquidistributed(_ x: [UInt32], _ y: [UInt32], _ a: Int, _ b: Int) -> Bool {
  var counts = [Int](repeating: 0, count: 1 << (a + b))
  for (x, y) in zip(x, y) {
    counts[Int(UInt64(x) >> UInt64(32 - a)) << b | Int(UInt64(y) >> UInt64(32 - b))] += 1
  }
  return counts.allSatisfy { $0 == x.count >> (a + b) }
}

/// The quality parameter t of 2^m points in two dimensions: every box of volume 2^(t − m) has 2^t
/// points.
func quality(_ x: [UInt32], _ y: [UInt32]) -> Int {
  let m = x.count.trailingZeroBitCount
  for t in 0..<m where (0...m - t).allSatisfy({ isEquidistributed(x, y, $0, m - t - $0) }) {
    return t
  }
  return m
}

@Suite("Sobol' sequence")
struct SobolSequenceTests {
  @Test("points are those of SciPy, near 0 and near a million")
  func knownPoints() {
    let answers = knownAnswers("sobol.txt")
    #expect(answers.count == 128)
    for block in stride(from: 0, to: answers.count, by: 8) {
      let first = Int(answers[block][0])!
      for dimension in 0..<32 {
        let eight = SobolSequence.coordinates(
          first: first, table: SobolSequence.table(dimension: dimension))
        for lane in 0..<8 {
          #expect(
            eight[lane] == UInt32(answers[block + lane][dimension + 1]),
            "point \(first + lane), dimension \(dimension)")
        }
      }
    }
  }

  @Test("every one-dimensional projection of 2^m points has one point in each of 2^m intervals")
  func projections() {
    for dimension in 0..<SobolSequence.dimensionLimit {
      for m in [3, 6, 10] {
        let strata = Set(coordinates(dimension, count: 1 << m).map { $0 >> UInt32(32 - m) })
        #expect(strata.count == 1 << m, "dimension \(dimension), 2^\(m) points")
      }
    }
    // The last points that there are.
    let last = SobolSequence.coordinates(
      first: (1 << 32) - 8, table: SobolSequence.table(dimension: 0))
    // Point 2³² − 1 has the Gray code 2³¹, and the direction number of bit 31 is 1.
    #expect(last[7] == 1)
  }

  @Test("property A: the first 2^d points of d dimensions have one point in every orthant")
  func propertyA() {
    for d in [3, 5, 8, 12, 16] {
      var orthants = [Int](repeating: 0, count: 1 << d)
      for dimension in 0..<d {
        for (point, x) in coordinates(dimension, count: 1 << d).enumerated() {
          orthants[point] |= Int(x >> 31) << dimension
        }
      }
      #expect(Set(orthants).count == 1 << d, "\(d) dimensions")
    }
  }

  @Test("the first two dimensions are a (0, m, 2)-net, and no pair of ten is worse than t = 4")
  func pairs() {
    let columns = (0..<10).map { coordinates($0, count: 256) }
    #expect(quality(columns[0], columns[1]) == 0)
    var worst = 0
    for i in 0..<10 { for j in 0..<i { worst = max(worst, quality(columns[i], columns[j])) } }
    #expect(worst <= 4)
  }
}
