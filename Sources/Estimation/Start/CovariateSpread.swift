package import PopulationData
package import PopulationModel

/// How far covariates vary between subjects, which gives the size of their coefficients.
package struct CovariateSpread: Sendable {
  /// Standard deviation of what counts of a covariate, by its place among the model's covariate
  /// effects; 0 where it does not vary.
  let means: [Double]
  /// The same of the covariates of the weights.
  let weights: [Double]

  /// Of the subjects' first values.
  package init(_ subjects: [Subject], model: MixtureModel) {
    func deviation(_ column: Int, _ transform: CovariateTransform) -> Double {
      let values = subjects.compactMap { subject -> Double? in
        guard let row = subject.covariates.first, row.indices.contains(column) else { return nil }
        let value = transform.value(row[column])
        return value.isFinite ? value : nil
      }
      guard values.count > 1 else { return 0 }
      let mean = values.reduce(0, +) / Double(values.count)
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return square.squareRoot()
    }
    means = model.covariateEffects.map { deviation($0.column, $0.transform) }
    weights = model.weightCovariates.map { deviation($0.column, $0.transform) }
  }
}
