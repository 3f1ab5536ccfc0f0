import CVector
import NumericKernels

/// What `VaryingLinearSystem` needs to know of one set of parameters, for one vector of samples.
///
/// With d = √(k12/k21) the amounts A₁ and A₂/d, and likewise A₃/√(k13/k31), obey equations with a
/// symmetric matrix, so that its modes are orthonormal vectors q: the amount x in a compartment j
/// counts qᵢⱼ/dⱼ·x in mode i, which decays by e^−λᵢt, and the mode counts dⱼqᵢⱼ in the compartment.
/// The condition of this is that of the scales dⱼ alone, also where rates coincide. The first
/// components are the roots of the shares, qᵢ₁² = Cᵢ.
struct VaryingLinearConstants {
  /// λᵢ; ka; concentration per central amount; 1/λᵢ; 1/(ka − λᵢ); into mode i from compartment j at
  /// 3i + j, and out of it; F, lag, rate, duration and initial amount of each compartment.
  static let count = 3 + 1 + 1 + 3 + 3 + 9 + 9 + 4 * 5

  let place: UnsafeMutablePointer<Lanes>

  var rates: UnsafeMutablePointer<Lanes> { place }
  var absorption: Lanes {
    get { place[3] }
    nonmutating set { place[3] = newValue }
  }
  var perVolume: Lanes {
    get { place[4] }
    nonmutating set { place[4] = newValue }
  }
  var perRate: UnsafeMutablePointer<Lanes> { place + 5 }
  var perDistance: UnsafeMutablePointer<Lanes> { place + 8 }
  var inward: UnsafeMutablePointer<Lanes> { place + 11 }
  var outward: UnsafeMutablePointer<Lanes> { place + 20 }
  /// By compartment, five each.
  var inputs: UnsafeMutablePointer<Lanes> { place + 29 }

  /// Computes what depends on the library's parameters.
  /// - Parameters:
  ///   - parameters: of `shape`; parameter j of vector v at `j * count + v`.
  ///   - own: room for the constants of `LinearSystem`.
  func placeModes(
    _ shape: LinearShape, parameters: UnsafePointer<Lanes>, count: Int, v: Int,
    own: UnsafeMutablePointer<Lanes>
  ) {
    shape.placeConstants(own, parameters: parameters, count: count, v: v, hasModes: false)
    absorption = own[6]
    perVolume = own[11]
    switch (shape.modeCount, shape.parameters.disposition) {
    case (1, _):
      rates[0] = own[0]
      inward[0] = own[3]
      outward[0] = Lanes.all(1)
    case (2, .coefficients): placeCoefficients(own)
    case (2, _): placeTwo(own)
    default: placeThree(own)
    }
    for i in 0..<shape.modeCount {
      perRate[i] = 1 / rates[i]
      perDistance[i] = 1 / (absorption - rates[i])
    }
  }

  /// A and B are shares over the volume; k21 = C₁β + C₂α and k12·k21 = C₁C₂(α − β)².
  private func placeCoefficients(_ own: UnsafeMutablePointer<Lanes>) {
    let zero = Lanes.all(0)
    let total = own[3] + own[4]
    let (first, second) = (own[3] / total, own[4] / total)
    perVolume = total
    (rates[0], rates[1]) = (own[0], own[1])
    let back = cvector_fma(first, own[1], second * own[0])
    // Negative where α < β, which makes up for the signs of the modes. Neither 1/0 nor another
    // sign.
    let scale = cvector_sqrt(first * second) * (own[0] - own[1]) / back
    let size = cvector_max(Lanes.all(1e-20), cvector_max(-scale, scale))
    place(
      first, second, zero, scale: cvector_select_less(scale, zero, -size, size))
  }

  private func placeTwo(_ own: UnsafeMutablePointer<Lanes>) {
    let sense = own[3] - 1
    var constants = RateConstants(elimination: own[0])
    (constants.outward.0, constants.inward.0) = Self.exchange(own[9], own[7])
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 2) { shares in
      DispositionModes.two(constants, rates: rates, shares: shares.baseAddress!)
      place(
        shares[0], shares[1], sense,
        scale: cvector_sqrt(constants.outward.0 / constants.inward.0))
    }
  }

  /// Two modes by their shares, the fast one first, whose peripheral component has the other sign.
  private func place(_ fast: Lanes, _ slow: Lanes, _ sense: Lanes, scale: Lanes) {
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    let (first, second) = (cvector_sqrt(fast), cvector_sqrt(slow))
    place(mode: 0, first, -second, zero, scale, one, sense)
    place(mode: 1, second, first, zero, scale, one, sense)
  }

  /// By Jacobi's rotations (G. H. Golub, C. F. Van Loan, "Matrix computations", 4th edition,
  /// Baltimore 2013, section 8.5): vectors that are orthonormal to rounding, wherever the rates
  /// lie, which a formula for each component would not give.
  private func placeThree(_ own: UnsafeMutablePointer<Lanes>) {
    let sense = own[3] - 1
    let (out2, back2) = Self.exchange(own[9], own[7])
    let (out3, back3) = Self.exchange(own[10], own[8])
    let modes = SymmetricModes(
      diagonal: (own[0] + out2 + out3, back2, back3),
      couplings: (-cvector_sqrt(out2 * back2), -cvector_sqrt(out3 * back3)))
    let near = cvector_sqrt(out2 / back2)
    let far = cvector_sqrt(out3 / back3)
    // Without elimination the slowest rate is 0, and rounding may make it less.
    let zero = Lanes.all(0)
    (rates[0], rates[1]) = (cvector_max(zero, modes.values.0), cvector_max(zero, modes.values.1))
    rates[2] = cvector_max(zero, modes.values.2)
    let (x, y, z) = (modes.first, modes.second, modes.third)
    place(mode: 0, x.0, y.0, z.0, near, far, sense)
    place(mode: 1, x.1, y.1, z.1, near, far, sense)
    place(mode: 2, x.2, y.2, z.2, near, far, sense)
  }

  private func place(
    mode: Int, _ first: Lanes, _ second: Lanes, _ third: Lanes, _ near: Lanes, _ far: Lanes,
    _ sense: Lanes
  ) {
    let (into, out) = (inward + 3 * mode, outward + 3 * mode)
    (into[0], into[1], into[2]) = (first + sense, second / near, third / far)
    (out[0], out[1], out[2]) = (first, second * near, third * far)
  }

  /// k12 and k21, neither so small beside the other that what it does were lost in the rounding of
  /// the modes: the shift changes no amount by more than a 10⁻¹²th part of what is exchanged.
  private static func exchange(_ out: Lanes, _ back: Lanes) -> (Lanes, Lanes) {
    let least = Lanes.all(1e-100)
    let ratio = 1e-12
    return (
      cvector_max(cvector_max(least, ratio * back), out),
      cvector_max(cvector_max(least, ratio * out), back)
    )
  }
}
