import PopulationModel

/// One way to write the parameters of a linear model: the names of its parameters, what they
/// measure, and which is which.
///
/// A clearance or a rate constant of disposition stands at the same place for all ways of one kind,
/// so that the arithmetic asks for a place and not for a name.
struct LinearParameters: Sendable, Equatable {
  /// How disposition is described.
  enum Disposition: Sendable, Equatable {
    /// CL, V1, Q2, V2, Q3, V3
    case clearances
    /// V, k, k12, k21, k13, k31
    case rates
    /// A, alpha, B, beta, C, gamma: concentration after a unit bolus is A·e^−αt + B·e^−βt +
    /// C·e^−γt.
    case coefficients
  }

  /// A parameter beside those of disposition.
  enum Input: String, CaseIterable, Sendable {
    case absorption = "ka"
    case lag = "tlag"
    case bioavailability = "F"
    case duration = "dur"
    case rate = "rate"

    var kind: ParameterKind {
      switch self {
      case .absorption, .rate: self == .rate ? .amountRate : .rate
      case .lag, .duration: .time
      case .bioavailability: .fraction
      }
    }
  }

  let disposition: Disposition
  /// Names of disposition first.
  let names: [String]
  let kinds: [ParameterKind]
  /// How many of the names are those of disposition.
  let dispositionCount: Int
  let inputs: [Input]

  init(disposition: Disposition, names: [String], inputs: [Input]) {
    self.disposition = disposition
    self.names = names + inputs.map(\.rawValue)
    self.inputs = inputs
    dispositionCount = names.count
    kinds = names.map(Self.kind(of:)) + inputs.map(\.kind)
  }

  /// Place of a parameter among `names`; nil if this way has none.
  func place(_ input: Input) -> Int? {
    inputs.firstIndex(of: input).map { dispositionCount + $0 }
  }

  func has(_ input: Input) -> Bool { inputs.contains(input) }

  /// All ways to describe the disposition of so many compartments, each with its names.
  static func dispositions(compartmentCount: Int) -> [(form: Disposition, names: [String])] {
    switch compartmentCount {
    case 1:
      [
        (.clearances, ["CL", "V"]), (.clearances, ["CL", "V1"]),
        (.rates, ["V", "k"]), (.rates, ["V1", "k"]),
      ]
    case 2:
      [
        (.clearances, ["CL", "V1", "Q", "V2"]), (.clearances, ["CL", "V", "Q", "V2"]),
        (.rates, ["V", "k", "k12", "k21"]), (.rates, ["V1", "k", "k12", "k21"]),
        (.coefficients, ["A", "alpha", "B", "beta"]),
      ]
    case 3:
      [
        (.clearances, ["CL", "V1", "Q2", "V2", "Q3", "V3"]),
        (.clearances, ["CL", "V", "Q2", "V2", "Q3", "V3"]),
        (.rates, ["V", "k", "k12", "k21", "k13", "k31"]),
        (.rates, ["V1", "k", "k12", "k21", "k13", "k31"]),
        (.coefficients, ["A", "alpha", "B", "beta", "C", "gamma"]),
      ]
    default: preconditionFailure("linear models have one, two or three compartments")
    }
  }

  private static func kind(of name: String) -> ParameterKind {
    switch name {
    case "V", "V1", "V2", "V3": .volume
    case "CL", "Q", "Q2", "Q3": .clearance
    case "A", "B", "C": .perVolume
    default: .rate
    }
  }
}
