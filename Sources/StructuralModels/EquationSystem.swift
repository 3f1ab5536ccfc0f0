import CompartmentModels
import DifferentialEquations
import ModelLanguage
import NumericKernels

/// Whether the partial derivatives of differential equations are known.
protocol PartialsKnowledge {
  static var areKnown: Bool { get }
}

enum KnownPartials: PartialsKnowledge { static var areKnown: Bool { true } }
enum UnknownPartials: PartialsKnowledge { static var areKnown: Bool { false } }

/// The right-hand side of a model's differential equations, for the vector that its workspace has selected.
struct EquationDerivatives<Partials: PartialsKnowledge>: DerivativeFunction {
  let evaluator: DerivativeEvaluator
  let compartmentCount: Int
  let isOff: UnsafePointer<Bool>
  let isAnyOff: Bool

  static var hasJacobian: Bool { Partials.areKnown }

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    withUnsafePointer(to: time) {
      evaluator.placeDerivatives(time: $0, amounts: amounts, into: derivatives)
    }
    if isAnyOff {
      for i in 0..<compartmentCount where isOff[i] { derivatives[i] = Lanes.all(0) }
    }
  }

  func jacobian(
    time: Lanes, amounts: UnsafePointer<Lanes>, into jacobian: UnsafeMutablePointer<Lanes>
  ) {
    withUnsafePointer(to: time) {
      evaluator.placeJacobian(
        time: $0, amounts: amounts, compartmentCount: compartmentCount, into: jacobian)
    }
    if isAnyOff {
      for i in 0..<compartmentCount where isOff[i] {
        for j in 0..<compartmentCount { jacobian[j * compartmentCount + i] = Lanes.all(0) }
      }
    }
  }
}

/// A model of differential equations for one vector of samples.
struct EquationSystem<Partials: PartialsKnowledge>: CompartmentSystem {
  // Not counted: both outlive each call.
  unowned(unsafe) let workspace: ModelWorkspace
  unowned(unsafe) let solver: DifferentialEquationSolver
  unowned(unsafe) let records: ModelRecords
  let compartmentCount: Int
  /// Of the vector; observation j goes to `stride`·j.
  let predictions: UnsafeMutablePointer<Lanes>
  let stride: Int
  let isOff: UnsafeMutablePointer<Bool>
  var isAnyOff = false

  var defaultDoseCompartment: Int { 0 }

  var steadyTolerance: Double { max(1e-9, 10 * solver.tolerances.relative) }

  mutating func use(covariates row: Int) {
    workspace.use(row: row)
    solver.parametersChange()
  }

  mutating func turn(_ compartment: Int, isOn: Bool) {
    isOff[compartment] = !isOn
    isAnyOff = (0..<compartmentCount).contains { isOff[$0] }
    solver.parametersChange()
  }

  mutating func placeInitialAmounts(_ amounts: UnsafeMutablePointer<Lanes>) {
    for i in 0..<compartmentCount {
      amounts[i] = workspace.property(.initial, of: i)?.pointee ?? Lanes.all(0)
    }
  }

  func dosing(_ compartment: Int) -> DosingParameters {
    func value(_ property: CompartmentProperty, _ usual: Double) -> Lanes {
      workspace.property(property, of: compartment)?.pointee ?? Lanes.all(usual)
    }
    return DosingParameters(
      bioavailability: value(.bioavailability, 1), lag: value(.lag, 0), rate: value(.rate, 0),
      duration: value(.duration, 0))
  }

  mutating func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>, from start: Lanes,
    to end: Lanes
  ) {
    let function = EquationDerivatives<Partials>(
      evaluator: workspace.evaluator, compartmentCount: compartmentCount, isOff: isOff,
      isAnyOff: isAnyOff)
    solver.advance(function, amounts: amounts, rates: rates, from: start, to: end)
  }

  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    workspace.placeOutput(
      records, observation: observation, amounts: amounts, predictions + observation * stride)
  }
}
