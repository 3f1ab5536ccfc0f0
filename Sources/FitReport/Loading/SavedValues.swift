import NumericKernels
import PopulationModel
import Report

extension FitDocument.Values {
  var parameters: PopulationParameters {
    PopulationParameters(
      weights: weights, means: means,
      covariances: covariances.map { rows in
        SymmetricMatrix(
          dimension: rows.count, elements: rows.enumerated().flatMap { $1.prefix($0 + 1) })
      }, residualVariance: sigma2, direct: direct, coefficients: coefficients,
      weightCoefficients: weightCoefficients)
  }
}
