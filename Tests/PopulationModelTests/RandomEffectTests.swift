import Foundation
import PopulationModel
import Testing

@Suite("Random effects")
struct RandomEffectTests {
  @Test("transforms to the normal scale and back are inverse, with the derivative between")
  func transforms() {
    for phi in [-2.5, -0.1, 0, 0.7, 3] {
      #expect(EffectDistribution.normal.natural(phi) == phi)
      #expect(EffectDistribution.normal.normalScale(phi) == phi)
      #expect(EffectDistribution.normal.derivative(phi) == 1)
      let theta = EffectDistribution.lognormal.natural(phi)
      #expect(abs(theta - Foundation.exp(phi)) <= 2 * theta.ulp)
      #expect(abs(EffectDistribution.lognormal.normalScale(theta) - phi) < 1e-15 * 4)
      #expect(EffectDistribution.lognormal.derivative(phi) == theta)
    }
    #expect(EffectDistribution.lognormal.normalScale(0) == -.infinity)
    #expect(EffectDistribution.lognormal.normalScale(-1).isNaN)
  }
}
