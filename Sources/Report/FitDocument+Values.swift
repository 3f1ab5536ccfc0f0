import NumericKernels
package import PopulationModel

extension FitDocument.Values {
  /// The values as the model has them.
  package var parameters: PopulationParameters {
    PopulationParameters(
      weights: weights, means: means,
      covariances: covariances.map { rows in
        SymmetricMatrix(
          dimension: rows.count, elements: rows.enumerated().flatMap { $1.prefix($0 + 1) })
      }, residualVariance: direct == nil ? sigma2 : nil, direct: direct, coefficients: coefficients,
      weightCoefficients: weightCoefficients)
  }
}

extension FitDocument.DataSet {
  /// Whether the fit ended as it should.
  package var isRegular: Bool {
    ["completed", "converged", "flat", "at boundary"].contains(status)
  }
}

extension FitDocument.Parameter {
  /// The name without the number of the component.
  package var base: String {
    component.map { String(name.dropLast(".\($0)".count)) } ?? name
  }
}
