import Diagnostics
import NumericKernels
import Testing

@Suite("Tests of numbers that should be standard normal")
struct NormalSummaryTests {
  /// Reproducible uniforms of a linear congruential generator, the same as in the script that asked
  /// SciPy.
  private static func uniforms(_ count: Int) -> [Double] {
    var state = 12345
    return (0..<count).map { _ in
      state = (1_103_515_245 * state + 12345) % 2_147_483_648
      return (Double(state) + 0.5) / 2_147_483_648
    }
  }

  private static func normals(_ count: Int) -> [Double] {
    uniforms(count).map { normalQuantile(Lanes.all($0))[0] }
  }

  @Test(
    "Shapiro and Wilk's test agrees with SciPy 1.17 (scipy.stats.shapiro)",
    arguments: [
      (3, 0.7921544497839312, 0.09590303212156936, 0.7780588792030144, 0.06312896266689616),
      (4, 0.8818006226680265, 0.3463834395754182, 0.8633821853860306, 0.27250162878041195),
      (5, 0.8962642325082608, 0.389583744878225, 0.8354974941216841, 0.15285585607816998),
      (6, 0.8950415108264371, 0.3454504398880665, 0.8093450879255132, 0.07120800760656561),
      (8, 0.9037444942188998, 0.3121049733101581, 0.8012971762210628, 0.029555037316646597),
      (11, 0.9875807337477076, 0.9939328430164869, 0.901365865987555, 0.19207659139011346),
      (12, 0.9889958771996273, 0.9995163594207533, 0.9332253740170008, 0.4155563558020829),
      (20, 0.9519141156577089, 0.39708313032516046, 0.9176169078256042, 0.08916112977008282),
      (50, 0.9792895812585843, 0.5224031719322106, 0.7970950371102473, 7.52038939541512e-07),
      (200, 0.9956562374762492, 0.8408994403699313, 0.8235938911723923, 2.650097621062061e-14),
      (1000, 0.9976505545735399, 0.16507266651861002, 0.7855025745368049, 2.776230516049338e-34),
      (5000, 0.9997296681339193, 0.7930050530242385, 0.812585926616053, 2.2871346355844857e-60),
    ])
  func shapiro(n: Int, w: Double, p: Double, skewedW: Double, skewedP: Double) throws {
    let normal = try #require(shapiroWilk(Self.normals(n)))
    #expect(abs(normal.w - w) < 1e-8 && abs(normal.pValue / p - 1) < 1e-4)
    // −ln u, an exponential distribution.
    let skewed = try #require(
      shapiroWilk(Self.uniforms(n).map { -NumericKernels.log($0) }))
    #expect(abs(skewed.w - skewedW) < 1e-8 && abs(skewed.pValue / skewedP - 1) < 1e-4)
  }

  @Test("p-values of t and χ² agree with SciPy 1.17 in the middle and in the tails")
  func distributions() {
    let gamma: [(Double, Double, Double)] = [
      (0.5, 0.1, 0.34527915398142317), (2, 1, 0.2642411176571153), (10, 12, 0.7576078383294875),
      (50, 40, 0.07033506665939494), (499.5, 480, 0.19238031765247227),
      (5000, 5100, 0.9206711189223811), (4999.5, 4700, 7.847164746481564e-06),
    ]
    for (shape, x, expected) in gamma {
      #expect(abs(gammaLower(shape: shape, x) / expected - 1) < 1e-9, "\(shape) \(x)")
    }
    let student: [(Double, Double, Double)] = [
      (0.5, 1, 0.7048327646991335), (2, 4, 0.11611652351681556), (-1.3, 99, 0.19661956964342342),
      (3.2, 999, 0.0014175819980928276), (0.01, 9999, 0.9920214868693054),
      (12, 3, 0.0012450158007893362), (5.5, 4999, 3.986872566634336e-08),
    ]
    for (t, degrees, expected) in student {
      #expect(abs(studentTwoSided(t, degrees: degrees) / expected - 1) < 1e-9, "\(t) \(degrees)")
    }
  }

  @Test("moments, tests and their Bonferroni sum are those of the definition")
  func summary() throws {
    let values = Self.normals(200)
    let summary = NormalSummary(values)
    let n = 200.0
    let mean = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    #expect(summary.count == 200)
    #expect(abs(summary.mean - mean) < 1e-14 && abs(summary.variance - variance) < 1e-13)
    let ofMean = try #require(summary.meanPValue)
    let ofVariance = try #require(summary.variancePValue)
    let ofNormality = try #require(summary.normalityPValue)
    #expect(abs(ofNormality - 0.8408994403699313) < 1e-4)
    #expect(summary.globalPValue == min(1, 3 * min(ofMean, ofVariance, ofNormality)))
    // Shifted by 1 and stretched by 2, each is rejected by its test and only by that.
    let shifted = NormalSummary(values.map { $0 + 1 })
    #expect(try #require(shifted.meanPValue) < 1e-20)
    #expect(abs(try #require(shifted.variancePValue) - ofVariance) < 1e-9)
    let stretched = NormalSummary(values.map { 2 * $0 })
    #expect(try #require(stretched.variancePValue) < 1e-20)
    #expect(abs(try #require(stretched.normalityPValue) - ofNormality) < 1e-9)
  }

  @Test("a histogram counts every number, and expects as many")
  func histogram() {
    let summary = NormalSummary(Self.normals(1000) + [-9, 9, 4, -4])
    let bars = summary.histogram(bars: 20)
    #expect(bars.count == 20)
    #expect(bars.reduce(0) { $0 + $1.count } == 1004)
    #expect(abs(bars.reduce(0) { $0 + $1.expected } - 1004) < 1e-9)
    let squares = bars.filter { $0.expected > 5 }.reduce(0) {
      let difference = Double($1.count) - $1.expected
      return $0 + difference * difference / $1.expected
    }
    #expect(squares < 40)
  }

  @Test("too few numbers, or equal ones, are not tested")
  func degenerate() {
    for values in [[], [1], [2, 2, 2, 2]] as [[Double]] {
      let summary = NormalSummary(values)
      #expect(summary.meanPValue == nil && summary.globalPValue == nil)
      #expect(summary.histogram().reduce(0) { $0 + $1.count } == values.count)
      #expect(summary.quantiles().count == values.count)
    }
    #expect(NormalSummary([1, 2]).normalityPValue == nil)
  }
}
