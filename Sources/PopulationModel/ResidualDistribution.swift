public import NumericKernels

/// How the observations of one output are spread about their predictions, for given parameter
/// values.
public struct ResidualDistribution: Sendable {
  public let error: ResidualErrorModel
  /// Its parameters in the order of `ResidualErrorModel.parameters`.
  private let first: Double
  private let second: Double

  /// v, the variance of an observation, or that of its logarithm for a lognormal one.
  public func variance(at f: Double) -> Double {
    error.variance(at: f, first: first, second: second)
  }

  /// The standard deviation of an observation about its prediction; of a lognormal one by its
  /// logarithm's, for small ones.
  public func deviation(at f: Double) -> Double {
    let deviation = variance(at: f).squareRoot()
    return error.isOfLogarithm ? deviation * abs(f) : deviation
  }

  /// (Y − f)/√v, or (log Y − log f)/√v.
  public func standardized(_ y: Double, at f: Double) -> Double {
    let difference = error.isOfLogarithm ? log(y / f) : y - f
    return difference / variance(at: f).squareRoot()
  }

  /// The same of eight observations at once, of an error of which σ² is a factor.
  public func standardized(_ y: Lanes, at f: Lanes) -> Lanes {
    precondition(error.isFactored, "sigma2 is a factor of the variance")
    let variance = error.dependsOnPrediction ? first * f * f : Lanes.all(first)
    return (y - f) / variance.squareRoot()
  }

  /// An observation from a standard normal variable.
  public func draw(at f: Double, _ z: Double) -> Double {
    error.draw(at: f, z, first: first, second: second)
  }

  init(error: ResidualErrorModel, first: Double, second: Double) {
    self.error = error
    self.first = first
    self.second = second
  }
}

extension MixtureModel {
  /// How observations of an output, by its place, are spread in a component.
  public func residualDistribution(
    of output: Int, component k: Int, _ parameters: PopulationParameters
  ) -> ResidualDistribution {
    let error = outputs[output].error
    guard !isFactored else {
      return ResidualDistribution(error: error, first: parameters.sigma2, second: 0)
    }
    let values = parameters.direct[k]
    let place = firstDirect[output]
    return ResidualDistribution(
      error: error, first: values[place],
      second: error.parameters.count > 1 ? values[place + 1] : 0)
  }

  /// θ of a subject, in natural units and the structural model's order.
  /// - Parameters:
  ///   - phi: its random effects, on the scale where they are normal.
  ///   - k: its component, which structural parameters without random effects may depend on.
  public func structuralParameters(
    _ phi: [Double], component k: Int, _ parameters: PopulationParameters
  ) -> [Double] {
    var theta = [Double](repeating: .nan, count: structural.parameterNames.count)
    for (j, effect) in effects.enumerated() {
      theta[structuralPlace[j]] = effect.distribution.natural(phi[j])
    }
    for (a, parameter) in direct.enumerated() {
      if case .structural(let place, let distribution) = parameter.kind {
        theta[place] = distribution.natural(parameters.direct[k][a])
      }
    }
    return theta
  }

  /// μ_ik of a subject.
  /// - Parameter covariates: its first values of the data set's covariates.
  public func priorMean(
    _ k: Int, covariates: [Double], _ parameters: PopulationParameters
  ) -> [Double] {
    var mean = parameters.means[k]
    for (c, effect) in covariateEffects.enumerated() {
      mean[effect.effect] +=
        parameters.coefficients[k][c] * effect.transform.value(covariates[effect.column])
    }
    return mean
  }

  /// w_ik of a subject.
  public func priorWeights(covariates: [Double], _ parameters: PopulationParameters) -> [Double] {
    guard !weightCovariates.isEmpty else { return parameters.weights }
    let sizes = parameters.weights.indices.map { k in
      parameters.weights[k]
        * exp(
          weightCovariates.enumerated().reduce(0) { sum, own in
            sum + parameters.weightCoefficients[k][own.offset]
              * own.element.transform.value(covariates[own.element.column])
          })
    }
    let total = sizes.reduce(0, +)
    return sizes.map { $0 / total }
  }
}
