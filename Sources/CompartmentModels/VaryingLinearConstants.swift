import CVector
import NumericKernels

/// What `VaryingLinearSystem` needs to know of one set of parameters, for one vector of samples.
///
/// With d = √(k12/k21) the amounts A₁ and A₂/d, and likewise A₃/√(k13/k31), obey equations with a symmetric matrix, so that its modes
/// are orthonormal vectors q: the amount x in a compartment j counts qᵢⱼ/dⱼ·x in mode i, which decays by e^−λᵢt, and the mode counts
/// dⱼqᵢⱼ in the compartment. The condition of this is that of the scales dⱼ alone, also where rates coincide. The first components are
/// the roots of the shares, qᵢ₁² = Cᵢ.
struct VaryingLinearConstants {
  /// λᵢ; ka; concentration per central amount; 1/λᵢ; 1/(ka − λᵢ); into mode i from compartment j at 3i + j, and out of it; F, lag,
  /// rate, duration and initial amount of each compartment.
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
    shape.placeConstants(own, parameters: parameters, count: count, v: v)
    let (shares, modes) = (own + 3, shape.modeCount)
    for i in 0..<modes {
      rates[i] = own[i]
      perRate[i] = 1 / own[i]
      perDistance[i] = 1 / (own[6] - own[i])
    }
    absorption = own[6]
    perVolume = own[11]
    switch modes {
    case 1:
      // Without a share that differs from 1 only the sense of the parameters is in it.
      inward[0] = shares[0]
      outward[0] = Lanes.all(1)
    case 2:
      placeTwo(shape, own)
    default:
      placeThree(own)
    }
  }

  private func placeTwo(_ shape: LinearShape, _ own: UnsafeMutablePointer<Lanes>) {
    let zero = Lanes.all(0)
    var (fast, slow) = (own[3], own[4])
    var scale: Lanes
    if shape.parameters.disposition == .coefficients {
      // A and B are shares over the volume; k21 = C₁β + C₂α, k12·k21 = C₁C₂(α − β)². The scale is negative where α < β, which makes up for
      // the signs below.
      let total = fast + slow
      perVolume = total
      fast /= total
      slow /= total
      let back = cvector_fma(fast, own[1], slow * own[0])
      scale = cvector_sqrt(fast * slow) * (own[0] - own[1]) / back
      // Neither 1/0 nor another sign.
      let size = cvector_max(Lanes.all(Self.leastScale), cvector_max(-scale, scale))
      scale = cvector_select_less(scale, zero, -size, size)
    } else {
      scale = Self.scale(out: own[9], back: own[7], of: own)
    }
    let (first, second) = (cvector_sqrt(fast), cvector_sqrt(slow))
    place(mode: 0, first, -second, zero, scale, Lanes.all(1))
    place(mode: 1, second, first, zero, scale, Lanes.all(1))
  }

  private func placeThree(_ own: UnsafeMutablePointer<Lanes>) {
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    let distances = own + 18
    let (near, far) = (
      Self.scale(out: own[9], back: own[7], of: own),
      Self.scale(out: own[10], back: own[8], of: own)
    )
    // √(k12·k21), the coupling; never 0.
    let (a, b) = (
      near * cvector_max(own[7], Self.least(own)), far * cvector_max(own[8], Self.least(own))
    )
    // The direction of qᵢ₂ and qᵢ₃, √(k12·k21)/(k21 − λᵢ) and √(k13·k31)/(k31 − λᵢ), where the share leaves their length.
    func direction(_ second: Lanes, _ third: Lanes) -> (Lanes, Lanes) {
      let (x, y) = (a * third, b * second)
      // Both distances are 0 without exchange only, and any direction will do.
      let isSound = cvector_max(x, y)
      let (u, v) = (
        cvector_select_less(zero, isSound, x / isSound, a / cvector_max(a, b)),
        cvector_select_less(zero, isSound, y / isSound, b / cvector_max(a, b))
      )
      let length = cvector_sqrt(cvector_fma(u, u, v * v))
      return (u / length, v / length)
    }
    let (s1, s2, s3) = (own[3], own[4], own[5])
    let (first, last) = (cvector_sqrt(s1), cvector_sqrt(s3))
    let (ofFirst, ofLast) = (cvector_sqrt(s2 + s3), cvector_sqrt(s1 + s2))
    var (first2, first3) = direction(distances[0], distances[1])
    (first2, first3) = (-ofFirst * first2, -ofFirst * first3)
    var (last2, last3) = direction(distances[2], distances[3])
    (last2, last3) = (ofLast * last2, ofLast * last3)
    // The one in the middle is orthogonal to both.
    var middle = cvector_fma(last2, first3, -(last3 * first2))
    var middle2 = cvector_fma(last3, first, -(last * first3))
    var middle3 = cvector_fma(last, first2, -(last2 * first))
    let length = cvector_sqrt(
      cvector_fma(middle, middle, cvector_fma(middle2, middle2, middle3 * middle3)))
    let factor = one / length
    (middle, middle2, middle3) = (middle * factor, middle2 * factor, middle3 * factor)
    place(mode: 0, first, first2, first3, near, far)
    place(mode: 1, middle, middle2, middle3, near, far)
    place(mode: 2, last, last2, last3, near, far)
  }

  private func place(
    mode: Int, _ first: Lanes, _ second: Lanes, _ third: Lanes, _ near: Lanes, _ far: Lanes
  ) {
    let (into, out) = (inward + 3 * mode, outward + 3 * mode)
    (into[0], into[1], into[2]) = (first, second / near, third / far)
    (out[0], out[1], out[2]) = (first, second * near, third * far)
  }

  private static var leastScale: Double { 1e-20 }

  /// A rate that is as good as 0 beside the others.
  private static func least(_ own: UnsafeMutablePointer<Lanes>) -> Lanes {
    // The slowest and the fastest rate are not above the sum of all, and the fastest one is not below a third of it.
    cvector_max(Lanes.all(1e-290), leastScale * leastScale * own[0])
  }

  /// √(k12/k21), of rates that are not 0: where there is no exchange the scale does not count.
  private static func scale(
    out: Lanes, back: Lanes, of own: UnsafeMutablePointer<Lanes>
  ) -> Lanes {
    let least = least(own)
    return cvector_sqrt(cvector_max(out, least) / cvector_max(back, least))
  }
}
