import Estimation
import NumericKernels
import PopulationModel
import Testing

/// EM in closed form, without any integration: y_ij = φ_i + ε_ij, j = 1…m, where φ_i follows a
/// mixture of normals in one dimension. Everything that a fit estimates is there, and half of it is
/// hidden by ε as in a real one.
struct InterceptMixture: Sendable, CustomTestStringConvertible {
  let name: String
  let model: MixtureModel
  let truth: PopulationParameters
  let replicates: Int
  /// ȳ_i and Σ_j (y_ij − ȳ_i)²
  let subjects: [(mean: Double, squares: Double)]

  var testDescription: String { name }

  init(
    _ name: String, weights: [Double], means: [Double], sds: [Double], sigma: Double,
    subjectCount: Int, replicates: Int, sharing: CovarianceSharing = .perComponent, seed: UInt64 = 1
  ) {
    self.name = name
    self.replicates = replicates
    model = testModel(
      Decline(), [("k", .normal, .mixture)], .additive, components: weights.count,
      sharing: sharing)
    truth = PopulationParameters(
      weights: weights, means: means.map { [$0] }, covariances: diagonals(sds.map { [$0 * $0] }),
      residualVariance: sigma * sigma)
    subjects = (0..<subjectCount).map { i in
      let address = RandomAddress(key: seed, purpose: .simulatedEffects, subject: i)
      let u = address.uniform(sample: 0, dimension: 2)
      var k = 0
      var total = weights[0]
      while u > total && k < weights.count - 1 {
        k += 1
        total += weights[k]
      }
      let phi = means[k] + sds[k] * address.normal(sample: 0, dimension: 0)
      let y = (1...replicates).map { phi + sigma * address.normal(sample: $0, dimension: 0) }
      let mean = y.reduce(0, +) / Double(replicates)
      return (mean, y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
    }
  }

  /// log L and the next iterate of EM.
  func step(at parameters: PopulationParameters)
    -> (logLikelihood: Double, image: PopulationParameters)
  {
    let components = 0..<model.componentCount
    let m = Double(replicates)
    let noise = parameters.sigma2
    let means = components.map { parameters.means[$0][0] }
    let variances = components.map { parameters.covariances[$0][0, 0] }
    let constants = components.map { k in
      log(parameters.weights[k]) - 0.5 * log(2 * Double.pi * (variances[k] + noise / m))
        - 0.5 * (m - 1) * log(2 * Double.pi * noise) - 0.5 * log(m)
    }
    var logLikelihood = 0.0
    var membership = [Double](repeating: 0, count: components.count)
    var first = membership
    var second = membership
    var terms = membership
    var squares = 0.0
    for subject in subjects {
      var largest = -Double.infinity
      for k in components {
        let difference = subject.mean - means[k]
        terms[k] =
          constants[k]
          - 0.5 * (difference * difference / (variances[k] + noise / m) + subject.squares / noise)
        largest = max(largest, terms[k])
      }
      var sum = 0.0
      for k in components {
        terms[k] = exp(terms[k] - largest)
        sum += terms[k]
      }
      logLikelihood += largest + log(sum)
      for k in components {
        let tau = terms[k] / sum
        let gain = variances[k] / (variances[k] + noise / m)
        let shift = gain * (subject.mean - means[k])
        let left = gain * noise / m
        membership[k] += tau
        first[k] += tau * shift
        second[k] += tau * (shift * shift + left)
        let residual = subject.mean - means[k] - shift
        squares += tau * (subject.squares + m * (residual * residual + left))
      }
    }
    let n = Double(subjects.count)
    var image = parameters
    var pooled = 0.0
    for k in components {
      let shift = first[k] / membership[k]
      image.weights[k] = membership[k] / n
      image.means[k][0] += shift
      image.covariances[k][0, 0] = second[k] / membership[k] - shift * shift
      pooled += image.weights[k] * image.covariances[k][0, 0]
    }
    if model.covarianceSharing == .equal {
      for k in components { image.covariances[k][0, 0] = pooled }
    }
    image.residualVariance = squares / (n * m)
    return (logLikelihood, image)
  }

  /// A start somewhere among the data.
  func randomStart(_ number: Int) -> PopulationParameters {
    let address = RandomAddress(
      key: 17, purpose: .simulatedEffects, iteration: 1, subject: number)
    let spread = subjects.map(\.mean).max()! - subjects.map(\.mean).min()!
    let k = model.componentCount
    var start = truth
    var total = 0.0
    for c in 0..<k {
      let chosen = Int(address.uniform(sample: c, dimension: 0) * Double(subjects.count))
      start.means[c][0] = subjects[chosen].mean
      start.weights[c] = 0.1 + address.uniform(sample: c, dimension: 1)
      total += start.weights[c]
      let shared = model.covarianceSharing == .equal ? 0 : c
      start.covariances[c][0, 0] =
        spread * spread * exp(-4 + address.normal(sample: shared, dimension: 2))
    }
    for c in 0..<k { start.weights[c] /= total }
    start.residualVariance! *= exp(0.7 * address.normal(sample: 0, dimension: 4))
    return start
  }

  static let all = [apart, overlapping, spreads, three, equalSpread, population]

  static let apart = InterceptMixture(
    "far apart", weights: [0.6, 0.4], means: [0, 4], sds: [1, 1], sigma: 0.5, subjectCount: 200,
    replicates: 5)
  static let overlapping = InterceptMixture(
    "overlapping", weights: [0.7, 0.3], means: [0, 2.5], sds: [1, 0.7], sigma: 0.8,
    subjectCount: 200, replicates: 5)
  static let spreads = InterceptMixture(
    "different spreads", weights: [0.5, 0.5], means: [0, 0.5], sds: [1, 3], sigma: 0.5,
    subjectCount: 200, replicates: 5)
  static let three = InterceptMixture(
    "three components", weights: [0.3, 0.4, 0.3], means: [0, 2.5, 6], sds: [0.7, 0.7, 1],
    sigma: 0.7, subjectCount: 300, replicates: 5)
  static let equalSpread = InterceptMixture(
    "equal spread", weights: [0.7, 0.3], means: [0, 2.5], sds: [0.8, 0.8], sigma: 0.8,
    subjectCount: 200, replicates: 4, sharing: .equal)
  static let population = InterceptMixture(
    "like the published example", weights: [0.8, 0.2], means: [0.3, 0.6], sds: [0.06, 0.06],
    sigma: 0.05, subjectCount: 100, replicates: 5)
}
