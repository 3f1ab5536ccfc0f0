import Glibc
import NumericKernels
import Testing

private func distribution(_ x: Double) -> Double { normalDistribution(Lanes.all(x))[0] }

@Suite("Normal distribution")
struct NormalDistributionTests {
  @Test("known answers are met to 1e-15, relative to the tail")
  func knownValues() {
    let answers = knownAnswers("normal.txt")
    #expect(answers.count > 500)
    for answer in answers {
      let x = double(answer[0])
      let expected = double(answer[1])
      let value = distribution(x)
      if expected < 0x1p-1022 {
        #expect(abs(value - expected) <= 4 * Double.leastNonzeroMagnitude, "at \(x)")
      } else {
        #expect(abs(value - expected) <= 1e-15 * expected, "at \(x)")
      }
    }
  }

  @Test("agrees with erfc of the C library over [-37, 9]")
  func complementaryErrorFunction() {
    var worst = 0.0
    let count = 100_000
    for i in 0..<count {
      let x = -37 + 46 * (Double(i) + 0.5) / Double(count)
      // x/√2 in two parts: the rounding of the argument alone would be x² units in the last place
      // of erfc.
      let upper = -x * 0x1.6a09e667f3bcdp-1
      let lower = fma(-x, 0x1.6a09e667f3bcdp-1, -upper) + -x * -0x1.bdd3413b26456p-55
      let slope = -2 / Double.pi.squareRoot() * Glibc.exp(-upper * upper)
      let expected = 0.5 * (erfc(upper) + slope * lower)
      worst = max(worst, abs(distribution(x) - expected) / expected)
    }
    #expect(worst < 2e-15, "worst relative difference \(worst)")
  }

  @Test("edges")
  func edges() {
    #expect(distribution(0) == 0.5)
    #expect(distribution(-0.0) == 0.5)
    #expect(distribution(.infinity) == 1)
    #expect(distribution(-.infinity) == 0)
    #expect(distribution(-1e300) == 0)
    #expect(distribution(1e300) == 1)
    #expect(distribution(-38.7) == 0)
    #expect(distribution(8.4) == 1)
    #expect(distribution(.nan).isNaN)
    #expect(distribution(.leastNonzeroMagnitude) == 0.5)
  }

  @Test("the quantile is its inverse")
  func inverse() {
    for i in 1..<2000 {
      let u = Double(i) / 2000
      #expect(abs(distribution(normalQuantile(Lanes.all(u))[0]) - u) <= 4e-16)
    }
  }

  @Test("lanes do not influence each other, and it rises over the borders of its ranges")
  func lanes() {
    let x = Lanes(-38, -5.7, -5.6, -0.6745, -0.6744, 0.3, 5.7, .nan)
    let value = normalDistribution(x)
    for lane in 0..<7 { #expect(value[lane] == distribution(x[lane])) }
    #expect(value[7].isNaN)
    for border in [-5.656854249492380195, -0.67448975, 0.67448975] {
      #expect(distribution(border.nextDown) <= distribution(border.nextUp) * (1 + 4e-16))
    }
  }
}
