import Estimation
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// Models are drawn from and estimated again, many times: on average the estimates are the truth,
/// and its intervals have it as often as they say, both within what chance allows of so many data
/// sets.
@Suite("Simulation and re-estimation")
struct ReestimationTests {
  private static let count = 100

  static var cases: [DirectParameterTests.Case] {
    let names = ["combined", "logit-normal and Box-Cox", "covariates"]
    let written = DirectParameterTests.cases.filter { names.contains($0.name) }
    let censored = DirectParameterTests.model(
      outputs: [OutputModel(error: .combined)], isCensored: true)
    let means = DirectParameterTests.means
    let variances = DirectParameterTests.variances
    let equations = try! EquationModel(
      "d/dt(A) = -k*A\nconc = A/V", parameters: ["V", "k"])
    let differential = MixtureModel(
      structural: equations, effects: DirectParameterTests.two,
      outputs: [OutputModel(error: .proportional)], componentCount: 2,
      mixtureCovariance: .diagonal, sharedCovariance: .diagonal,
      covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: 2, effectCount: 2), structuralPlace: [0, 1])
    return written + [
      DirectParameterTests.Case(
        name: "censored", model: censored,
        parameters: DirectParameterTests.parameters(
          censored, means: means, variances: variances,
          direct: [[0.003, 0.008], [0.003, 0.008]])),
      DirectParameterTests.Case(
        name: "differential equations", model: differential,
        parameters: DirectParameterTests.parameters(
          differential, means: means, variances: variances, sigma2: 0.01)),
    ]
  }

  @Test("estimates are the truth on average", arguments: cases)
  func isUnbiased(_ own: DirectParameterTests.Case) throws {
    let free = FreeParameters(own.model)
    let truth = free.values(in: own.parameters)
    let subjects = try DirectParameterTests.dataset(80).subjects
    let quadrature = DirectQuadrature(model: own.model, subjects: subjects)
    let settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 25, iterations: 2000, tolerance: 1e-5,
      seed: 1, envelopeInflation: 1.5)
    var sums = [Double](repeating: 0, count: free.count)
    var squares = sums
    var covered = sums
    var intervals = sums
    for number in 0..<Self.count {
      var dataset = quadrature.simulated(own.parameters, seed: UInt64(100 + number))
      if own.name == "censored" { dataset = Self.censored(dataset, below: 0.25) }
      let fit = try serialFit(own.model, dataset, settings, from: own.parameters)
      let values = free.values(in: fit.estimates)
      for a in values.indices {
        sums[a] += values[a] - truth[a]
        squares[a] += (values[a] - truth[a]) * (values[a] - truth[a])
        guard let observed = fit.covariance.observed else { continue }
        intervals[a] += 1
        if abs(values[a] - truth[a]) < 1.96 * observed[a, a].squareRoot() { covered[a] += 1 }
      }
    }
    let n = Double(Self.count)
    for (a, name) in free.names.enumerated() {
      let bias = sums[a] / n
      let deviation = (squares[a] / n - bias * bias).squareRoot()
      // Variances are biased by their own nature, about −σ²/n_k; a fifth of their standard
      // deviation covers it.
      let natural = name.hasPrefix("omega") || name.hasPrefix("sigma") ? 0.25 * deviation : 0
      #expect(
        abs(bias) < 3.5 * deviation / n.squareRoot() + natural,
        "\(name): bias \(bias), standard deviation \(deviation)")
      guard natural == 0, intervals[a] > 0 else { continue }
      let coverage = covered[a] / intervals[a]
      #expect(
        abs(coverage - 0.95) < 4 * (0.95 * 0.05 / intervals[a]).squareRoot() + 0.02,
        "\(name): \(coverage)")
    }
  }

  /// Values below a limit are known to be below it only.
  private static func censored(_ dataset: Dataset, below limit: Double) -> Dataset {
    var subjects = dataset.subjects
    for i in subjects.indices {
      let all = subjects[i].occasions[0].observations
      subjects[i].occasions[0].observations = all.map { observation in
        observation.value >= limit
          ? observation
          : Observation(
            time: observation.time, value: limit, precedingDoses: 1,
            censoring: .below(lower: -.infinity))
      }
    }
    return Dataset(name: dataset.name, subjects: subjects)
  }
}
