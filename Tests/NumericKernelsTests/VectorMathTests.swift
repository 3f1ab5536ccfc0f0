import Glibc
import NumericKernels
import Testing

/// Distance in units in the last place of `expected`.
private func ulps(_ value: Double, _ expected: Double) -> Double {
  if value == expected { return 0 }
  return abs(value - expected) / expected.ulp
}

/// Numbers spread over an interval, without a pattern.
private func spread(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
  (0..<count).map { i in
    let u = (Double(i) * 0.618033988749894848).truncatingRemainder(dividingBy: 1)
    return low + (high - low) * u
  }
}

@Suite("Vector functions")
struct VectorMathTests {
  @Test("exp is within 2 ulp of the C library over its whole range")
  func expAccuracy() {
    var worst = 0.0
    for x in spread(-708, 709.7, 200_000) + spread(-1, 1, 100_000) {
      worst = max(worst, ulps(NumericKernels.exp(x), Glibc.exp(x)))
    }
    #expect(worst <= 2)
  }

  @Test("the kernels' power of two is within 2 ulp of the C library over its range")
  func exp2Accuracy() {
    var worst = 0.0
    for x in spread(-1022, 1023.9, 200_000) + spread(-1, 1, 100_000) + spread(-60, 3, 100_000) {
      worst = max(worst, ulps(exp2Clamped(Lanes.all(x))[0], Glibc.exp2(x)))
    }
    #expect(worst <= 2)
    for n in -1022...1023 {
      #expect(exp2Clamped(Lanes.all(Double(n)))[0] == Glibc.exp2(Double(n)))
    }
  }

  @Test("the kernels' power of two keeps to its range")
  func exp2Edges() {
    for x in [-1023, -1e6, -1e308, -Double.infinity] {
      #expect(exp2Clamped(Lanes.all(x))[0] == 0x1p-1022)
    }
    let top = exp2Clamped(Lanes.all(1023.9))[0]
    #expect(top.isFinite && top > 1e308)
    for x in [1024, 1e6, 1e308, Double.infinity] {
      #expect(exp2Clamped(Lanes.all(x))[0] == top)
    }
    #expect(
      exp2Clamped(Lanes(0, 1, 2, 3, -1, -2, -3, 10)) == Lanes(1, 2, 4, 8, 0.5, 0.25, 0.125, 1024))
  }

  @Test("exp at its edges")
  func expEdges() {
    #expect(NumericKernels.exp(0.0) == 1)
    #expect(NumericKernels.exp(-Double.infinity) == 0)
    #expect(NumericKernels.exp(Double.infinity) == .infinity)
    #expect(NumericKernels.exp(Double.nan).isNaN)
    #expect(NumericKernels.exp(709.79) == .infinity)
    #expect(NumericKernels.exp(-745.2) == 0)
    // Subnormal results are correct to their own last place.
    for x in spread(-745, -708.5, 2000) {
      #expect(abs(NumericKernels.exp(x) - Glibc.exp(x)) <= 2 * Double.leastNonzeroMagnitude)
    }
  }

  @Test("log is within 1 ulp of the C library over its whole range")
  func logAccuracy() {
    var worst = 0.0
    for e in spread(-744, 709, 200_000) {
      let x = Glibc.exp(e)
      worst = max(worst, ulps(NumericKernels.log(x), Glibc.log(x)))
    }
    for x in spread(0.5, 2, 200_000) {
      worst = max(worst, ulps(NumericKernels.log(x), Glibc.log(x)))
    }
    #expect(worst <= 1)
  }

  @Test("log at its edges")
  func logEdges() {
    #expect(NumericKernels.log(1.0) == 0)
    #expect(NumericKernels.log(0.0) == -.infinity)
    #expect(NumericKernels.log(-1.0).isNaN)
    #expect(NumericKernels.log(Double.nan).isNaN)
    #expect(NumericKernels.log(Double.infinity) == .infinity)
    #expect(NumericKernels.log(Double.leastNonzeroMagnitude) == Glibc.log(0x1p-1074))
  }

  // scipy 1.17.1, scipy.special.ndtri; 1e-100 by mpmath with 40 digits.
  static let quantiles: [(Double, Double)] = [
    (0.5, 0), (0.975, 1.959963984540054), (0.9, 1.2815515655446004),
    (0.01, -2.3263478740408408), (1e-10, -6.361340902404056), (1e-15, -7.941345326170997),
    (1e-100, -21.273453560965324), (0.925, 1.4395314709384563), (0.075, -1.4395314709384563),
    (0x1p-53, -8.209536151601387),
  ]

  @Test("normal quantile agrees with known answers", arguments: quantiles)
  func quantile(u: Double, expected: Double) {
    let value = normalQuantile(Lanes.all(u))[0]
    #expect(abs(value - expected) <= 2e-15 * max(1, abs(expected)))
  }

  @Test("normal quantile inverts the distribution function in both tails and the centre")
  func quantileInverts() {
    for x in spread(-37, 8, 50_000) {
      let u = 0.5 * erfc(-x / 2.0.squareRoot())
      let back = normalQuantile(Lanes.all(u))[0]
      // Near u = 1 the rounding of u itself moves x by ulp(u)/φ(x).
      let density = Glibc.exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let tolerance = 4e-15 * max(1, abs(x)) + (x > 0 ? 2 * u.ulp / density : 0)
      #expect(abs(back - x) <= tolerance, "at \(x)")
    }
    #expect(normalQuantile(Lanes.all(0))[0] == -.infinity)
    #expect(normalQuantile(Lanes.all(1))[0] == .infinity)
  }

  @Test("lanes do not influence each other")
  func lanesAreIndependent() {
    let x = Lanes(-800, -745, -1e-300, 0, 0.3, 40, 709, 1000)
    let u = Lanes(1e-12, 0.02, 0.3, 0.5, 0.6, 0.93, 0.9999, 1e-300)
    for lane in 0..<8 {
      #expect(NumericKernels.exp(x)[lane] == NumericKernels.exp(x[lane]))
      #expect(normalQuantile(u)[lane] == normalQuantile(Lanes.all(u[lane]))[0])
    }
  }

  @Test("sines and cosines of turns agree with the C library within 1e-15, in all quadrants")
  func turns() {
    for v in spread(0, 1, 50_000) + (0..<8).map({ Double($0) / 8 }) {
      let (sine, cosine) = sineAndCosineOfTurns(Lanes.all(v))
      #expect(abs(cosine[0] - Glibc.cos(2 * Double.pi * v)) < 1e-15, "\(v)")
      #expect(abs(sine[0] - Glibc.sin(2 * Double.pi * v)) < 1e-15, "\(v)")
    }
  }

  /// Words at the ends of all ranges, and between.
  static let words: [UInt64] =
    [
      0, 1, 2, 0x3fff_ffff, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0xb504_f333, 0xb504_f334,
      0xbfff_ffff, 0xc000_0000, 0xffff_fffe, 0xffff_ffff,
    ]
    + (0..<500).map { ($0 &* 0x9e37_79b9 &+ 12345) & 0xffff_ffff }

  @Test(
    "normal numbers from words are Box and Muller's within 3e-9, whatever the upper halves hold")
  func normalPairs() {
    for radiusWord in Self.words {
      for angleWord in Self.words {
        let upper = radiusWord &* angleWord &<< 32
        let (x, y) = normalPair(
          exponential: exponentialNumber(SIMD8(repeating: radiusWord | upper)),
          SIMD8(repeating: angleWord | upper))
        let u = (Double(radiusWord) + 0.5) * 0x1p-32
        let angle = (Double(angleWord & 0x3fff_ffff) + 0.5) * 0x1p-30 * Double.pi / 2
        let radius = (-2 * Glibc.log(u)).squareRoot()
        let signs = (angleWord >> 31 == 1 ? -1.0 : 1, angleWord >> 30 & 1 == 1 ? -1.0 : 1)
        #expect(abs(x[0] - signs.0 * radius * Glibc.cos(angle)) < 3e-9)
        #expect(abs(y[0] - signs.1 * radius * Glibc.sin(angle)) < 3e-9)
        #expect((x[0] < 0) == (signs.0 < 0) && (y[0] < 0) == (signs.1 < 0))
      }
    }
  }

  @Test("normal numbers from words are standard normal and independent within sampling error")
  func normalPairMoments() {
    let address = RandomAddress(key: 7, purpose: .expectationStep)
    let n = 400_000
    var sums = [Double](repeating: 0, count: 8)
    for first in stride(from: 0, to: n / 2, by: 8) {
      // Sixteen samples at a time.
      let words = address.sampleWords(firstSample: 2 * first, pair: 0)
      let (x, y) = normalPair(
        exponential: exponentialNumber(words.first.0), words.first.1)
      let (x2, y2) = normalPair(
        exponential: exponentialNumber(words.second.0), words.second.1)
      sums[6] += 2 * (x * x2).treeSum
      sums[7] += (x * x * x * x).treeSum + (y2 * y2 * y2 * y2).treeSum
      for (x, y) in [(x, y), (x2, y2)] {
        sums[0] += x.treeSum
        sums[1] += y.treeSum
        sums[2] += (x * x).treeSum
        sums[3] += (y * y).treeSum
        sums[4] += (x * y).treeSum
        sums[5] += (x * x * y * y).treeSum
      }
    }
    let expected = [0.0, 0, 1, 1, 0, 1, 0, 3]
    let variance = [1.0, 1, 2, 2, 1, 8, 2, 96]
    for i in 0..<8 {
      #expect(abs(sums[i] / Double(n) - expected[i]) < 5 * (variance[i] / Double(n)).squareRoot())
    }
  }
}
