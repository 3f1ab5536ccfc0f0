import NumericKernels
package import PopulationModel

import func Glibc.cos
import func Glibc.sin

/// The line of equal density about a component's mean within which a share of its subjects lies, of
/// two effects in natural units; an ellipse on the scale where they are normal.
package struct ComponentEllipse: Sendable {
  /// From 0.
  package let component: Int
  /// The share within.
  package let level: Double
  /// g(μ)
  package let centre: (x: Double, y: Double)
  /// Once around; the last point is the first one.
  package let points: [(x: Double, y: Double)]

  /// {g(μ + rLu): |u| = 1} with LLᵀ = Σ of the two effects and r² = −2 log(1 − level), the quantile
  /// of χ²(2).
  /// - Parameters:
  ///   - effects: places of the effects of x and y.
  ///   - points: on the line.
  package static func of(
    _ fit: FittedModel, effects: (x: Int, y: Int), component: Int, level: Double = 0.95,
    points: Int = 120
  ) -> ComponentEllipse {
    let sigma = fit.estimates.covariances[component]
    let mean = fit.estimates.means[component]
    let factor = SemidefiniteFactor(
      SymmetricMatrix(
        dimension: 2,
        elements: [
          sigma[effects.x, effects.x], sigma[effects.x, effects.y], sigma[effects.y, effects.y],
        ]))
    let radius = (-2 * log(1 - level)).squareRoot()
    let x = fit.model.effects[effects.x].distribution
    let y = fit.model.effects[effects.y].distribution
    let around = (0...max(points, 3)).map { i in
      let turn = i == max(points, 3) ? 0 : 2 * Double.pi * Double(i) / Double(max(points, 3))
      let a = radius * cos(turn)
      let b = radius * sin(turn)
      return (
        x: x.natural(mean[effects.x] + factor[0, 0] * a),
        y: y.natural(mean[effects.y] + factor[1, 0] * a + factor[1, 1] * b)
      )
    }
    return ComponentEllipse(
      component: component, level: level,
      centre: (x.natural(mean[effects.x]), y.natural(mean[effects.y])), points: around)
  }
}
