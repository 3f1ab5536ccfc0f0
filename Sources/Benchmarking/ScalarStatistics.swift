import NumericKernels
import PopulationModel

/// The population parameters of the published example's model, as plain numbers.
struct ScalarParameters {
  struct Component {
    var weight: Double
    var rateMean: Double
    var rateVariance: Double
  }

  var components: [Component]
  var volumeMean: Double
  var volumeVariance: Double
  var residualVariance: Double

  /// - Parameter population: its effects are V and k, in this order.
  init(_ population: PopulationParameters) {
    components = population.weights.indices.map {
      Component(
        weight: population.weights[$0], rateMean: population.means[$0][1],
        rateVariance: population.covariances[$0][1, 1])
    }
    volumeMean = population.means[0][0]
    volumeVariance = population.covariances[0][0, 0]
    residualVariance = population.sigma2
  }

  var population: PopulationParameters {
    PopulationParameters(
      weights: components.map(\.weight), means: components.map { [volumeMean, $0.rateMean] },
      covariances: components.map {
        SymmetricMatrix(diagonal: [volumeVariance, $0.rateVariance])
      },
      residualVariance: residualVariance)
  }

  /// The M-step (7)–(10). The sums are about the present means, to which the moments' distances are
  /// small.
  mutating func maximize(_ sums: ScalarSums, subjectCount: Int, observationCount: Int) {
    let n = Double(subjectCount)
    for (k, sum) in sums.components.enumerated() {
      let shift = sum.rate / sum.membership
      components[k].weight = sum.membership / n
      components[k].rateMean += shift
      components[k].rateVariance = sum.rateSquare / sum.membership - shift * shift
    }
    let shift = sums.volume / n
    volumeMean += shift
    volumeVariance = sums.volumeSquare / n - shift * shift
    residualVariance = sums.squares / Double(observationCount)
  }
}

/// The sums of (7)–(10) over the subjects, about the means of the iteration.
struct ScalarSums {
  struct Component {
    var membership = 0.0
    var rate = 0.0
    var rateSquare = 0.0
  }

  var components: [Component]
  var volume = 0.0
  var volumeSquare = 0.0
  /// Σ (y − h)²/h²
  var squares = 0.0
  var logLikelihood = 0.0

  init(componentCount: Int) {
    components = [Component](repeating: Component(), count: componentCount)
  }

  mutating func add(
    _ integral: ComponentIntegral, component k: Int, membership: Double, volumeCentre: Double,
    rateCentre: Double
  ) {
    guard membership > 0 else { return }
    let volumeDistance = integral.volume - volumeCentre
    let rateDistance = integral.rate - rateCentre
    components[k].membership += membership
    components[k].rate += membership * rateDistance
    components[k].rateSquare += membership * (integral.covariance11 + rateDistance * rateDistance)
    volume += membership * volumeDistance
    volumeSquare += membership * (integral.covariance00 + volumeDistance * volumeDistance)
    squares += membership * integral.squares
  }
}

/// The integral of a subject's likelihood in one component, and the moments of its conditional
/// distribution there.
struct ComponentIntegral {
  /// log of weight times integral; −∞ if all samples are outside the model's domain.
  var logValue = -Double.infinity
  var volume = 0.0
  var rate = 0.0
  var covariance00 = 0.0
  var covariance10 = 0.0
  var covariance11 = 0.0
  /// E Σ (y − h)²/h²
  var squares = 0.0
}

/// A bivariate normal density of (V, k), by its mean and the Cholesky factor of its covariance.
struct ScalarEnvelope {
  var volume: Double
  var rate: Double
  var factor00: Double
  var factor10: Double
  var factor11: Double

  /// - Returns: `nil` if the covariance is not positive definite.
  init?(
    volume: Double, rate: Double, covariance00: Double, covariance10: Double, covariance11: Double
  ) {
    guard covariance00 > 0 else { return nil }
    factor00 = covariance00.squareRoot()
    factor10 = covariance10 / factor00
    let remainder = covariance11 - factor10 * factor10
    guard remainder > 0, remainder.isFinite else { return nil }
    factor11 = remainder.squareRoot()
    self.volume = volume
    self.rate = rate
  }

  /// Takes the conditional mean and covariance; stays where it is if they are no density.
  mutating func follow(_ integral: ComponentIntegral) {
    let next = ScalarEnvelope(
      volume: integral.volume, rate: integral.rate, covariance00: integral.covariance00,
      covariance10: integral.covariance10, covariance11: integral.covariance11)
    if let next { self = next }
  }
}
