import Glibc
import ModelLanguage
import Testing

@Suite("Decays of explicit equations")
struct DecayTests {
  static let texts: [(String, @Sendable (Double, Double, Double) -> Double)] = [
    // A factor that decays, sums of decays, decays of other times, and growth.
    ("y = a * exp(-k * t)", { a, k, t in a * exp(-k * t) }),
    ("y = a / dose * exp(-(t * k))", { a, k, t in a / 100 * exp(-k * t) }),
    ("y = a * exp(k * t / 2)", { a, k, t in a * exp(k * t / 2) }),
    ("y = a * exp(-k * t) + exp(-2 * k * t)", { a, k, t in a * exp(-k * t) + exp(-2 * k * t) }),
    (
      "y = exp(-k * (t - 3)) * exp(-k * t^2 / a)",
      { a, k, t in exp(-k * (t - 3)) * exp(-k * t * t / a) }
    ),
    ("y = exp(-k * t)", { _, k, t in exp(-k * t) }),
    ("y = a - exp(-k * tad)", { a, k, t in a - exp(-k * t) }),
  ]

  /// Ascending, repeated, from 0, uneven, of both signs, out of order, and so many that there are
  /// no chains.
  static let times: [[Double]] = [
    [0.5, 1, 1.5, 2, 3, 4, 5.5], [0, 0, 1, 1, 1, 2], [0.1, 0.37, 1.91, 7.77], [-2, -1, 0, 1, 2],
    [-3, -1.5, 0],
    [3, 1, 2, 0.5], [2], [], many,
  ]

  private static let many: [Double] = (0..<300).map { i in
    let jitter = Double(i * i % 7) * 0.001
    return Double(i) * 0.0137 + jitter
  }

  @Test("predictions by chains of powers are those of the formula", arguments: texts.indices)
  func formulas(place: Int) throws {
    let (text, formula) = Self.texts[place]
    for times in Self.times {
      for (a, k) in [(3.0, 0.3), (0.7, 1.9), (5, 0)] {
        let values = try predictions(text, [("a", a), ("k", k)], times: times)
        #expect(values.count == times.count)
        for (value, time) in zip(values, times) {
          let expected = formula(a, k, time)
          #expect(abs(value - expected) <= 1e-13 * max(abs(expected), a), "\(text) at \(time)")
        }
      }
    }
  }

  @Test("a rate that is no number makes predictions that are none")
  func domain() throws {
    for k in [Double.nan, .infinity] {
      let values = try predictions("y = a * exp(-k * t)", [("a", 3), ("k", k)], times: [1, 2])
      #expect(values.allSatisfy { $0.isNaN })
    }
  }
}
