import NumericKernels
import PopulationData
import PopulationModel
import Simulation
import StructuralModels
import Testing

@Suite("Components and random effects of the simulator")
struct SimulatedEffectTests {
  typealias Case = (name: String, distribution: EffectDistribution, means: [[Double]])

  static let cases: [Case] = [
    ("normal", .normal, [[1, 2], [3, -1]]),
    ("lognormal", .lognormal, [[1, 2], [0, -1]]),
    ("logit-normal", .logitNormal(lower: -2, upper: 5), [[1, 0], [-1, 0.5]]),
    ("box-cox", .boxCox(power: 0.5), [[1, 2], [3, 1]]),
    ("box-cox", .boxCox(power: -0.25), [[0.5, 1], [0, -1]]),
  ]

  @Test("have the moments of the model, and are its function g in natural units", arguments: cases)
  func moments(own: Case) throws {
    let simulator = try SimulationModels.pair(own.distribution, means: own.means)
    let draws = simulator.draws(20_000, of: SimulationModels.subject(times: [1]))
    expectMean(draws.map { Double($0.component) }, 0.7, "share of the second component")
    for k in 0..<2 {
      let members = draws.filter { $0.component == k }
      let omega = simulator.parameters.covariances[k]
      let mean = own.means[k]
      for i in 0..<2 {
        expectMoments(
          members.map { $0.randomEffects[i] }, mean: mean[i], variance: omega[i, i],
          "\(own.name), effect \(i) of \(k)")
        // A monotone g leaves the median where it is.
        let median = own.distribution.natural(mean[i])
        expectMean(
          members.map { $0.individualParameters[i] < median ? 1 : 0 }, 0.5,
          "\(own.name), share below the median")
      }
      expectMean(
        members.map { ($0.randomEffects[0] - mean[0]) * ($0.randomEffects[1] - mean[1]) },
        omega[1, 0], "\(own.name), covariance in \(k)")
    }
    for draw in draws {
      #expect(draw.individualParameters == draw.randomEffects.map(own.distribution.natural))
      #expect(draw.predictions == [draw.individualParameters[0] + draw.individualParameters[1]])
    }
  }

  @Test("of a lognormal effect the mean and the variance are those in closed form")
  func lognormal() throws {
    let simulator = try SimulationModels.pair(.lognormal, means: [[0, 1], [0, -1]])
    let draws = simulator.draws(20_000, of: SimulationModels.subject(times: [1]))
    for k in 0..<2 {
      let variance = simulator.parameters.covariances[k][1, 1]
      let mean = NumericKernels.exp(simulator.parameters.means[k][1] + variance / 2)
      expectMoments(
        draws.filter { $0.component == k }.map { $0.individualParameters[1] }, mean: mean,
        variance: mean * mean * (NumericKernels.exp(variance) - 1))
    }
  }

  @Test("an effect without variance has no spread")
  func still() throws {
    let simulator = try SimulationModels.pair(.normal, means: [[1, 2], [3, -1]])
    var parameters = simulator.parameters
    parameters.covariances[0] = SymmetricMatrix(diagonal: [0, 0.04])
    let draws = Simulator(simulator.model, parameters).draws(
      1000, of: SimulationModels.subject(times: [1]))
    let members = draws.filter { $0.component == 0 }
    #expect(!members.isEmpty && members.allSatisfy { $0.randomEffects[0] == 1 })
    #expect(Set(members.map { $0.randomEffects[1] }).count == members.count)
  }

  @Test("weights and means follow the subject's own covariates")
  func covariates() throws {
    let model = SimulationModels.model(
      try EquationModel("y = a + b", parameters: ["a", "b"]),
      effects: [SimulationModels.effect("a"), SimulationModels.effect("b", .normal, .shared)],
      outputs: [OutputModel(error: .additive)],
      covariates: [
        CovariateEffect(
          effect: 0, covariate: "WT", column: 1, transform: .logRatio(70), isPerComponent: true),
        CovariateEffect(
          effect: 1, covariate: "WT", column: 1, transform: .centred(60), isPerComponent: false),
      ],
      weightCovariates: [
        WeightCovariate(covariate: "SEX", column: 0, transform: .category(1))
      ], components: 2)
    let parameters = PopulationParameters(
      weights: [0.25, 0.75], means: [[1, 5], [9, 5]],
      covariances: [SymmetricMatrix(diagonal: [0.04, 1]), SymmetricMatrix(diagonal: [0.09, 1])],
      residualVariance: 0.01, coefficients: [[0.75, 0.1], [-2, 0.1]],
      weightCoefficients: [[NumericKernels.log(3.0)], [0]])
    let simulator = Simulator(model, parameters)
    for (sex, weight) in [(0.0, 70.0), (1, 35), (1, 140)] {
      let draws = simulator.draws(
        8000, of: SimulationModels.subject([(1, 0)], covariates: [[sex, weight]]))
      // w₁/w₂ is 1/3, three times as much where SEX is 1.
      expectMean(draws.map { Double(1 - $0.component) }, sex == 1 ? 0.5 : 0.25, "share")
      expectMoments(
        draws.map { $0.randomEffects[1] }, mean: 5 + 0.1 * (weight - 60), variance: 1)
      for k in 0..<2 {
        let slope = [0.75, -2][k]
        expectMoments(
          draws.filter { $0.component == k }.map { $0.randomEffects[0] },
          mean: [1, 9][k] + slope * NumericKernels.log(weight / 70), variance: [0.04, 0.09][k])
      }
    }
  }

  @Test("structural parameters without an effect are those of the component")
  func fixedEffects() throws {
    let model = SimulationModels.model(
      try EquationModel("y = c + b*a", parameters: ["a", "b", "c"]),
      effects: [SimulationModels.effect("b")],
      fixed: [
        FixedEffect(name: "c", distribution: .normal, isPerComponent: true),
        FixedEffect(name: "a", distribution: .lognormal, isPerComponent: false),
      ], outputs: [OutputModel(error: .additive)], components: 2)
    let parameters = PopulationParameters(
      weights: [0.5, 0.5], means: [[1], [2]],
      covariances: [SymmetricMatrix(diagonal: [0.04]), SymmetricMatrix(diagonal: [0.04])],
      residualVariance: nil, direct: [[0.01, 10, 0.7], [0.01, -10, 0.7]])
    for draw in Simulator(model, parameters).draws(100, of: SimulationModels.subject(times: [1])) {
      let c = draw.component == 0 ? 10.0 : -10
      let expected = c + draw.randomEffects[0] * NumericKernels.exp(0.7)
      #expect(abs(draw.predictions[0] - expected) < 1e-12)
    }
  }

  @Test("deviations of occasions are each occasion's own, and have one variance")
  func occasions() throws {
    let names = (0..<3).map { OccasionEffects.name(of: "CL", occasion: $0) }
    let own = OccasionEffects.subjectName(of: "CL")
    let structural = try EquationModel(
      OccasionEffects.statement(of: "CL", .lognormal, covariate: "OCC", values: [1, 2, 3])
        + "\ny = CL", parameters: [own] + names, covariates: ["OCC"])
    let model = SimulationModels.model(
      structural,
      effects: [SimulationModels.effect(own, .lognormal)]
        + names.map { SimulationModels.effect($0, .normal, .shared) },
      outputs: [OutputModel(error: .additive)], ties: [[1, 2, 3]])
    let simulator = Simulator(
      model,
      PopulationParameters(
        weights: [1], means: [[1, 0, 0, 0]],
        covariances: [SymmetricMatrix(diagonal: [0.09, 0.04, 0.04, 0.04])],
        residualVariance: 1e-4))
    let subject = SimulationModels.subject(
      [(1, 0), (2, 0), (3, 0)], covariates: [[1], [2], [3]])
    let draws = simulator.draws(10_000, of: subject)
    let logs = draws.map { $0.predictions.map { NumericKernels.log($0) - 1 } }
    for i in 0..<3 {
      expectMoments(logs.map { $0[i] }, mean: 0, variance: 0.13, "occasion \(i)")
      for j in 0..<i { expectMean(logs.map { $0[i] * $0[j] }, 0.09, "occasions \(i), \(j)") }
    }
    for draw in draws.prefix(50) {
      let phi = draw.randomEffects
      for i in 0..<3 {
        #expect(abs(NumericKernels.log(draw.predictions[i]) - phi[0] - phi[1 + i]) < 1e-12)
      }
    }
  }
}

@Suite("Observations of the simulator")
struct SimulatedObservationTests {
  /// A kind, its parameters, and v in closed form.
  typealias Kind = (
    error: ResidualErrorModel, values: [Double], variance: @Sendable (Double) -> Double
  )

  static let kinds: [Kind] = [
    (.proportional, [0.04], { 0.04 * $0 * $0 }),
    (.additive, [0.09], { _ in 0.09 }),
    (.combined, [0.09, 0.04], { 0.09 + 0.04 * $0 * $0 }),
    (.combinedDeviations, [0.3, 0.2], { (0.3 + 0.2 * $0) * (0.3 + 0.2 * $0) }),
    (.power, [0.04, 0.5], { 0.04 * $0 }),
    (.lognormal, [0.04], { _ in 0.04 }),
  ]

  private func errors(_ draws: [SubjectDraw], _ kind: Kind, row: Int) -> [Double] {
    draws.map { draw in
      let (y, f) = (draw.values[row], draw.predictions[row])
      let difference = kind.error == .lognormal ? NumericKernels.log(y / f) : y - f
      return difference / kind.variance(f).squareRoot()
    }
  }

  @Test("residuals of every kind have their variance, and are independent", arguments: kinds)
  func residuals(kind: Kind) throws {
    let direct = kind.error.isFactored ? nil : [kind.values, kind.values]
    let simulator = try SimulationModels.pair(
      .lognormal, means: [[1, 1], [0, 2]], error: kind.error, direct: direct)
    var parameters = simulator.parameters
    if direct == nil { parameters.residualVariance = kind.values[0] }
    let draws = Simulator(simulator.model, parameters).draws(
      20_000, of: SimulationModels.subject(times: [1, 2, 3]))
    let z = (0..<3).map { errors(draws, kind, row: $0) }
    for row in 0..<3 {
      expectMoments(z[row], mean: 0, variance: 1, "\(kind.error), row \(row)")
      for other in 0..<row { expectMean(zip(z[row], z[other]).map { $0 * $1 }, 0, "rows") }
      expectMean(
        zip(z[row], draws).map { $0 * ($1.randomEffects[0] - 0.3) }, 0, "with the effect")
    }
  }

  @Test("the proportional kind has the same variance where each component has its own")
  func perComponent() throws {
    let model = SimulationModels.model(
      try EquationModel("y = a", parameters: ["a"]),
      effects: [SimulationModels.effect("a", .lognormal)],
      outputs: [OutputModel(error: .proportional, isPerComponent: true)], components: 2)
    let simulator = Simulator(
      model,
      PopulationParameters(
        weights: [0.5, 0.5], means: [[0], [1]],
        covariances: [SymmetricMatrix(diagonal: [0.1]), SymmetricMatrix(diagonal: [0.1])],
        residualVariance: nil, direct: [[0.01], [0.16]]))
    let draws = simulator.draws(10_000, of: SimulationModels.subject(times: [1]))
    for k in 0..<2 {
      expectMoments(
        draws.filter { $0.component == k }.map { $0.values[0] / $0.predictions[0] }, mean: 1,
        variance: [0.01, 0.16][k])
    }
  }

  @Test("each of two outputs has its own prediction and its own residual error")
  func outputs() throws {
    let structural = try EquationModel(
      "conc = a\neffect = 3*a", parameters: ["a"], outputs: ["conc", "effect"],
      outputNumbers: [1, 2])
    let model = SimulationModels.model(
      structural, effects: [SimulationModels.effect("a", .lognormal)],
      outputs: [
        OutputModel(name: "conc", number: 1, error: .lognormal),
        OutputModel(name: "effect", number: 2, error: .combined),
      ])
    let simulator = Simulator(
      model,
      PopulationParameters(
        weights: [1], means: [[1]], covariances: [SymmetricMatrix(diagonal: [0.04])],
        residualVariance: nil, direct: [[0.09, 0.04, 0.01]]))
    let draws = simulator.draws(
      10_000, of: SimulationModels.subject([(1, 2), (2, 1), (3, 2)]))
    for draw in draws.prefix(100) {
      let a = draw.individualParameters[0]
      #expect(draw.predictions == [3 * a, a, 3 * a])
      #expect(draw.subject.occasions[0].observations.map(\.output) == [2, 1, 2])
    }
    let first: Kind = (.lognormal, [], { _ in 0.09 })
    let second: Kind = (.combined, [], { 0.04 + 0.01 * $0 * $0 })
    expectMoments(errors(draws, second, row: 0), mean: 0, variance: 1, "effect")
    expectMoments(errors(draws, first, row: 1), mean: 0, variance: 1, "conc")
    expectMoments(errors(draws, second, row: 2), mean: 0, variance: 1, "effect again")
  }

  @Test("observations of a linear model have the mean and covariance of the mixture")
  func marginal() throws {
    let model = SimulationModels.model(
      try EquationModel("y = a + b*X", parameters: ["a", "b"], covariates: ["X"]),
      effects: [SimulationModels.effect("a"), SimulationModels.effect("b")],
      outputs: [OutputModel(error: .additive)], components: 2)
    let parameters = PopulationParameters(
      weights: [0.3, 0.7], means: [[10, 1], [8, 2]],
      covariances: [
        SymmetricMatrix(dimension: 2, elements: [1, 0.2, 0.25]),
        SymmetricMatrix(dimension: 2, elements: [0.5, -0.1, 0.16]),
      ], residualVariance: 0.49)
    let x = [0.0, 1, 4]
    let subject = SimulationModels.subject(x.map { ($0, 0) }, covariates: x.map { [$0] })
    let draws = Simulator(model, parameters).draws(20_000, of: subject)
    /// Σ_k w_k term(k)
    func mixed(_ term: (Int) -> Double) -> Double {
      (0..<2).reduce(0) { $0 + parameters.weights[$1] * term($1) }
    }
    func mean(_ j: Int, _ k: Int) -> Double {
      parameters.means[k][0] + parameters.means[k][1] * x[j]
    }
    let means = x.indices.map { j in mixed { mean(j, $0) } }
    for i in x.indices {
      for j in 0...i {
        let covariance =
          mixed { k in
            let omega = parameters.covariances[k]
            return omega[0, 0] + omega[1, 0] * (x[i] + x[j]) + omega[1, 1] * x[i] * x[j]
              + (mean(i, k) - means[i]) * (mean(j, k) - means[j])
          } + (i == j ? 0.49 : 0)
        expectMean(
          draws.map { ($0.values[i] - means[i]) * ($0.values[j] - means[j]) }, covariance,
          "covariance of rows \(i), \(j)")
      }
      expectMean(draws.map { $0.values[i] }, means[i], "row \(i)")
    }
  }

  @Test("values beyond the limits of the data are reported as the data report theirs")
  func censoring() throws {
    let simulator = try SimulationModels.pair(.lognormal, means: [[1, 1], [0, 2]])
    var subject = SimulationModels.subject(times: [1, 2, 3, 4])
    subject.occasions[0].observations = [
      Observation(time: 1, value: 5, precedingDoses: 1, censoring: .below(lower: 0)),
      Observation(time: 2, value: 7, precedingDoses: 1),
      Observation(time: 3, value: 10, precedingDoses: 1, censoring: .above(upper: .infinity)),
      Observation(time: 4, value: 3, precedingDoses: 1),
    ]
    let limits = CensoringLimits([subject])
    let ranges = limits.ranges(of: subject)
    var reported = [0, 0, 0]
    for number in 0..<500 {
      let address = DrawAddress.replicates(seed: 1, place: 0)
      let drawn = simulator.draw(subject, at: address, number: number, limits: limits)
      let whole = simulator.draw(subject, at: address, number: number)
      #expect(whole.subject.occasions[0].observations.allSatisfy { $0.censoring == .none })
      #expect(drawn.predictions == whole.predictions)
      for (j, observation) in drawn.subject.occasions[0].observations.enumerated() {
        let y = whole.values[j]
        switch observation.censoring {
        case .none:
          #expect(observation.value == y)
          #expect(y >= ranges[j].lower?.value ?? -.infinity)
          #expect(y <= ranges[j].upper?.value ?? .infinity)
          reported[0] += 1
        case .below(let lower):
          #expect(observation.value == 5 && y < 5 && lower == 0)
          reported[1] += 1
        case .above(let upper):
          #expect(observation.value == 10 && y > 10 && upper == .infinity)
          reported[2] += 1
        }
        #expect(observation.time == subject.occasions[0].observations[j].time)
      }
    }
    #expect(reported.allSatisfy { $0 > 100 })
    // Its own value is below the limit, which so does not hold there.
    #expect(ranges[3].lower == nil)
  }

  @Test("doses, occasions, covariates and names of a subject stay as they are")
  func records() throws {
    let simulator = try SimulationModels.saturable()
    var subject = SimulationModels.subject(times: [1, 2])
    subject.occasions.append(
      Occasion(
        doses: [DoseRecord(time: 0, amount: 50)],
        observations: [Observation(time: 3, value: 4, line: 9, precedingDoses: 1)]))
    let drawn = simulator.draw(subject, at: .replicates(seed: 1, place: 0)).subject
    var emptied = drawn
    for occasion in emptied.occasions.indices {
      for row in emptied.occasions[occasion].observations.indices {
        emptied.occasions[occasion].observations[row].value =
          subject.occasions[occasion].observations[row].value
      }
    }
    #expect(emptied == subject && drawn != subject)
  }
}
