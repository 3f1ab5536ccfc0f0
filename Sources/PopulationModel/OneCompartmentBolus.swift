public import NumericKernels
public import PopulationData

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

  public var decay: DecayForm? { form }

  private var form: DecayForm {
    switch parameterization {
    case .volumeAndRate:
      DecayForm(volumePlace: 0, ratePlace: 1, isClearance: false, refusesGrowth: false)
    case .clearanceAndVolume:
      DecayForm(volumePlace: 1, ratePlace: 0, isClearance: true, refusesGrowth: false)
    }
  }

  public func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    form.predict(program, parameters: parameters, count: count, predictions: predictions)
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
