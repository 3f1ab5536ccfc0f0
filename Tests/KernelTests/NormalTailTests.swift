import KernelInterface
import NumericKernels
import Testing

/// Against mpmath with 80 digits.
@Suite("Tails and intervals of the normal distribution")
struct NormalTailTests {
  /// u, log Φ(u), φ(u)/Φ(u)
  static let tails: [(u: Double, logarithm: Double, ratio: Double)] = [
    (-1000, -500007.82669481218, 1000.000999998),
    (-60, -1805.0135606805671, 60.016657420241125),
    (-37.5, -707.66898931750719, 37.526628874883654),
    (-36.5, -670.6420000003137, 36.527356284475012),
    (-5, -15.064998393988726, 5.1865039671258421),
    (0, -0.69314718055994531, 0.79788456080286536),
    (3, -0.0013508099647481938, 0.0044378390421256638),
    (9, -1.1285884059538406e-19, 1.0279773571668915e-18),
    (35, 0.0, 3.9403962771360243e-267),
  ]

  /// a, b, log P, (φ(b) − φ(a))/P, (bφ(b) − aφ(a))/P with P = Φ(b) − Φ(a)
  static let intervals:
    [(a: Double, b: Double, logarithm: Double, density: Double, moment: Double)] =
      [
        (-1, 2, -0.20016629432446258, -0.22963717909132897, 0.42750422676744297),
        (-4, -3.9, -11.01669977233546, 3.94671795035341, -14.57740918035033),
        (-50, -40, -804.60844201375379, 40.024968847207264, -1600.9987538882905),
        (-40.5, -40.25, -814.64595593066264, 40.274803878709929, -1621.0604398899051),
        (-1e+100, -45, -1017.2260942419524, 45.022200328343595, -2025.9990147754618),
        (40, 50, -804.60844201375379, -40.024968847207264, -1600.9987538882905),
        (60, 60.5, -1805.0135606805672, -60.016657420241084, -3600.9994452144626),
        (-1e+100, 1e+100, 0.0, 0.0, 0.0),
        (-5, 1e+100, -2.8665161296376359e-7, -1.4867199409049057e-6, 7.4335997045245286e-6),
        (37.2, 1e+100, -696.45596862053315, -37.226843009149918, -1384.8385599403771),
        (-38, -37.5, -707.66898932377257, 37.526628871753153, -1407.2485825716187),
      ]

  private func isNear(_ x: Double, _ y: Double) -> Bool {
    abs(x - y) <= 1e-11 * abs(y) + 1e-280
  }

  @Test("half lines have their logarithm and the ratio of density and probability in both tails")
  func halfLines() {
    for row in Self.tails {
      var u = Lanes.all(row.u)
      var (logarithm, ratio) = (Lanes.all(0), Lanes.all(0))
      normalTails(&u, count: 1, logarithms: &logarithm, ratios: &ratio)
      #expect(abs(logarithm[0] - row.logarithm) <= 1e-11 * abs(row.logarithm) + 1e-15, "\(row.u)")
      #expect(isNear(ratio[3], row.ratio), "\(row.u)")
    }
  }

  @Test("intervals have a logarithm however far they are from 0, and lanes do not mix")
  func intervals() {
    for row in Self.intervals {
      var (a, b) = (Lanes.all(-1), Lanes.all(2))
      (a[2], b[2]) = (row.a, row.b)
      var (logarithm, density, moment) = (Lanes.all(0), Lanes.all(0), Lanes.all(0))
      normalIntervals(
        &a, &b, count: 1, logarithms: &logarithm, densities: &density, moments: &moment)
      #expect(
        abs(logarithm[2] - row.logarithm) <= 1e-11 * abs(row.logarithm) + 1e-15, "\(row.a) \(row.b)"
      )
      #expect(isNear(density[2], row.density), "\(row.a) \(row.b): \(density[2])")
      #expect(isNear(moment[2], row.moment), "\(row.a) \(row.b): \(moment[2])")
      #expect(abs(logarithm[1] - Self.intervals[0].logarithm) < 1e-14)
    }
  }
}
