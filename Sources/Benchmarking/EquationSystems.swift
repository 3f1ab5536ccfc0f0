import DifferentialEquations
import NumericKernels

/// A model whose differential equations are solved for the benchmark, for eight samples and for
/// one.
protocol EquationSystem: DerivativeFunction {
  static var name: String { get }
  static var compartmentCount: Int { get }
  /// In the order of `init`.
  static var typicalParameters: [Double] { get }
  /// Whether the first dose meets amounts that are not 0.
  static func initialAmounts(_ parameters: [Double]) -> [Double]
  /// Into the first compartment.
  static var dose: Double { get }
  /// The compartment that is observed.
  static var observed: Int { get }
  init(_ parameters: [Lanes])
  /// The derivatives of one sample.
  static func derivatives(
    _ parameters: UnsafePointer<Double>, _ amounts: UnsafePointer<Double>,
    _ derivatives: UnsafeMutablePointer<Double>)
}

extension EquationSystem {
  static func initialAmounts(_ parameters: [Double]) -> [Double] {
    [Double](repeating: 0, count: compartmentCount)
  }
}

/// First-order absorption, one compartment, Michaelis–Menten elimination.
struct SaturableElimination: EquationSystem {
  static let name = "Michaelis-Menten"
  static let compartmentCount = 2
  static let typicalParameters = [1.0, 12, 1, 20]
  static let dose = 100.0
  static let observed = 1
  let absorption, most, half, volume: Lanes

  init(_ p: [Lanes]) { (absorption, most, half, volume) = (p[0], p[1], p[2], p[3]) }

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let input = absorption * amounts[0]
    let concentration = amounts[1] / volume
    derivatives[0] = -input
    derivatives[1] = input - most * concentration / (half + concentration)
  }

  static func derivatives(
    _ p: UnsafePointer<Double>, _ amounts: UnsafePointer<Double>,
    _ derivatives: UnsafeMutablePointer<Double>
  ) {
    let input = p[0] * amounts[0]
    let concentration = amounts[1] / p[3]
    derivatives[0] = -input
    derivatives[1] = input - p[1] * concentration / (p[2] + concentration)
  }
}

/// First-order absorption and two compartments, all linear.
struct TwoCompartments: EquationSystem {
  static let name = "two compartments"
  static let compartmentCount = 3
  static let typicalParameters = [1.0, 0.15, 0.3, 0.2]
  static let dose = 100.0
  static let observed = 1
  let absorption, elimination, out, back: Lanes

  init(_ p: [Lanes]) { (absorption, elimination, out, back) = (p[0], p[1], p[2], p[3]) }

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let input = absorption * amounts[0]
    let exchange = out * amounts[1] - back * amounts[2]
    derivatives[0] = -input
    derivatives[1] = input - elimination * amounts[1] - exchange
    derivatives[2] = exchange
  }

  static func derivatives(
    _ p: UnsafePointer<Double>, _ amounts: UnsafePointer<Double>,
    _ derivatives: UnsafeMutablePointer<Double>
  ) {
    let input = p[0] * amounts[0]
    let exchange = p[2] * amounts[1] - p[3] * amounts[2]
    derivatives[0] = -input
    derivatives[1] = input - p[1] * amounts[1] - exchange
    derivatives[2] = exchange
  }
}

/// Target-mediated disposition (Mager & Jusko, J Pharmacokinet Pharmacodyn 28 (2001) 507–532) of
/// drug, target and complex, with binding ten thousand times as fast as elimination.
struct TargetMediatedDisposition: EquationSystem {
  static let name = "TMDD, fast binding"
  static let compartmentCount = 3
  /// Elimination, binding, release, synthesis, degradation, internalisation.
  static let typicalParameters = [0.05, 1000.0, 100, 0.5, 0.1, 0.03]
  static let dose = 20.0
  static let observed = 0
  let elimination, binding, release, synthesis, degradation, internalisation: Lanes

  static func initialAmounts(_ p: [Double]) -> [Double] { [0, p[3] / p[4], 0] }

  init(_ p: [Lanes]) {
    (elimination, binding, release) = (p[0], p[1], p[2])
    (synthesis, degradation, internalisation) = (p[3], p[4], p[5])
  }

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let bound = binding * amounts[0] * amounts[1] - release * amounts[2]
    derivatives[0] = -elimination * amounts[0] - bound
    derivatives[1] = synthesis - degradation * amounts[1] - bound
    derivatives[2] = bound - internalisation * amounts[2]
  }

  static func derivatives(
    _ p: UnsafePointer<Double>, _ amounts: UnsafePointer<Double>,
    _ derivatives: UnsafeMutablePointer<Double>
  ) {
    let bound = p[1] * amounts[0] * amounts[1] - p[2] * amounts[2]
    derivatives[0] = -p[0] * amounts[0] - bound
    derivatives[1] = p[3] - p[4] * amounts[1] - bound
    derivatives[2] = bound - p[5] * amounts[2]
  }
}
