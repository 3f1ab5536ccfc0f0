import NumericKernels
public import PopulationModel

/// A linear model of the library with parameters that may change between the records of a subject,
/// with dosing parameters and initial amounts of all compartments. It is exact, as parameters are
/// constant between records.
///
/// Compartments are those of `LinearModel`, and keep their amounts when the parameters change.
public struct VaryingLinearModel: Sendable {
  /// What a compartment may have beside the parameters of the library's model.
  public enum Input: Int, Sendable {
    case bioavailability, lag, rate, duration
    /// Amount at the beginning and after a reset.
    case initialAmount
  }

  let shape: LinearShape
  /// In the order of their values.
  let inputs: [(compartment: Int, input: Input)]

  /// - Parameters:
  ///   - model: without optional parameters.
  ///   - inputs: of compartments from 0; the others have their usual values.
  /// - Returns: nil if the parameters do not tell the amounts in the compartments (three
  ///   exponential terms).
  public init?(_ model: LinearModel, inputs: [(compartment: Int, input: Input)]) {
    precondition(
      model.parameterNames == model.necessaryParameters, "dosing parameters are inputs here")
    guard model.shape.parameters.disposition != .coefficients || model.shape.modeCount == 2 else {
      return nil
    }
    shape = model.shape
    self.inputs = inputs
  }

  public var compartmentCount: Int { shape.compartmentCount }

  /// Number of values of one set of parameters: those of the library's model in its order, then the
  /// inputs.
  public var valueCount: Int { shape.parameters.names.count + inputs.count }

  /// - Parameters:
  ///   - timeline: its rows of covariates stand for sets of parameters; its compartments are those
  ///     of the model.
  ///   - givesAmounts: whether the amounts of all compartments are wanted of each observation, or
  ///     the concentration.
  public func prepare(_ timeline: EventTimeline, givesAmounts: Bool) -> VaryingLinearProgram {
    VaryingLinearProgram(timeline, self, givesAmounts: givesAmounts)
  }

  /// Constants of one set of parameters of vector v.
  func place(
    _ constants: VaryingLinearConstants, values: UnsafePointer<Lanes>, count: Int, v: Int,
    own: UnsafeMutablePointer<Lanes>
  ) {
    constants.placeModes(shape, parameters: values, count: count, v: v, own: own)
    let zero = Lanes.all(0)
    let target = constants.inputs
    for compartment in 0..<compartmentCount {
      target[5 * compartment] = Lanes.all(1)
      for input in 1..<5 { target[5 * compartment + input] = zero }
    }
    let first = shape.parameters.names.count
    for place in 0..<inputs.count {
      let input = inputs[place]
      target[5 * input.compartment + input.input.rawValue] = values[(first + place) * count + v]
    }
  }
}
