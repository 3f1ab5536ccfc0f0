import NumericKernels
import PopulationData

/// One compartment, intravenous bolus doses, first-order elimination:
/// h(t) = Σ_d (A_d/V) exp(−k(t − t_d)) over the doses d given before t.
public struct OneCompartmentBolus: StructuralModel {
  /// The two usual ways to write the model.
  public enum Parameterization: Sendable {
    /// (V, k)
    case volumeAndRate
    /// (CL, V), k = CL/V
    case clearanceAndVolume
  }

  public let name = "one-compartment bolus"

  public let parameterization: Parameterization

  public init(_ parameterization: Parameterization) { self.parameterization = parameterization }

  public var parameterNames: [String] {
    switch parameterization {
    case .volumeAndRate: ["V", "k"]
    case .clearanceAndVolume: ["CL", "V"]
    }
  }

  public var parameterKinds: [ParameterKind] {
    switch parameterization {
    case .volumeAndRate: [.volume, .rate]
    case .clearanceAndVolume: [.clearance, .volume]
    }
  }

  public var decay: DecayForm? {
    switch parameterization {
    case .volumeAndRate:
      DecayForm(volumePlace: 0, ratePlace: 1, isClearance: false, refusesGrowth: false)
    case .clearanceAndVolume:
      DecayForm(volumePlace: 1, ratePlace: 0, isClearance: true, refusesGrowth: false)
    }
  }

  /// Doses are superposed by carrying the amount in the compartment from event to event: all terms
  /// have one sign, so this loses nothing against the sum over doses, and costs one exponential for
  /// each step in time.
  public func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    let clearance = parameterization == .clearanceAndVolume
    program.steps.withUnsafeBufferPointer { steps in
      for v in 0..<count {
        let volume = parameters[clearance ? count + v : v]
        let rate = clearance ? parameters[v] / volume : parameters[count + v]
        let perVolume = 1 / volume
        var amount = Lanes.all(0)
        var place = v
        for step in steps {
          if step.elapsed > 0 { amount *= exp(-rate * step.elapsed) }
          switch step.action {
          case .dose: amount += step.amount
          case .observe:
            predictions[place] = amount * perVolume
            place += count
          case .reset: amount = Lanes.all(0)
          }
        }
      }
    }
  }

  public func validate(_ subject: Subject, residual: ResidualErrorModel) throws(ModelError) {
    for occasion in subject.occasions {
      func refuse(_ line: Int, _ event: UnfollowedEvent) throws(ModelError) -> Never {
        throw .unfollowed(subject: subject.id, line: line, event)
      }
      for dose in occasion.doses {
        if dose.compartment > 1 || dose.compartment < 0 {
          throw .compartment(
            subject: subject.id, line: dose.line, found: dose.compartment, isDose: true)
        }
        if dose.steadyState != .none { try refuse(dose.line, .steadyState) }
        if dose.isInfusion { try refuse(dose.line, .infusion) }
      }
      for other in occasion.others where other.compartment < 0 {
        try refuse(other.line, .turnedOff(-other.compartment))
      }
      for observation in occasion.observations {
        if observation.compartment > 1 || observation.compartment < 0 {
          throw .compartment(
            subject: subject.id, line: observation.line, found: observation.compartment,
            isDose: false)
        }
        if observation.output > 1 { try refuse(observation.line, .output(observation.output)) }
        if residual.needsPrediction, observation.precedingDoses == 0, !observation.admitsZero {
          throw .observationBeforeDose(
            subject: subject.id, line: observation.line, time: observation.time, residual)
        }
      }
    }
  }
}
