import DataPartition
import Estimation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

@Suite("Maxima at the end of a parameter's range")
struct BoundaryTests {
  /// 30 subjects with three observations of a bolus, whose V does not vary as far as they say.
  private static let concentrations: [[Double]] = [
    [7.42378, 3.35093, 5.8319], [8.7109, 6.01042, 2.87938], [7.14489, 4.92231, 3.73231],
    [7.23537, 6.95432, 3.77905], [8.24142, 6.46643, 2.84915], [5.22044, 3.94393, 2.54123],
    [9.39753, 6.83924, 3.72144], [9.43994, 5.0073, 3.8316], [6.83145, 5.09998, 3.75309],
    [9.67998, 3.66337, 4.20436], [7.8462, 7.20384, 3.41704], [8.05245, 5.50127, 2.87287],
    [7.56294, 6.02228, 4.27633], [4.43842, 9.27195, 5.67607], [6.21704, 5.83948, 2.79738],
    [11.7975, 8.13752, 6.25534], [9.80221, 6.77531, 4.06175], [8.5658, 8.34775, 3.86188],
    [7.58215, 4.50645, 2.79849], [7.01623, 5.7613, 3.71256], [9.53423, 9.20528, 6.85378],
    [5.98266, 5.95671, 1.48513], [8.19547, 3.55153, 4.04812], [11.0375, 7.87395, 4.70581],
    [8.2427, 8.31538, 6.11648], [7.58658, 5.26287, 4.58089], [10.4061, 5.6813, 5.09874],
    [8.31248, 7.75404, 4.03554], [7.89194, 7.82415, 3.67224], [10.5345, 5.78508, 4.5962],
  ]

  static let frozen = Dataset(
    name: "frozen",
    subjects: concentrations.enumerated().map { i, values in
      Subject(
        id: "\(i + 1)", index: i,
        occasions: [
          Occasion(
            doses: [DoseRecord(time: 0, amount: 100)],
            observations: zip([2, 4, 8], values).map {
              Observation(time: $0, value: $1, precedingDoses: 1)
            })
        ])
    })

  static let frozenModel = bolus(
    ["CL": .shared, "V": .shared], .lognormal, .proportional, components: 1)
  static let frozenStart = PopulationParameters(
    weights: [1], means: [[log(1.3), log(13)]], covariances: diagonals([[0.09, 0.04]]),
    residualVariance: 0.04)

  /// The same without a variance of V: its typical value is a fixed effect.
  private static func nested(_ settings: EstimationSettings) throws -> FitResult {
    let structural = try StructuralModelCatalog.model(
      named: "one-compartment bolus", parameters: ["CL", "V"])
    let model = MixtureModel(
      structural: structural,
      effects: [RandomEffect(name: "CL", distribution: .lognormal, membership: .shared)],
      fixedEffects: [FixedEffect(name: "V", distribution: .lognormal, isPerComponent: false)],
      outputs: [OutputModel(error: .proportional)], componentCount: 1,
      mixtureCovariance: .diagonal, sharedCovariance: .diagonal,
      covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: 1, effectCount: 1),
      structuralPlace: [structural.parameterNames.firstIndex(of: "CL")!])
    var settings = settings
    if settings.nodes == .gaussHermite {
      settings.samples = settings.samples == 225 ? 15 : 5
    }
    let names = model.direct.map(\.base)
    return try serialFit(
      model, frozen, settings,
      from: PopulationParameters(
        weights: [1], means: [[log(1.3)]], covariances: diagonals([[0.09]]), residualVariance: 1,
        direct: [names.map { $0 == "mu.V" ? log(13) : 0.04 }]))
  }

  private static func value(_ name: String, _ fit: FitResult) throws -> Double {
    let place = try #require(fit.free.names.firstIndex(of: name))
    return fit.free.values(in: fit.estimates)[place]
  }

  private static func error(_ name: String, _ fit: FitResult, _ kind: StandardErrorKind) throws
    -> Double
  {
    let place = try #require(fit.free.names.firstIndex(of: name))
    return try #require(fit.covariance.covariance(kind))[place, place].squareRoot()
  }

  /// A rule of order 15. Some subjects have heavy tails towards no clearance: it leaves 5e-4 in −2
  /// log L.
  private static let fine: EstimationSettings = {
    var settings = EstimationSettings.rule
    settings.samples = 225
    return settings
  }()

  private static let lattice: EstimationSettings = {
    var settings = EstimationSettings.exact(256)
    settings.verifies = false
    settings.precision = 0.002
    return settings
  }()

  @Test(
    "a mean whose variance goes to 0 ends where the model without that variance has it",
    arguments: [EstimationSettings.rule, fine, lattice])
  func frozenMean(settings: EstimationSettings) throws {
    let fit = try serialFit(Self.frozenModel, Self.frozen, settings, from: Self.frozenStart)
    let nested = try Self.nested(settings)
    // No more than the precision that the settings ask for.
    let tolerance = settings.samples == 225 ? 1e-3 : 2e-3
    // By the trapezoidal rule and a simplex search, in Python; the slope by differences.
    #expect(abs(nested.minusTwoLogLikelihood - 314.58310) < tolerance)
    let slope = try #require(fit.stopReason.boundaries.first).slope
    #expect(abs(slope + 33.17) < 0.01 * 33)
    #expect(fit.minusTwoLogLikelihood < nested.minusTwoLogLikelihood + tolerance)
    #expect(fit.stopReason.label == "at boundary")
    #expect(fit.stopReason.boundaries.map(\.name) == ["omega.V.V"])
    #expect(fit.stopReason.boundaries.allSatisfy { $0.slope < 0 })
    #expect(fit.stopReason.description.contains("omega.V.V = 0"))
    for name in ["mu.V", "mu.CL"] {
      let se = try Self.error(name, nested, .observed)
      #expect(abs(try Self.value(name, fit) - Self.value(name, nested)) < 0.003 * se, "\(name)")
      for kind in StandardErrorKind.allCases {
        let ratio = try Self.error(name, fit, kind) / Self.error(name, nested, kind)
        #expect(abs(ratio - 1) < 0.01, "\(name) \(kind)")
      }
    }
    let variance = try #require(fit.parameterTable.first { $0.name == "omega.V.V" })
    #expect(variance.standardError == nil && variance.interval == nil)
    #expect(variance.estimate < 1e-9)
    #expect(fit.parameterTable.filter { $0.standardError == nil }.count == 1)
    #expect(try #require(fit.covariance.remainingDistance) < 1e-3)
  }

  @Test("where the fit starts makes no difference", arguments: 0..<9)
  func starts(place: Int) throws {
    let (v, variance) = [
      (8.0, 0.2), (20, 1e-3), (5, 1e-4), (12, 1e-6), (10, 1e-5), (9.7, 0.5), (8, 1e-14),
      (12, 1e-20), (20, 1e-26),
    ][place]
    var start = Self.frozenStart
    start.means[0][1] = log(v)
    start.covariances[0][1, 1] = variance
    let fit = try serialFit(Self.frozenModel, Self.frozen, Self.fine, from: start)
    let claimed = try #require(fit.samplingError).minusTwoLogLikelihood
    #expect(abs(fit.minusTwoLogLikelihood - 314.58310) < max(1e-3, 2 * claimed))
    #expect(claimed < 2e-3)
    #expect(fit.stopReason.label == "at boundary")
    #expect(abs(try Self.value("mu.V", fit) - 2.279514) < 2e-4)
  }

  @Test("a linear model has its variance at 0 exactly where its score in closed form says so")
  func linear() throws {
    var atBoundary = 0
    for seed in 1...16 as ClosedRange<UInt64> {
      let example = LinearExample(
        times: [0, 1, 2, 4], subjectCount: 25, means: [[5, -0.7]],
        deviations: [0.8, seed % 2 == 0 ? 0 : 0.1], sigma: 0.6, seed: seed)
      let start = PopulationParameters(
        weights: [1], means: [[4, -0.3]], covariances: diagonals([[0.4, 0.09]]),
        residualVariance: 0.3)
      let fit = try serialFit(example.model(), example.dataset, .rule, from: start)
      let nested = example.interceptMaximum
      let nestedValue = example.logLikelihood(at: nested)
      let slope = example.slope(ofVariance: 1, at: nested)
      #expect(abs(fit.logLikelihood - example.logLikelihood(at: fit.estimates)) < 1e-6)
      #expect(fit.logLikelihood > nestedValue - 1e-6, "seed \(seed)")
      if slope < 0 {
        atBoundary += 1
        #expect(fit.stopReason.label == "at boundary", "seed \(seed)")
        #expect(abs(fit.logLikelihood - nestedValue) < 1e-6, "seed \(seed)")
        let found = try #require(fit.stopReason.boundaries.first)
        #expect(abs(found.slope - slope) < 1e-2 * abs(slope), "seed \(seed)")
        for j in 0...1 {
          #expect(abs(fit.estimates.means[0][j] - nested.means[0][j]) < 1e-4, "seed \(seed)")
        }
        // The slope of a line within balanced subjects has the error of ordinary least squares.
        let se = try Self.error("mu.b1", fit, .observed)
        let times = example.times
        let mean = times.reduce(0, +) / 4
        let spread = 25 * times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(abs(se / (nested.sigma2 / spread).squareRoot() - 1) < 1e-4)
      } else {
        #expect(fit.stopReason.label == "converged", "seed \(seed)")
        #expect(fit.logLikelihood > nestedValue + 1e-9, "seed \(seed)")
        #expect(fit.covariance.standardErrors?.allSatisfy { $0 > 0 } == true)
      }
    }
    #expect((4...12).contains(atBoundary))
  }

  @Test("two of three variances go to 0 together, on lattice points")
  func twoAtOnce() throws {
    var labels: [String] = []
    for seed in 1...4 as ClosedRange<UInt64> {
      let example = LinearExample(
        times: [0, 0.5, 1, 2], subjectCount: 40, means: [[3, 1, -0.4]], deviations: [0.7, 0, 0],
        sigma: 0.5, seed: seed)
      let start = PopulationParameters(
        weights: [1], means: [[2.5, 0.5, -0.2]], covariances: diagonals([[0.4, 0.1, 0.05]]),
        residualVariance: 0.3)
      let fit = try serialFit(example.model(), example.dataset, Self.lattice, from: start)
      let nested = example.interceptMaximum
      let nestedValue = example.logLikelihood(at: nested)
      let isNested = (1...2).allSatisfy { example.slope(ofVariance: $0, at: nested) < 0 }
      labels.append(fit.stopReason.label)
      #expect(abs(fit.logLikelihood - example.logLikelihood(at: fit.estimates)) < 2e-3)
      #expect(fit.logLikelihood > nestedValue - 2e-3, "seed \(seed)")
      if isNested {
        #expect(fit.stopReason.boundaries.map(\.name) == ["omega.b1.b1", "omega.b2.b2"])
        for j in 0...2 {
          #expect(abs(fit.estimates.means[0][j] - nested.means[0][j]) < 3e-3, "seed \(seed)")
        }
      }
    }
    #expect(labels.contains("at boundary"))
  }

  @Test("in a mixture the common variance of an effect that does not vary is 0")
  func mixture() throws {
    var atBoundary = 0
    for seed in 1...6 as ClosedRange<UInt64> {
      let example = LinearExample(
        times: [0, 1, 2, 4], subjectCount: 60, means: [[5, -0.7], [9, -0.7]],
        deviations: [0.8, 0], sigma: 0.6, weight: 0.65, seed: seed)
      let model = example.model(components: 2)
      let start = PopulationParameters(
        weights: [0.5, 0.5], means: [[4, -0.3], [8, -0.3]],
        covariances: diagonals([[0.6, 0.04], [0.6, 0.04]]), residualVariance: 0.3)
      let fit = try serialFit(model, example.dataset, .rule, from: start)
      #expect(abs(fit.logLikelihood - example.logLikelihood(at: fit.estimates)) < 1e-3)
      // The model without the variance, by the same program.
      let nestedModel = MixtureModel(
        structural: Polynomial(degree: 1),
        effects: [RandomEffect(name: "b0", distribution: .normal, membership: .mixture)],
        fixedEffects: [FixedEffect(name: "b1", distribution: .normal, isPerComponent: false)],
        outputs: [OutputModel(error: .additive)], componentCount: 2,
        mixtureCovariance: .diagonal, sharedCovariance: .diagonal,
        covarianceSharing: .perComponent,
        fixed: FixedParameters(componentCount: 2, effectCount: 1), structuralPlace: [0])
      var settings = EstimationSettings.rule
      settings.samples = 9
      let nested = try serialFit(
        nestedModel, example.dataset, settings,
        from: PopulationParameters(
          weights: [0.5, 0.5], means: [[4], [8]], covariances: diagonals([[0.6], [0.6]]),
          residualVariance: 1,
          direct: .init(
            repeating: nestedModel.direct.map { $0.base == "mu.b1" ? -0.3 : 0.3 }, count: 2)))
      #expect(fit.logLikelihood > nested.logLikelihood - 1e-4, "seed \(seed)")
      if fit.stopReason.label == "at boundary" {
        atBoundary += 1
        #expect(abs(fit.logLikelihood - nested.logLikelihood) < 1e-4, "seed \(seed)")
        let name = "mu.b1"
        let ratio =
          try Self.error(name, fit, .outerProduct) / Self.error(name, nested, .outerProduct)
        #expect(abs(ratio - 1) < 1e-3, "seed \(seed)")
      } else {
        #expect(fit.logLikelihood > nested.logLikelihood + 1e-9, "seed \(seed)")
      }
    }
    #expect(atBoundary > 0)
  }

  @Test("a part of the residual error that is not there ends at 0")
  func additivePart() throws {
    let plain = bolus(["CL": .shared, "V": .shared], .lognormal, .proportional, components: 1)
    let truth = PopulationParameters(
      weights: [1], means: [[log(5.0), log(20.0)]], covariances: diagonals([[0.09, 0.06]]),
      residualVariance: 0.02)
    var atBoundary = 0
    for seed in 1...5 as ClosedRange<UInt64> {
      let dataset = simulate(plain, truth, subjectCount: 30, seed: seed)
      let proportional = try serialFit(plain, dataset, Self.fine, from: truth)
      let model = MixtureModel(
        structural: plain.structural, effects: plain.effects,
        outputs: [OutputModel(error: .combined)], componentCount: 1,
        mixtureCovariance: .diagonal, sharedCovariance: .diagonal,
        covarianceSharing: .perComponent,
        fixed: FixedParameters(componentCount: 1, effectCount: 2),
        structuralPlace: plain.structuralPlace)
      var start = truth
      start.residualVariance = 1
      start.direct = [[0.01, 0.03]]
      let fit = try serialFit(model, dataset, Self.fine, from: start)
      #expect(fit.logLikelihood > proportional.logLikelihood - 1e-4, "seed \(seed)")
      if fit.stopReason.label == "at boundary" {
        atBoundary += 1
        #expect(fit.stopReason.boundaries.map(\.name) == ["sigma2.additive"])
        #expect(abs(fit.logLikelihood - proportional.logLikelihood) < 1e-4, "seed \(seed)")
      } else {
        #expect(fit.stopReason.label == "converged", "seed \(seed)")
      }
    }
    #expect(atBoundary > 0)
  }

  @Test("a prior of the variance keeps it from 0, and the fit ends within")
  func prior() throws {
    var settings = EstimationSettings.rule
    settings.prior = ParameterPrior([
      .inverseWishart(effects: [1], component: nil, mode: [0.01], degreesOfFreedom: 10)
    ])
    let fit = try serialFit(Self.frozenModel, Self.frozen, settings, from: Self.frozenStart)
    #expect(fit.stopReason.label == "converged")
    #expect(try Self.value("omega.V.V", fit) > 1e-3)
    #expect(try #require(fit.covariance.remainingDistance) < 1e-3)
  }

  @Test("1, 2, 3 and 7 ranks give the same bits at a boundary")
  func ranks() throws {
    let one = try serialFit(Self.frozenModel, Self.frozen, .rule, from: Self.frozenStart)
    for size in [2, 3, 7] {
      let results = try ThreadCommunicator.run(ranks: size) { communicator in
        try ExpectationMaximization(
          model: Self.frozenModel, dataset: Self.frozen,
          subjects: Array(0..<30).filter { $0 % size == communicator.rank },
          settings: .rule, communicator: communicator
        ).fitAndDescribe(from: Self.frozenStart)
      }.map { try $0.get() }
      for result in results {
        #expect(result.estimates == one.estimates)
        #expect(result.iterations == one.iterations)
        #expect(result.covariance == one.covariance)
        #expect(result.stopReason == one.stopReason)
      }
    }
  }
}
