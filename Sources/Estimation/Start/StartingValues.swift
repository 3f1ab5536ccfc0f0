import NumericKernels
package import PopulationModel

/// Starting values as far as the user gave them.
package struct StartingValues: Sendable, Equatable {
  package var weights: [Double]?
  /// `means[k][j]` on the scale where effect j is normal; `nil` where not given.
  package var means: [[Double?]]
  /// `variances[k][j]`, likewise.
  package var variances: [[Double?]]
  /// Correlations of pairs i > j of effects in component k; 0 where not given.
  package var correlations: [(component: Int, row: Int, column: Int, value: Double)] = []
  /// σ²; a model with direct parameters has none.
  package var residualVariance: Double?
  /// `direct[k][a]`, of the direct parameters; structural ones on the scale on which they are
  /// estimated.
  package var direct: [[Double?]]
  /// `coefficients[k][c]` and `weightCoefficients[k][c]`; 0 where not given.
  package var coefficients: [[Double]]
  package var weightCoefficients: [[Double]]

  /// Nothing is given.
  package init(_ model: MixtureModel) {
    self.init(componentCount: model.componentCount, effectCount: model.effectCount)
    let components = 0..<model.componentCount
    direct = components.map { _ in model.direct.map { _ in nil } }
    coefficients = components.map { _ in model.covariateEffects.map { _ in 0 } }
    weightCoefficients = components.map { _ in model.weightCovariates.map { _ in 0 } }
    for j in model.tiedVariances.joined() { for k in components { means[k][j] = 0 } }
  }

  package init(componentCount: Int, effectCount: Int) {
    direct = [[Double?]](repeating: [], count: componentCount)
    coefficients = [[Double]](repeating: [], count: componentCount)
    weightCoefficients = coefficients
    let none = [[Double?]](
      repeating: [Double?](repeating: nil, count: effectCount), count: componentCount)
    means = none
    variances = none
  }

  package static func == (a: StartingValues, b: StartingValues) -> Bool {
    a.weights == b.weights && a.means == b.means && a.variances == b.variances
      && a.residualVariance == b.residualVariance && a.direct == b.direct
      && a.coefficients == b.coefficients && a.weightCoefficients == b.weightCoefficients
      && a.correlations.elementsEqual(b.correlations, by: ==)
  }

  /// Whether nothing is left to be found from the data.
  package var isComplete: Bool {
    (weights != nil || means.count == 1)
      && (residualVariance != nil || !direct.joined().isEmpty)
      && !means.joined().contains(nil) && !variances.joined().contains(nil)
      && !direct.joined().contains(nil)
  }

  /// The parameters, with `found` where nothing was given.
  package func completed(with found: PopulationParameters?) -> PopulationParameters {
    let components = means.indices
    let p = means[0].count
    func filled(_ k: Int) -> SymmetricMatrix {
      var omega = SymmetricMatrix(
        diagonal: (0..<p).map { variances[k][$0] ?? found!.covariances[k][$0, $0] })
      for correlation in correlations where correlation.component == k {
        omega[correlation.row, correlation.column] =
          correlation.value
          * (omega[correlation.row, correlation.row] * omega[correlation.column, correlation.column])
          .squareRoot()
      }
      return omega
    }
    return PopulationParameters(
      weights: weights ?? (components.count == 1 ? [1] : found!.weights),
      means: components.map { k in (0..<p).map { means[k][$0] ?? found!.means[k][$0] } },
      covariances: components.map(filled),
      residualVariance: residualVariance ?? found?.residualVariance,
      direct: components.map { k in
        direct[k].indices.map { direct[k][$0] ?? found!.direct[k][$0] }
      }, coefficients: coefficients, weightCoefficients: weightCoefficients)
  }
}
