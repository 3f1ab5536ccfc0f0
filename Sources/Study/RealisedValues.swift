import NumericKernels
package import PopulationModel

extension SimulatedTrial {
  /// What someone finds in a simulated sample who sees each subject's random effects and component:
  /// means, covariances (divisor n) and shares, pooled where the model pools. A component without
  /// subjects has NaN, and so has one of less than ten subjects for its covariances, which may be
  /// next to nothing by chance; and σ², which belongs to no subject.
  package func realisedValues(_ draw: Draw) -> PopulationParameters {
    let phi = draw.truth.map { truth in
      zip(model.effects, truth.parameters).map { $0.distribution.normalScale($1) }
    }
    let components = draw.truth.map(\.component)
    let everyone = moments(phi, of: Array(phi.indices), centres: nil)
    var weights: [Double] = []
    var means: [[Double]] = []
    var covariances: [SymmetricMatrix] = []
    for k in parameters.weights.indices {
      let members = components.indices.filter { components[$0] == k }
      weights.append(Double(members.count) / Double(phi.count))
      let own = moments(phi, of: members, centres: nil)
      means.append(
        model.effects.indices.map {
          model.effects[$0].membership == .shared ? everyone.mean[$0] : own.mean[$0]
        })
      covariances.append(
        members.count >= Self.leastSubjects
          ? own.covariance
          : SymmetricMatrix(
            dimension: model.effectCount,
            elements: own.covariance.elements.map { _ in .nan }))
    }
    let pooled = moments(phi, of: Array(phi.indices), centres: components.map { means[$0] })
    for k in parameters.weights.indices {
      for i in model.effects.indices {
        for j in 0...i {
          let isShared = model.effects[i].membership == .shared
          covariances[k][i, j] =
            !model.isInBlock(i, j)
            ? 0
            : isShared
              ? everyone.covariance[i, j]
              : model.covarianceSharing == .equal
                ? pooled.covariance[i, j] : covariances[k][i, j]
        }
      }
    }
    return PopulationParameters(
      weights: weights, means: means, covariances: covariances, residualVariance: .nan)
  }

  /// For a covariance to compare with.
  private static let leastSubjects = 10

  /// - Parameter centres: of each subject; the mean where left out.
  private func moments(_ phi: [[Double]], of members: [Int], centres: [[Double]]?) -> (
    mean: [Double], covariance: SymmetricMatrix
  ) {
    let n = Double(members.count)
    let p = model.effectCount
    let mean = (0..<p).map { j in members.reduce(0) { $0 + phi[$1][j] } / n }
    var covariance = SymmetricMatrix(dimension: p)
    for i in 0..<p {
      for j in 0...i {
        covariance[i, j] =
          members.reduce(0) { sum, s in
            let centre = centres?[s] ?? mean
            return sum + (phi[s][i] - centre[i]) * (phi[s][j] - centre[j])
          } / n
      }
    }
    return (mean, covariance)
  }
}
