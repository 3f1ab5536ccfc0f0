import NumericKernels
import PopulationModel

/// The observed information from differences of the total score.
struct ScoreDifferences {
  /// The estimates with one free parameter moved, in the order of the free parameters.
  let points: [PopulationParameters]
  private let steps: [Double]

  /// A step in standard deviations of the random effects, relative for variances: small beside a standard error, large beside
  /// rounding.
  private static let relativeStep = 1e-4

  init(_ free: FreeParameters, at estimates: PopulationParameters) {
    var points: [PopulationParameters] = []
    var steps: [Double] = []
    for parameter in free.list {
      let value = free.value(parameter, in: estimates)
      let step: Double
      switch parameter {
      case .mean(let effect, let component):
        step =
          Self.relativeStep
          * estimates.covariances[component ?? 0][effect, effect].squareRoot()
      case .covariance(let row, let column, let component):
        let omega = estimates.covariances[component ?? 0]
        step = Self.relativeStep * (omega[row, row] * omega[column, column]).squareRoot()
      case .weight(let k):
        let last = estimates.weights[estimates.componentCount - 1]
        step = Self.relativeStep * min(estimates.weights[k], last)
      case .residualVariance: step = Self.relativeStep * value
      }
      var moved = estimates
      free.set(parameter, to: value + step, in: &moved)
      // A covariance at the edge of what is possible moves inwards.
      var sign = 1.0
      if moved.covariances.contains(where: { CholeskyFactor($0) == nil }) {
        sign = -1
        moved = estimates
        free.set(parameter, to: value - step, in: &moved)
      }
      points.append(moved)
      steps.append(sign * step)
    }
    self.points = points
    self.steps = steps
  }

  /// The inverse of the observed information.
  /// - Parameters:
  ///   - sums: the total scores at the points, one after another.
  ///   - gradient: the total score at the estimates.
  /// - Returns: `nil` if the information is not positive definite.
  func inverseInformation(sums: ArraySlice<Double>, gradient: [Double]) -> SymmetricMatrix? {
    let q = gradient.count
    guard q > 0 else { return nil }
    func slope(_ a: Int, _ b: Int) -> Double {
      (gradient[a] - sums[sums.startIndex + b * q + a]) / steps[b]
    }
    var information = SymmetricMatrix(dimension: q)
    for a in 0..<q {
      for b in 0...a { information[a, b] = 0.5 * (slope(a, b) + slope(b, a)) }
    }
    guard information.elements.allSatisfy(\.isFinite) else { return nil }
    return DenseAlgebra.inverse(ofPositiveDefinite: information)
  }
}
