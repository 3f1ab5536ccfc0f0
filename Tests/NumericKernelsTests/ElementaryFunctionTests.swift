import Glibc
import NumericKernels
import Testing

/// Distance in units in the last place of `expected`; a subnormal number's is that of the smallest
/// normal one.
private func ulps(_ value: Double, _ expected: Double) -> Double {
  if value == expected || value.isNaN && expected.isNaN { return 0 }
  return abs(value - expected) / max(expected.ulp, 0x1p-1074)
}

private func powerOfTen(_ x: Double) -> Double { Glibc.pow(10, x) }

/// Numbers spread over an interval, without a pattern.
private func spread(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
  (0..<count).map { i in
    let u = (Double(i) * 0.618033988749894848).truncatingRemainder(dividingBy: 1)
    return low + (high - low) * u
  }
}

/// Numbers of all sizes between two powers of 10, with both signs.
private func allSizes(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
  spread(low, high, count).enumerated().map { $0 & 1 == 0 ? powerOfTen($1) : -powerOfTen($1) }
}

private func worst(
  _ points: [Double], _ function: (Lanes) -> Lanes, _ reference: (Double) -> Double
) -> Double {
  points.map { ulps(function(Lanes.all($0))[0], reference($0)) }.max()!
}

// The C library's own functions are within 1 ulp (sin, cos, pow) and 2 ulp (tanh, expm1, log1p);
// the others are compared with its functions of extended precision.
@Suite("Elementary functions")
struct ElementaryFunctionTests {
  @Test("powers are within 1 ulp of the C library, whatever the size of base and exponent")
  func powers() {
    var largest = 0.0
    let exponents = allSizes(-3, 3, 997)
    for (i, base) in (spread(-300, 300, 200_000).map(powerOfTen) + spread(0.5, 2, 200_000))
      .enumerated()
    {
      let exponent = exponents[i % 997]
      let expected = Glibc.pow(base, exponent)
      guard expected.isNormal else { continue }
      largest = max(largest, ulps(pow(Lanes.all(base), Lanes.all(exponent))[0], expected))
    }
    #expect(largest <= 1)
  }

  @Test("powers keep to IEEE 754 where base or exponent is no ordinary number")
  func powerEdges() {
    let values = [
      0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 4e18, -4e18, 1e300, -1e300, .leastNonzeroMagnitude,
      .infinity,
      -.infinity, .nan,
    ]
    for x in values {
      for y in values {
        let value = pow(Lanes.all(x), Lanes.all(y))[0]
        let expected = Glibc.pow(x, y)
        if expected.isNaN {
          #expect(value.isNaN, "\(x)^\(y)")
        } else {
          #expect(
            ulps(value, expected) <= 1 && value.sign == expected.sign, "\(x)^\(y) is \(value)")
        }
      }
    }
  }

  @Test("logarithms to the bases 2 and 10 are within 1 ulp, and exact for powers of them")
  func logarithms() {
    let points = spread(-320, 308, 200_000).map(powerOfTen) + spread(0.5, 2, 200_000)
    #expect(worst(points, NumericKernels.log10) { Double(Glibc.log10(Float80($0))) } <= 1)
    #expect(worst(points, NumericKernels.log2) { Double(Glibc.log2(Float80($0))) } <= 1)
    for n in -1074...1023 {
      #expect(NumericKernels.log2(Lanes.all(Glibc.exp2(Double(n))))[0] == Double(n))
    }
    var power = 1.0
    for n in 0...22 {
      #expect(NumericKernels.log10(Lanes.all(power))[0] == Double(n))
      power *= 10
    }
    for x in [0, -1, .infinity, .nan] {
      #expect(ulps(NumericKernels.log10(Lanes.all(x))[0], Glibc.log10(x)) == 0)
    }
  }

  @Test("sines and cosines are within 1 ulp and tangents within 3 ulp for angles of all sizes")
  func angles() {
    let points =
      spread(-10, 10, 200_000) + allSizes(-10, 6, 200_000) + allSizes(6, 308, 100_000)
      + (-2000...2000).map { Double($0) * Double.pi / 2 } + [1e22]
    #expect(worst(points, NumericKernels.sin, Glibc.sin) <= 1)
    #expect(worst(points, NumericKernels.cos, Glibc.cos) <= 1)
    #expect(worst(points, NumericKernels.tan, Glibc.tan) <= 3)
    // The double whose cosine is nearest to 0 (J.-M. Muller et al., "Handbook of floating-point
    // arithmetic", 2010, ch. 11), where the C library errs by 8 ulp; mpmath with 300 bits.
    let nearest = NumericKernels.cos(Lanes.all(6_381_956_970_095_103 * 0x1p797))[0]
    #expect(ulps(nearest, -4.6871659242546276111e-19) <= 1)
    for x in [Double.infinity, -.infinity, .nan] {
      #expect(NumericKernels.sin(Lanes.all(x))[0].isNaN)
      #expect(NumericKernels.cos(Lanes.all(x))[0].isNaN)
    }
  }

  @Test("expm1, log1p and tanh are within 2, 2 and 3 ulp")
  func hyperbolic() {
    let points = allSizes(-300, 2.8, 200_000) + spread(-2, 2, 200_000) + spread(-60, 60, 100_000)
    #expect(worst(points, NumericKernels.expm1, Glibc.expm1) <= 2)
    #expect(worst(points, NumericKernels.tanh, Glibc.tanh) <= 3)
    let above = points.filter { $0 > -1 } + spread(0, 300, 1000).map(powerOfTen)
    #expect(worst(above, NumericKernels.log1p, Glibc.log1p) <= 2)
    for x in [-Double.infinity, -800, -1, 0, 710, .infinity, .nan] {
      #expect(ulps(NumericKernels.expm1(Lanes.all(x))[0], Glibc.expm1(x)) <= 1, "\(x)")
      #expect(ulps(NumericKernels.tanh(Lanes.all(x))[0], Glibc.tanh(x)) <= 1, "\(x)")
      #expect(ulps(NumericKernels.log1p(Lanes.all(x))[0], Glibc.log1p(x)) <= 1, "\(x)")
    }
  }

  @Test("the logistic function and its inverse are within 3 ulp of extended precision")
  func logisticFunction() {
    let points = spread(-700, 700, 100_000) + spread(-3, 3, 100_000)
    #expect(
      worst(points, logistic) { x in
        let e = Glibc.exp(-Float80(abs(x)))
        return Double((x < 0 ? e : 1) / (1 + e))
      } <= 3)
    let shares = spread(0, 1, 200_000) + spread(-300, -1, 100_000).map(powerOfTen)
    #expect(
      worst(shares, logit) { p in
        let x = Float80(p)
        return Double(p < 0.1 ? Glibc.log(x / (1 - x)) : Glibc.log1p((2 * x - 1) / (1 - x)))
      } <= 3)
    #expect(logit(Lanes.all(0))[0] == -.infinity)
    #expect(logit(Lanes.all(1))[0] == .infinity)
    #expect(logit(Lanes.all(0.5))[0] == 0)
    for p in [-0.1, 1.1, .nan] { #expect(logit(Lanes.all(p))[0].isNaN) }
    #expect(logistic(Lanes.all(.nan))[0].isNaN)
    #expect(logistic(Lanes.all(-.infinity))[0] == 0)
    #expect(logistic(Lanes.all(.infinity))[0] == 1)
  }

  @Test("the gamma function is within 2 ulp of extended precision, and its logarithm too")
  func gammaFunction() {
    let points = spread(0, 20, 100_000).filter { $0 > 0 } + spread(-300, 0, 50_000).map(powerOfTen)
    let large = spread(1.4, 300, 50_000).map(powerOfTen)
    for x in points + large {
      let expected = Double(Glibc.lgamma(Float80(x)).0)
      // Near its zeros at 1 and 2 the error is absolute.
      #expect(abs(logGamma(Lanes.all(x))[0] - expected) <= max(1e-17, 2 * expected.ulp), "\(x)")
    }
    for (x, expected) in Self.logGammaValues {
      #expect(abs(logGamma(Lanes.all(x))[0] - expected) <= max(1e-17, expected.ulp), "\(x)")
    }
    #expect(
      worst(points.filter { $0 > 1e-300 } + spread(20, 171.6, 50_000), gamma) {
        Double(Glibc.tgamma(Float80($0)))
      } <= 2)
    var factorial = 1.0
    for n in 1...22 {
      #expect(ulps(gamma(Lanes.all(Double(n)))[0], factorial) <= 1)
      factorial *= Double(n)
    }
    for x in [Double.infinity, 1e306] {
      #expect(logGamma(Lanes.all(x))[0] == .infinity && gamma(Lanes.all(x))[0] == .infinity)
    }
    #expect(gamma(Lanes.all(172))[0] == .infinity)
    #expect(gamma(Lanes.all(0))[0] == .infinity && logGamma(Lanes.all(0))[0] == .infinity)
    for x in [-0.5, -2, -.infinity, .nan] {
      #expect(gamma(Lanes.all(x))[0].isNaN && logGamma(Lanes.all(x))[0].isNaN)
    }
  }

  // mpmath 1.3.0 with 300 bits.
  static let logGammaValues: [(Double, Double)] = [
    (1, 0), (2, 0), (1.00002330596908, -1.3452123705800039516e-5), (1e-300, 690.7755278982137),
    (1.9999273947178153, -3.0694676033628689624e-5), (0.9999999, 5.772157468444193e-08),
    (2.000001, 4.2278465762452923e-07), (1.25, -0.09827183642181316),
    (1.4616321449683622, -0.12148629053584961), (3.7, 1.428072326665388),
    (9.999, 12.799575780077413), (50.25, 145.54187159633213), (1e20, 4.505170185988091e21),
  ]

  @Test("no lane sees another one")
  func lanes() {
    let x = Lanes(-1e30, -3, -0.0, .leastNonzeroMagnitude, 0.3, 7, 1e9, .nan)
    let y = Lanes(3, 2.5, -1, 0.5, .infinity, -9, 0.1, 0)
    let functions: [(Lanes) -> Lanes] = [
      NumericKernels.sin, NumericKernels.cos, NumericKernels.tan, NumericKernels.tanh,
      NumericKernels.expm1, NumericKernels.log1p, NumericKernels.log2, NumericKernels.log10,
      logistic, logit, gamma, logGamma, { pow($0, y) },
    ]
    for (number, function) in functions.enumerated() {
      let together = function(x)
      for lane in 0..<8 {
        let alone =
          number == 12
          ? pow(Lanes.all(x[lane]), Lanes.all(y[lane]))[0] : function(Lanes.all(x[lane]))[0]
        #expect(
          alone.bitPattern == together[lane].bitPattern || alone.isNaN && together[lane].isNaN,
          "function \(number) of \(x[lane])")
      }
    }
  }
}
