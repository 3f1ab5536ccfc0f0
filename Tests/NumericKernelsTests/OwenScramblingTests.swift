import NumericKernels
import Testing

/// 64 random bits for one set of points and one dimension.
private func seed(_ set: Int, _ dimension: Int) -> SIMD2<UInt32> {
  Philox.words(
    counter: SIMD4(UInt32(set), UInt32(dimension), 0, 0), key: SIMD2(20_240_607, 1)
  ).lowHalf
}

/// Scrambled coordinates of the first points in one dimension.
private func scrambled(_ dimension: Int, count: Int, seed: SIMD2<UInt32>) -> [Double] {
  let table = SobolSequence.table(dimension: dimension)
  var result: [Double] = []
  result.reserveCapacity(count)
  for first in stride(from: 0, to: count, by: 8) {
    let u = SobolSequence.scrambled(first: first, table: table, seed: seed)
    for lane in 0..<8 { result.append(u[lane]) }
  }
  return result
}

/// Averages over scrambled points, one for each of many sets.
private func averages(
  points: Int, dimensions: Int, sets: Int, _ integrand: ([Double]) -> Double
) -> [Double] {
  (0..<sets).map { set in
    let columns = (0..<dimensions).map { scrambled($0, count: points, seed: seed(set, $0)) }
    return (0..<points).reduce(0) { sum, l in sum + integrand(columns.map { $0[l] }) }
      / Double(points)
  }
}

private func rootMeanSquare(_ errors: [Double]) -> Double {
  (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
}

@Suite("Owen scrambling")
struct OwenScramblingTests {
  @Test("reversal of bits is that of the standard library")
  func reversal() {
    let words = SIMD8<UInt32>(0, 1, 0x8000_0000, 0xFFFF_FFFF, 0x1234_5678, 0xF0F0_0F0E, 7, 3 << 14)
    let reversed = OwenScrambling.reversed(words)
    for lane in 0..<8 {
      var expected: UInt32 = 0
      for b in 0..<32 { expected |= (words[lane] >> UInt32(b) & 1) << UInt32(31 - b) }
      #expect(reversed[lane] == expected)
    }
  }

  @Test("words become the centres of 2³² intervals of (0, 1), exactly")
  func centres() {
    let u = OwenScrambling.uniforms(
      SIMD8<UInt32>(0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 12345))
    #expect(
      u
        == Lanes(
          0x1p-33, 0x3p-33, 0x5p-33, 0.5 - 0x1p-33, 0.5 + 0x1p-33, 1 - 0x3p-33, 1 - 0x1p-33,
          24691 * 0x1p-33))
  }

  @Test("a scrambled digit depends on the digits above it and on its own only")
  func nesting() {
    for set in 0..<200 {
      let s = seed(set, 0)
      let word = seed(set, 1)[0]
      let x = OwenScrambling.reversed(
        OwenScrambling.permuted(
          OwenScrambling.reversed(SIMD8<UInt32>(repeating: word)), seed: s))[0]
      for b in 0..<32 {
        let y = OwenScrambling.reversed(
          OwenScrambling.permuted(
            OwenScrambling.reversed(SIMD8<UInt32>(repeating: word ^ 1 << UInt32(b))), seed: s))[0]
        // The highest digit in which they differ is the same after scrambling.
        #expect((x ^ y).leadingZeroBitCount == 31 - b)
      }
    }
  }

  @Test("scrambling keeps the intervals of each dimension and the quality of pairs")
  func strata() {
    for set in 0..<20 {
      let columns = (0..<6).map { d in
        scrambled(d, count: 128, seed: seed(set, d)).map { UInt32($0 * 0x1p32) }
      }
      for column in columns {
        #expect(Set(column.map { $0 >> 25 }).count == 128)
      }
      #expect(quality(columns[0], columns[1]) == 0)
      for (i, j) in [(2, 1), (5, 3)] {
        let plain = [i, j].map { d in
          (0..<16).flatMap { v in
            let x = SobolSequence.coordinates(
              first: 8 * v, table: SobolSequence.table(dimension: d))
            return (0..<8).map { x[$0] }
          }
        }
        #expect(quality(columns[i], columns[j]) == quality(plain[0], plain[1]))
      }
    }
  }

  @Test("different seeds give uncorrelated coordinates, in one dimension and between two")
  func correlation() {
    for other in [3, 4] {
      let correlations = (0..<4000).map { set in
        let x = scrambled(3, count: 16, seed: seed(set, 0))
        let y = scrambled(other, count: 16, seed: seed(set, 1))
        var sum = 0.0
        for (x, y) in zip(x, y) { sum += 12 * (x - 0.5) * (y - 0.5) }
        return sum / 16
      }
      let (mean, error) = meanAndError(correlations)
      #expect(abs(mean) < 4 * error, "with dimension \(other)")
    }
  }

  @Test("every coordinate is uniform over the seeds")
  func uniformity() {
    let sets = 8192
    for point in [0, 1, 37] {
      var counts = [Int](repeating: 0, count: 64)
      for set in 0..<sets {
        let u = SobolSequence.scrambled(
          first: point & ~7, table: SobolSequence.table(dimension: 4), seed: seed(set, 2))
        counts[Int(u[point & 7] * 64)] += 1
      }
      let expected = Double(sets) / 64
      var chiSquare = 0.0
      for count in counts {
        chiSquare += (Double(count) - expected) * (Double(count) - expected) / expected
      }
      // 63 degrees of freedom: mean 63, standard deviation 11.2
      #expect(abs(chiSquare - 63) < 45, "point \(point)")
    }
  }

  @Test(
    "the variance of a coordinate's mean is that of nested uniform scrambling",
    arguments: [16, 64])
  func variance(points: Int) {
    // Under it the points are independent and uniform within their intervals.
    let sets = 4000
    for dimension in [1, 19] {
      let means = (0..<sets).map { set in
        scrambled(dimension, count: points, seed: seed(set, dimension)).reduce(0, +)
          / Double(points)
      }
      let squares = means.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(sets)
      let n = Double(points)
      // The standard error of a variance from 4000 sets is 2.2 %.
      #expect(abs(squares * 12 * n * n * n - 1) < 0.1, "dimension \(dimension)")
    }
  }

  @Test("averages of a smooth integrand are unbiased", arguments: [2, 5, 20])
  func unbiased(dimensions: Int) {
    // ∏ e^u/(e − 1) has the mean 1.
    let scale = 1 / (exp(1) - 1)
    let values = averages(points: 16, dimensions: dimensions, sets: 2000) { u in
      u.reduce(1) { $0 * exp($1) * scale }
    }
    let (mean, error) = meanAndError(values)
    #expect(abs(mean - 1) < 4 * error)
    #expect(error < 0.02)
  }

  @Test("the error of a smooth integrand falls almost as T^-1.5", arguments: [2, 5])
  func convergence(dimensions: Int) {
    func error(_ points: Int) -> Double {
      rootMeanSquare(
        averages(points: points, dimensions: dimensions, sets: 100) { u in
          u.reduce(1) { $0 * (1 + ($1 - 0.5) / 2) }
        }.map { $0 - 1 })
    }
    let coarse = error(64)
    let fine = error(1024)
    // 16^1.5 = 64; independent points have 4.
    let ratio = coarse / fine
    #expect(ratio > 35, "ratio \(ratio), \(coarse), \(fine)")
    #expect(ratio < 110)
  }
}
