import Diagnostics
import NumericKernels
import PopulationData
import PopulationModel
import Simulation

/// h(t) = a + b t: with normal effects and additive error observations are normal, so that
/// everything is known in closed form.
struct Line: StructuralModel {
  let name = "line"

  var parameterNames: [String] { ["a", "b"] }
  var parameterKinds: [ParameterKind] { [.volume, .rate] }

  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var time = 0.0
      var place = v
      for step in program.steps {
        time = step.action == .reset ? 0 : time + step.elapsed
        guard step.action == .observe else { continue }
        predictions[place] = parameters[v] + parameters[count + v] * time
        place += count
      }
    }
  }

  func validate(_ subject: Subject, residual: ResidualErrorModel) {}

  /// A fit of lines with these values, a shared and b mixing.
  static func fit(
    _ estimates: PopulationParameters, residual: ResidualErrorModel = .additive
  ) -> FittedModel {
    let effects = [
      RandomEffect(name: "a", distribution: .normal, membership: .shared),
      RandomEffect(name: "b", distribution: .normal, membership: .mixture),
    ]
    let model = MixtureModel(
      structural: Line(), effects: effects, residual: residual,
      componentCount: estimates.componentCount, mixtureCovariance: .full, sharedCovariance: .full,
      covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: estimates.componentCount, effectCount: 2),
      structuralPlace: [0, 1])
    return FittedModel(model: model, estimates: estimates)
  }
}

/// A subject with a dose at time 0, before all observations, which are in one occasion each list.
func subject(
  _ occasions: [[(time: Double, value: Double)]], dose: Double = 100, index: Int = 0
) -> Subject {
  Subject(
    id: "\(index + 1)", index: index,
    occasions: occasions.map { observations in
      Occasion(
        doses: [DoseRecord(time: 0, amount: dose)],
        observations: observations.map {
          Observation(time: $0.time, value: $0.value, precedingDoses: 1)
        })
    })
}

/// A one-compartment fit with chosen values, V before k.
func bolus(
  _ estimates: PopulationParameters, distribution: EffectDistribution = .normal,
  residual: ResidualErrorModel = .proportional
) -> FittedModel {
  FittedModel(
    model: PublishedTrial.model(
      components: estimates.componentCount, distribution: distribution, residual: residual),
    estimates: estimates)
}

extension FittedModel {
  /// Replicates of a subject's observations, as the checks by simulation draw them.
  /// - Parameter place: of the subject among all.
  func replicates(of subject: Subject, place: Int, count: Int, seed: UInt64) -> [[Double]] {
    let simulator = Simulator(model, estimates)
    return (0..<count).map { number in
      simulator.draw(subject, at: .replicates(seed: seed, place: place), number: number)
        .subject.occasions.flatMap { $0.observations.map(\.value) }
    }
  }
}
