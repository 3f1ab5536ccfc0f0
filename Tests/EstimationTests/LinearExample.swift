import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// h(t) = θ₀ + θ₁ t + θ₂ t² …: with normal effects and additive error Y is normal, and all is known
/// in closed form.
struct Polynomial: StructuralModel {
  let name = "test model"
  let degree: Int

  var parameterNames: [String] { (0...degree).map { "b\($0)" } }
  var parameterKinds: [ParameterKind] { (0...degree).map { _ in .volume } }

  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var time = 0.0
      var place = v
      for step in program.steps {
        time += step.elapsed
        guard step.action == .observe else { continue }
        var value = Lanes.all(0)
        for j in (0...degree).reversed() { value = value * time + parameters[j * count + v] }
        predictions[place] = value
        place += count
      }
    }
  }

  func validate(_ subject: Subject, residual: ResidualErrorModel) {}
}

/// Subjects of a linear mixed model, all observed at the same times.
struct LinearExample: Sendable {
  let times: [Double]
  let values: [[Double]]
  let degree: Int

  /// - Parameters:
  ///   - means: of each component.
  ///   - deviations: of the effects, the same in all components.
  ///   - weight: of the first component.
  init(
    times: [Double], subjectCount: Int, means: [[Double]], deviations: [Double], sigma: Double,
    weight: Double = 1, seed: UInt64
  ) {
    self.times = times
    degree = deviations.count - 1
    values = (0..<subjectCount).map { i in
      let effects = RandomAddress(key: seed, purpose: .simulatedEffects, subject: i)
      let noise = RandomAddress(key: seed, purpose: .simulatedResiduals, subject: i)
      let k = effects.uniform(sample: 0, dimension: 8) < weight ? 0 : 1
      let theta = deviations.indices.map {
        means[k][$0] + deviations[$0] * effects.normal(sample: 0, dimension: $0)
      }
      return times.enumerated().map { j, t in
        theta.reversed().reduce(0) { $0 * t + $1 } + sigma * noise.normal(sample: j, dimension: 0)
      }
    }
  }

  var dataset: Dataset {
    Dataset(
      name: "linear",
      subjects: values.enumerated().map { i, values in
        Subject(
          id: "\(i + 1)", index: i,
          occasions: [
            Occasion(
              doses: [DoseRecord(time: 0, amount: 1)],
              observations: zip(times, values).map {
                Observation(time: $0, value: $1, precedingDoses: 1)
              })
          ])
      })
  }

  /// All effects vary, their variances are independent, and b0 is of the mixture if there are two
  /// components.
  func model(components: Int = 1, form: CovarianceForm = .diagonal) -> MixtureModel {
    testModel(
      Polynomial(degree: degree),
      (0...degree).map { ("b\($0)", .normal, $0 == 0 && components > 1 ? .mixture : .shared) },
      .additive, components: components, form: form)
  }

  /// log L of all subjects.
  func logLikelihood(at parameters: PopulationParameters) -> Double {
    let m = times.count
    let powers = times.map { t in (0...degree).map { j in (0..<j).reduce(1.0) { x, _ in x * t } } }
    var densities: [[Double]] = []
    for k in 0..<parameters.componentCount {
      var v = SymmetricMatrix(dimension: m)
      for a in 0..<m {
        for b in 0...a {
          var sum = a == b ? parameters.sigma2 : 0
          for i in 0...degree {
            for j in 0...degree {
              sum += powers[a][i] * parameters.covariances[k][i, j] * powers[b][j]
            }
          }
          v[a, b] = sum
        }
      }
      let factor = CholeskyFactor(v)!
      let inverse = factor.inverse
      densities.append(
        values.map { y in
          let r = (0..<m).map { a in
            y[a] - zip(powers[a], parameters.means[k]).reduce(0) { $0 + $1.0 * $1.1 }
          }
          var square = 0.0
          for a in 0..<m { for b in 0..<m { square += r[a] * inverse[a, b] * r[b] } }
          return log(parameters.weights[k]) - 0.5 * square - factor.logDeterminantOfFactor
            - 0.5 * Double(m) * log(2 * Double.pi)
        })
    }
    return values.indices.reduce(0) { sum, i in
      let top = densities.map { $0[i] }.max()!
      return sum + top + log(densities.reduce(0) { $0 + exp($1[i] - top) })
    }
  }

  /// The maximum of the model in which b0 alone varies, in closed form: the design is balanced, so
  /// that b1, b2 … are those of ordinary least squares within subjects.
  var interceptMaximum: PopulationParameters {
    let m = Double(times.count)
    let n = Double(values.count)
    let averages = times.indices.map { j in values.reduce(0) { $0 + $1[j] } / n }
    // Least squares on the average curve by orthogonal polynomials.
    var basis: [[Double]] = []
    var fitted = averages.map { _ in 0.0 }
    var shape: [Double] = []
    for j in 0...degree {
      var q = times.map { t in (0..<j).reduce(1.0) { x, _ in x * t } }
      for b in basis {
        let share = zip(q, b).reduce(0) { $0 + $1.0 * $1.1 }
        for a in q.indices { q[a] -= share * b[a] }
      }
      let length = q.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for a in q.indices { q[a] /= length }
      basis.append(q)
      let coefficient = zip(q, averages).reduce(0) { $0 + $1.0 * $1.1 }
      shape.append(coefficient)
      for a in q.indices { fitted[a] += coefficient * q[a] }
    }
    // Divided differences of the fitted polynomial (degree at most 2) give its coefficients.
    var means = [fitted[0]]
    let t = times
    if degree >= 1 {
      let first = (fitted[1] - fitted[0]) / (t[1] - t[0])
      let second =
        degree == 2 ? ((fitted[2] - fitted[1]) / (t[2] - t[1]) - first) / (t[2] - t[0]) : 0
      means = [
        fitted[0] - first * t[0] + second * t[0] * t[1], first - second * (t[0] + t[1]), second,
      ].prefix(degree + 1).map { $0 }
    }
    var within = 0.0
    var between = 0.0
    for y in values {
      let r = zip(y, fitted).map { $0 - $1 }
      let mean = r.reduce(0, +) / m
      between += mean * mean / n
      for x in r { within += (x - mean) * (x - mean) }
    }
    let variance = within / (n * (m - 1))
    var omega = [Double](repeating: 0, count: degree + 1)
    omega[0] = between - variance / m
    return PopulationParameters(
      weights: [1], means: [means], covariances: [SymmetricMatrix(diagonal: omega)],
      residualVariance: variance)
  }

  /// ∂ log L/∂ω_j² by a one-sided difference of the closed form.
  func slope(ofVariance j: Int, at parameters: PopulationParameters) -> Double {
    var moved = parameters
    let h = 1e-7
    moved.covariances[0][j, j] += h
    return (logLikelihood(at: moved) - logLikelihood(at: parameters)) / h
  }
}

extension EstimationSettings {
  /// What a job has for a fit of two effects by quadrature. The rule's log L is compared with
  /// closed forms, to which independent integrals would add an error of their own.
  static let rule: EstimationSettings = {
    var settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 25, iterations: 1000, tolerance: 1e-5, seed: 1,
      envelopeInflation: 1)
    settings.precision = 0.002
    settings.verifies = false
    return settings
  }()
}
