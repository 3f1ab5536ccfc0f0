import CompartmentModels
import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// A model that says nothing of what kernels may know of it.
private struct Silent: StructuralModel {
  let model: LinearModel
  var name: String { model.name }
  var parameterNames: [String] { model.parameterNames }
  var parameterKinds: [ParameterKind] { model.parameterKinds }
  func prepare(_ subject: Subject) -> (any PreparedSubject)? { model.prepare(subject) }
  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    guard let prepared = program.prepared else { preconditionFailure("all are prepared") }
    model.predict(prepared, parameters: parameters, count: count, predictions: predictions)
  }
  func validate(_ subject: Subject, residual: ResidualErrorModel) throws(ModelError) {
    try model.validate(subject, residual: residual)
  }
}

@Suite("kernels know decaying boluses by what a model says of itself")
struct DecayFormTests {
  private static let models: [LinearModel] = ["CL V", "V k"].map { names in
    let parameters = names.split(separator: " ").map(String.init)
    return LinearModel.all.first { $0.name == "one-compartment" }!.variants.first {
      $0.parameterNames.sorted() == parameters.sorted()
    }!
  }

  /// Two occasions, doses that meet drug, one at the time of an observation.
  private static func subject(_ number: Int, lastDose: DoseRecord.Entry = .bolus) -> Subject {
    let scale = 1 + 0.1 * Double(number)
    let first = Occasion(
      doses: [
        DoseRecord(time: 0, amount: 100 * scale), DoseRecord(time: 3, amount: 40 * scale),
        DoseRecord(time: 5, amount: 30, entry: lastDose),
      ],
      observations: [
        Observation(time: 1, value: 3.9 * scale, precedingDoses: 1),
        Observation(time: 3, value: 3.1 * scale, precedingDoses: 2),
        Observation(time: 7.5, value: 2.2 * scale, precedingDoses: 3),
      ])
    let second = Occasion(
      doses: [DoseRecord(time: 0.5, amount: 80)],
      observations: [Observation(time: 2, value: 2.9 * scale, precedingDoses: 1)])
    return Subject(id: "\(number)", index: number - 1, occasions: [first, second])
  }

  private static func predictions(
    _ model: any StructuralModel, _ subject: Subject, _ theta: [Double]
  ) -> [Double] {
    let program = EventProgram(subject, for: model)
    var values = [Lanes](repeating: Lanes.all(0), count: program.observed.count)
    model.predict(program, parameters: theta.map { Lanes.all($0) }, count: 1, predictions: &values)
    return values.map { $0[3] }
  }

  @Test("boluses are predicted as by the general way", arguments: models)
  func predicts(model: LinearModel) {
    let subject = Self.subject(1)
    #expect(EventProgram(subject, for: model).decays)
    for theta in [[2.5, 20], [20, 0.3], [0.01, 7], [4, 0]] {
      let (own, general) = (
        Self.predictions(model, subject, theta),
        Self.predictions(Silent(model: model), subject, theta)
      )
      for (a, b) in zip(own, general) where b.isFinite {
        #expect(abs(a - b) <= 1e-13 * abs(b), "\(theta): \(a) for \(b)")
      }
      let areFinite = (own.map { $0.isFinite }, general.map { $0.isFinite })
      #expect(areFinite.0 == areFinite.1)
    }
  }

  @Test("what grows is outside the domain of a linear model, as before", arguments: models)
  func refusesGrowth(model: LinearModel) {
    let isClearance = model.parameterNames[0] == "CL"
    let theta = isClearance ? [-2.5, 20] : [20, -0.3]
    for structural in [model, Silent(model: model)] as [any StructuralModel] {
      let predictions = Self.predictions(structural, Self.subject(1), theta)
      #expect(predictions.allSatisfy { $0.isNaN })
    }
  }

  @Test("infusions, steady states, lags and shares are the model's own matter")
  func others() {
    let model = Self.models[0]
    #expect(!EventProgram(Self.subject(1, lastDose: .rate(10)), for: model).decays)
    #expect(!EventProgram(Self.subject(1, lastDose: .duration(2)), for: model).decays)
    var steady = Self.subject(1)
    steady.occasions[0].doses[0].steadyState = .replace
    steady.occasions[0].doses[0].interval = 12
    #expect(!EventProgram(steady, for: model).decays)
    for (name, variants) in LinearModel.all {
      for variant in variants {
        let isPlain = name == "one-compartment" && variant.parameterNames.count == 2
        #expect((variant.decay != nil) == isPlain, "\(name) \(variant.parameterNames)")
      }
    }
  }

  @Test(
    "log L is that of the general way, also with subjects of both kinds in a block of eight",
    arguments: models, [ResidualErrorModel.proportional, .additive, .combined])
  func likelihood(model: LinearModel, error: ResidualErrorModel) throws {
    let subjects = (1...19).map {
      Self.subject($0, lastDose: $0 % 3 == 0 ? .rate(10) : .bolus)
    }
    func logLikelihood(_ structural: any StructuralModel) throws -> Double {
      let mixture = MixtureModel(
        structural: structural,
        effects: structural.parameterNames.map {
          RandomEffect(name: $0, distribution: .lognormal, membership: .mixture)
        }, outputs: [OutputModel(error: error)], componentCount: 1, mixtureCovariance: .diagonal,
        sharedCovariance: .diagonal, covarianceSharing: .perComponent,
        fixed: FixedParameters(componentCount: 1, effectCount: 2), structuralPlace: [0, 1])
      let typical = structural.parameterNames[0] == "CL" ? [4.0, 25.0] : [25.0, 0.16]
      let start = PopulationParameters(
        weights: [1], means: [typical.map { log($0) }],
        covariances: [SymmetricMatrix(diagonal: [0.05, 0.04])],
        residualVariance: error.isFactored ? 0.02 : nil,
        direct: [error.isFactored ? [] : [0.01, 0.02]], coefficients: [[]],
        weightCoefficients: [[]])
      let fit = try ExpectationMaximization(
        model: mixture, dataset: Dataset(name: "both", subjects: subjects),
        subjects: Array(subjects.indices),
        settings: EstimationSettings(
          method: .exact, nodes: .gaussHermite, samples: 25, iterations: 12, tolerance: 1e-9,
          seed: 1, envelopeInflation: 1), communicator: SerialCommunicator()
      ).fit(from: start)
      return fit.logLikelihood
    }
    let (own, general) = (try logLikelihood(model), try logLikelihood(Silent(model: model)))
    #expect(abs(own - general) < 1e-8, "\(own) for \(general)")
  }
}
