import DifferentialEquations
import NumericKernels

/// Absorption, and elimination by Michaelis–Menten kinetics: dA₁/dt = −k A₁, dA₂/dt = k A₁ − v
/// A₂/(m + A₂), in amounts.
struct SaturableElimination: DerivativeFunction {
  var absorption, most, half: Lanes

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let input = absorption * amounts[0]
    derivatives[0] = -input
    derivatives[1] = input - most * amounts[1] / (half + amounts[1])
  }
}

/// A₁ → A₂ → A₃ → out, with rates k₁, k₂, k₃.
struct Chain: DerivativeFunction {
  var rates: (Lanes, Lanes, Lanes)

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let (first, second) = (rates.0 * amounts[0], rates.1 * amounts[1])
    derivatives[0] = -first
    derivatives[1] = first - second
    derivatives[2] = second - rates.2 * amounts[2]
  }
}

/// dx/dt = αx − βxy, dy/dt = δxy − γy; δx − γ ln x + βy − α ln y is constant.
struct LotkaVolterra: DerivativeFunction {
  var (alpha, beta, gamma, delta) = (
    Lanes.all(1.1), Lanes.all(0.4), Lanes.all(0.4), Lanes.all(0.1)
  )

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let meeting = amounts[0] * amounts[1]
    derivatives[0] = alpha * amounts[0] - beta * meeting
    derivatives[1] = delta * meeting - gamma * amounts[1]
  }
}

/// Robertson's reaction, the classic of stiff problems; `fast` is 3e7 in the original.
struct Robertson: DerivativeFunction {
  static let hasJacobian = true
  var fast = Lanes.all(3e7)

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let slow = 0.04 * amounts[0]
    let back = 1e4 * amounts[1] * amounts[2]
    let on = fast * amounts[1] * amounts[1]
    derivatives[0] = back - slow
    derivatives[1] = slow - back - on
    derivatives[2] = on
  }

  func jacobian(
    time: Lanes, amounts: UnsafePointer<Lanes>, into jacobian: UnsafeMutablePointer<Lanes>
  ) {
    let on = 2 * fast * amounts[1]
    (jacobian[0], jacobian[1], jacobian[2]) = (Lanes.all(-0.04), Lanes.all(0.04), Lanes.all(0))
    jacobian[3] = 1e4 * amounts[2]
    jacobian[4] = -1e4 * amounts[2] - on
    jacobian[5] = on
    (jacobian[6], jacobian[7]) = (1e4 * amounts[1], -1e4 * amounts[1])
    jacobian[8] = Lanes.all(0)
  }
}

/// Robertson's reaction, its Jacobian by difference quotients.
struct RobertsonByQuotients: DerivativeFunction {
  var reaction = Robertson()

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    reaction.derivatives(time: time, amounts: amounts, into: derivatives)
  }
}

/// Van der Pol's oscillator, y″ = ((1 − y²)y′ − y)/ε.
struct VanDerPol: DerivativeFunction {
  var stiffness = Lanes.all(1e6)

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    derivatives[0] = amounts[1]
    derivatives[1] = stiffness * ((1 - amounts[0] * amounts[0]) * amounts[1] - amounts[0])
  }
}

/// dy/dt = λ(cos t − y) − sin t, whose solution from 1 is cos t whatever λ.
struct ProtheroRobinson: DerivativeFunction {
  var lambda: Lanes

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    derivatives[0] = lambda * (cosine(time) - amounts[0]) - sine(time)
  }
}

/// Any function of time and amounts of one compartment, lane by lane.
struct Scalar: DerivativeFunction {
  var function: @Sendable (Double, Double) -> Double

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    for lane in 0..<8 { derivatives[0][lane] = function(time[lane], amounts[0][lane]) }
  }
}
