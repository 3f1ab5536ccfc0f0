import NumericKernels
import PopulationModel

/// K components from one population: the subjects' conditional means of the mixture's effects fall
/// into clusters.
struct ComponentSplit {
  let model: MixtureModel
  /// A fit with one component and independent effects.
  let population: FitResult

  /// The parameters of one population as those of each component.
  private func expanded(_ one: PopulationParameters) -> PopulationParameters {
    let components = 0..<model.componentCount
    return PopulationParameters(
      weights: components.map { _ in 1 / Double(components.count) },
      means: components.map { _ in one.means[0] },
      covariances: components.map { _ in one.covariances[0] },
      residualVariance: one.residualVariance, direct: components.map { _ in one.direct[0] },
      coefficients: components.map { _ in one.coefficients[0] },
      weightCoefficients: components.map { _ in model.weightCovariates.map { _ in 0 } })
  }

  /// One for each way to divide the subjects, the one with the least distances first.
  func starts() -> [PopulationParameters] {
    let effects = model.mixtureEffects
    let points = population.posteriors.map { posterior in effects.map { posterior.mean(0)[$0] } }
    return KMeans(points: points, clusterCount: model.componentCount).all().map {
      start(points, $0)
    }
  }

  private func start(_ points: [[Double]], _ clusters: KMeans.Clusters) -> PopulationParameters {
    let effects = model.mixtureEffects
    var result = expanded(population.estimates)
    let n = Double(points.count)
    // A cluster has a say however small it is, so that EM can let it grow.
    let floor = 0.1 / Double(model.componentCount)
    var weights = clusters.centres.indices.map { k in
      max(floor, Double(clusters.assignment.count { $0 == k }) / n)
    }
    let total = weights.reduce(0, +)
    for k in weights.indices { weights[k] /= total }
    result.weights = weights
    for (k, centre) in clusters.centres.enumerated() {
      for (place, effect) in effects.enumerated() {
        result.means[k][effect] = centre[place]
        let members = clusters.assignment.indices.filter { clusters.assignment[$0] == k }
        let overall = population.estimates.covariances[0][effect, effect]
        var spread = 0.0
        for i in members {
          let distance = points[i][place] - centre[place]
          spread += distance * distance + population.posteriors[i].covariance(0)[effect, effect]
        }
        let within = members.isEmpty ? overall : spread / Double(members.count)
        result.covariances[k][effect, effect] = min(max(within, 0.02 * overall), overall)
      }
    }
    if model.covarianceSharing == .equal {
      for effect in effects {
        let pooled = weights.indices.reduce(0) {
          $0 + weights[$1] * result.covariances[$1][effect, effect]
        }
        for k in weights.indices { result.covariances[k][effect, effect] = pooled }
      }
    }
    return result.permuted(result.stableOrder(mixtureEffects: effects))
  }
}
