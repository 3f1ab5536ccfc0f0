import CVector
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

/// The right-hand side of a model's differential equations, for the vector that its workspace has
/// selected.
struct EquationDerivatives<Partials: PartialsKnowledge>: DerivativeFunction {
  let evaluator: DerivativeEvaluator
  let compartmentCount: Int
  /// By compartment: 1 in lanes in which it is on, else 0.
  let isOn: UnsafePointer<Lanes>
  let isAnyOff: Bool

  static var hasJacobian: Bool { Partials.areKnown }

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    withUnsafePointer(to: time) {
      evaluator.placeDerivatives(time: $0, amounts: amounts, into: derivatives)
    }
    if isAnyOff {
      let zero = Lanes.all(0)
      for i in 0..<compartmentCount {
        derivatives[i] = cvector_select_less(zero, isOn[i], derivatives[i], zero)
      }
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
      let zero = Lanes.all(0)
      for i in 0..<compartmentCount {
        for j in 0..<compartmentCount {
          let place = j * compartmentCount + i
          jacobian[place] = cvector_select_less(zero, isOn[i], jacobian[place], zero)
        }
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
  let isOn: UnsafeMutablePointer<Lanes>
  var isAnyOff = false

  var defaultDoseCompartment: Int { 0 }

  var steadyTolerance: Double { max(1e-9, 10 * solver.tolerances.relative) }

  mutating func use(covariates row: Int) {
    workspace.use(row: row)
    solver.parametersChange()
  }

  mutating func turn(_ compartment: Int, isOn lanes: Lanes) {
    let change = lanes - isOn[compartment]
    // A lane's bits must not depend on when a dose enters another one.
    solver.parametersChange(where: cvector_max(change, -change))
    isOn[compartment] = lanes
    isAnyOff = (0..<compartmentCount).contains { cvector_any_less(isOn[$0], Lanes.all(1)) }
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
      evaluator: workspace.evaluator, compartmentCount: compartmentCount, isOn: isOn,
      isAnyOff: isAnyOff)
    solver.advance(function, amounts: amounts, rates: rates, from: start, to: end)
  }

  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    workspace.placeOutput(
      records, observation: observation, amounts: amounts, predictions + observation * stride)
  }
}
