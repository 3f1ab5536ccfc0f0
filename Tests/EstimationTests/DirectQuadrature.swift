import Foundation
import NumericKernels
import PopulationData
import PopulationModel

/// log L of one-compartment bolus models with all kinds of residual errors, covariates and
/// distributions, by the trapezoidal rule on a fine grid: written from the formulas of the model
/// alone, one number at a time, with the functions of the C library.
struct DirectQuadrature {
  let model: MixtureModel
  let subjects: [Subject]

  /// Points in each dimension, from −7.5 to 7.5 standard deviations: the rule's error falls faster
  /// than any power once they lie as densely as the likelihood of a subject needs.
  var points = 241
  private static let reach = 7.5

  func logLikelihood(_ parameters: PopulationParameters) -> Double {
    subjects.reduce(0) { $0 + logLikelihood($1, parameters) }
  }

  private func logLikelihood(_ subject: Subject, _ parameters: PopulationParameters) -> Double {
    let x = subject.covariates.first ?? []
    var likelihood = 0.0
    var weights = parameters.weights.indices.map { k in
      parameters.weights[k]
        * Foundation.exp(
          model.weightCovariates.enumerated().reduce(0) {
            $0 + parameters.weightCoefficients[k][$1.offset]
              * transformed($1.element.transform, x[$1.element.column])
          })
    }
    let total = weights.reduce(0, +)
    weights = weights.map { $0 / total }
    for k in parameters.weights.indices {
      var mean = parameters.means[k]
      for (c, effect) in model.covariateEffects.enumerated() {
        mean[effect.effect] +=
          parameters.coefficients[k][c] * transformed(effect.transform, x[effect.column])
      }
      likelihood += weights[k] * integral(subject, mean, parameters.covariances[k], k, parameters)
    }
    return Foundation.log(likelihood)
  }

  private func transformed(_ transform: CovariateTransform, _ x: Double) -> Double {
    switch transform {
    case .centred(let c): x - c
    case .logRatio(let c): Foundation.log(x / c)
    case .category(let c): x == c ? 1 : 0
    }
  }

  private func integral(
    _ subject: Subject, _ mean: [Double], _ covariance: SymmetricMatrix, _ k: Int,
    _ parameters: PopulationParameters
  ) -> Double {
    // φ = μ + Λz with z on a grid.
    let p = mean.count
    precondition(p == 1 || p == 2)
    let step = 2 * Self.reach / Double(points - 1)
    let a = covariance[0, 0].squareRoot()
    let b = p == 2 ? covariance[1, 0] / a : 0
    let c = p == 2 ? (covariance[1, 1] - b * b).squareRoot() : 0
    func density(_ z: Double) -> Double {
      Foundation.exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    }
    var sum = 0.0
    for i in 0..<points {
      let z = -Self.reach + step * Double(i)
      if p == 1 {
        sum += step * density(z) * self.density(subject, [mean[0] + a * z], k, parameters)
        continue
      }
      for j in 0..<points {
        let y = -Self.reach + step * Double(j)
        sum +=
          step * step * density(z) * density(y)
          * self.density(
            subject, [mean[0] + a * z, mean[1] + b * z + c * y], k, parameters)
      }
    }
    return sum
  }

  /// p(Y | φ)
  private func density(
    _ subject: Subject, _ phi: [Double], _ k: Int, _ parameters: PopulationParameters
  ) -> Double {
    var theta: [String: Double] = [:]
    for (effect, value) in zip(model.effects, phi) {
      theta[effect.name] = natural(effect.distribution, value)
    }
    for (a, parameter) in model.direct.enumerated() {
      if case .structural(let place, let distribution) = parameter.kind {
        theta[model.structural.parameterNames[place]] = natural(
          distribution, parameters.direct[k][a])
      }
    }
    guard let volume = theta["V"] else { preconditionFailure() }
    let rate = theta["k"] ?? theta["CL"]! / volume
    var logDensity = 0.0
    for occasion in subject.occasions {
      for observation in occasion.observations {
        var f = 0.0
        for dose in occasion.doses.prefix(observation.precedingDoses) {
          f += dose.amount / volume * Foundation.exp(-rate * (observation.time - dose.time))
        }
        logDensity += logDensityOf(observation, f, k, parameters)
      }
    }
    return logDensity.isNaN ? 0 : Foundation.exp(logDensity)
  }

  private func natural(_ distribution: EffectDistribution, _ phi: Double) -> Double {
    switch distribution {
    case .normal: phi
    case .lognormal: Foundation.exp(phi)
    case .logitNormal(let low, let high): low + (high - low) / (1 + Foundation.exp(-phi))
    case .boxCox(let power): Foundation.pow(1 + power * phi, 1 / power)
    }
  }

  private func logDensityOf(
    _ observation: Observation, _ f: Double, _ k: Int, _ parameters: PopulationParameters
  ) -> Double {
    let known = ObservedKnowledge(observation)
    let place = model.outputPlace(number: known.output)
    let output = model.outputs[place]
    let first =
      model.isFactored
      ? parameters.sigma2 : parameters.direct[k][model.firstDirect[place]]
    let second =
      output.error.parameters.count > 1 ? parameters.direct[k][model.firstDirect[place] + 1] : 0
    let variance: Double =
      switch output.error {
      case .proportional: first * f * f
      case .additive, .lognormal: first
      case .combined: first + second * f * f
      case .combinedDeviations: Foundation.pow(first + second * abs(f), 2)
      case .power: first * Foundation.pow(f, 2 * second)
      }
    let isLog = output.error == .lognormal
    let x = isLog ? Foundation.log(f) : f
    let sd = variance.squareRoot()
    if let (low, high) = known.interval {
      func probability(_ limit: Double) -> Double {
        if limit == .infinity { return 1 }
        if limit == -.infinity || (isLog && limit <= 0) { return 0 }
        return 0.5 * erfc(-((isLog ? Foundation.log(limit) : limit) - x) / sd / 2.0.squareRoot())
      }
      return Foundation.log(probability(high) - probability(low))
    }
    let r = (isLog ? Foundation.log(observation.value) : observation.value) - x
    if let limit = known.limit {
      // φ(y)/√v given that the value is above the limit; its logarithm far in the tail by the first
      // terms of Mills' ratio.
      let u = (x - (isLog ? Foundation.log(limit) : limit)) / sd
      let log2Pi = Foundation.log(2 * Double.pi)
      let z = 1 / (u * u)
      let logProbability =
        u > -30
        ? Foundation.log(0.5 * erfc(-u / 2.0.squareRoot()))
        : -0.5 * u * u - 0.5 * log2Pi - Foundation.log(-u) + Foundation.log1p(-z + 3 * z * z)
      return -0.5 * r * r / variance - 0.5 * (log2Pi + Foundation.log(variance)) - logProbability
        - (isLog ? Foundation.log(observation.value) : 0)
    }
    return -0.5 * r * r / variance - 0.5 * Foundation.log(2 * Double.pi * variance)
      - (isLog ? Foundation.log(observation.value) : 0)
  }

  /// The same subjects with observations drawn from the model, at twice the times.
  func simulated(_ parameters: PopulationParameters, seed: UInt64) -> Dataset {
    let address = RandomAddress(key: seed, purpose: .simulatedResiduals)
    var drawn = 0
    func normal() -> Double {
      drawn += 1
      return address.normal(sample: drawn, dimension: 0)
    }
    var result = subjects
    for i in result.indices {
      let x = result[i].covariates.first ?? []
      drawn += 1
      let u = address.uniform(sample: drawn, dimension: 0)
      let weights = model.priorWeights(covariates: x, parameters)
      let k = weights.count == 1 || u < weights[0] ? 0 : 1
      let mean = model.priorMean(k, covariates: x, parameters)
      let phi = mean.indices.map {
        mean[$0] + parameters.covariances[k][$0, $0].squareRoot() * normal()
      }
      var theta: [String: Double] = [:]
      for (name, value) in zip(
        model.structural.parameterNames, model.structuralParameters(phi, component: k, parameters))
      { theta[name] = value }
      let distribution = model.residualDistribution(of: 0, component: k, parameters)
      let times = result[i].occasions[0].observations.flatMap { [$0.time, 2.5 * $0.time] }.sorted()
      result[i].occasions[0].observations = times.map { time in
        let f = 100 / theta["V"]! * Foundation.exp(-theta["k"]! * time)
        return Observation(
          time: time, value: distribution.draw(at: f, normal()), precedingDoses: 1)
      }
    }
    return Dataset(name: "drawn", subjects: result)
  }
}
