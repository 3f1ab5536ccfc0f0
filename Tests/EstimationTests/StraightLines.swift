import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels

/// y = b0 + b1·x with normal effects and additive error, whose likelihood has a closed form: Y_i ~
/// N(Zβ, ZΩZᵀ + σ²I).
struct StraightLines {
  let dataset: Dataset
  let model: MixtureModel
  private let x: [[Double]]
  private let y: [[Double]]

  init(intercept: Double, slope: Double, sds: [Double], sigma: Double, count: Int, seed: UInt64)
    throws
  {
    var x: [[Double]] = []
    var y: [[Double]] = []
    for i in 0..<count {
      let address = RandomAddress(key: seed, purpose: .simulatedEffects, subject: i)
      let own = [intercept, slope].indices.map { j in
        [intercept, slope][j] + sds[j] * address.normal(sample: 0, dimension: j)
      }
      let times = (0..<6).map { Double($0) }
      x.append(times)
      y.append(
        times.enumerated().map { j, t in
          own[0] + own[1] * t + sigma * address.normal(sample: 1, dimension: j)
        })
    }
    (self.x, self.y) = (x, y)
    dataset = Dataset(
      name: "lines",
      subjects: x.indices.map { i in
        var subject = Subject(
          id: "\(i + 1)", index: i,
          occasions: [
            Occasion(
              doses: [],
              observations: x[i].indices.map { j in
                Observation(time: x[i][j], value: y[i][j], precedingDoses: 0, covariates: j)
              })
          ])
        subject.covariates = x[i].map { [$0] }
        return subject
      })
    let structural = try EquationModel(
      "y = b0 + b1*X", parameters: ["b0", "b1"], covariates: ["X"])
    model = testModel(
      structural, [("b0", .normal, .shared), ("b1", .normal, .shared)], .additive, components: 1,
      form: .full)
  }

  /// The maximum of log L, by EM in closed form until it does not rise any more.
  func maximum() -> Double {
    var beta = [0.0, 0.0]
    var omega = [100.0, 0, 100]
    var variance = 100.0
    var last = -Double.infinity
    for _ in 0..<200_000 {
      var sumBeta = [0.0, 0.0]
      var moments: [(mean: [Double], covariance: [Double])] = []
      var logLikelihood = 0.0
      // The precision of the effects, by the 2 × 2 inverse.
      let determinant = omega[0] * omega[2] - omega[1] * omega[1]
      let prior = [omega[2] / determinant, -omega[1] / determinant, omega[0] / determinant]
      for i in x.indices {
        let n = Double(x[i].count)
        let sx = x[i].reduce(0, +)
        let sxx = x[i].reduce(0) { $0 + $1 * $1 }
        let residual = zip(x[i], y[i]).map { $1 - beta[0] - beta[1] * $0 }
        let r0 = residual.reduce(0, +) / variance
        let r1 = zip(residual, x[i]).reduce(0) { $0 + $1.0 * $1.1 } / variance
        let a = [prior[0] + n / variance, prior[1] + sx / variance, prior[2] + sxx / variance]
        let d = a[0] * a[2] - a[1] * a[1]
        let covariance = [a[2] / d, -a[1] / d, a[0] / d]
        let b = [covariance[0] * r0 + covariance[1] * r1, covariance[1] * r0 + covariance[2] * r1]
        let squares = residual.reduce(0) { $0 + $1 * $1 } / variance
        logLikelihood -=
          0.5
          * (n * Foundation.log(2 * .pi * variance) + Foundation.log(determinant * d) + squares
            - r0 * b[0] - r1 * b[1])
        moments.append((b, covariance))
        sumBeta[0] += b[0]
        sumBeta[1] += b[1]
      }
      if logLikelihood - last < 1e-11 { return logLikelihood }
      last = logLikelihood
      let count = Double(x.count)
      let shift = sumBeta.map { $0 / count }
      var squares = 0.0
      var total = 0.0
      var next = [0.0, 0, 0]
      for i in x.indices {
        let (b, c) = moments[i]
        next[0] += (b[0] - shift[0]) * (b[0] - shift[0]) + c[0]
        next[1] += (b[0] - shift[0]) * (b[1] - shift[1]) + c[1]
        next[2] += (b[1] - shift[1]) * (b[1] - shift[1]) + c[2]
        for (t, value) in zip(x[i], y[i]) {
          let e = value - beta[0] - beta[1] * t - b[0] - b[1] * t
          squares += e * e + c[0] + 2 * c[1] * t + c[2] * t * t
          total += 1
        }
      }
      beta = [beta[0] + shift[0], beta[1] + shift[1]]
      omega = next.map { $0 / count }
      variance = squares / total
    }
    return last
  }
}
