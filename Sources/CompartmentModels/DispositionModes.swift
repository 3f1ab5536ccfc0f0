import CVector
import NumericKernels

/// First-order rates of a mammillary model, for eight samples: a central compartment with
/// elimination and up to two peripheral ones.
struct RateConstants {
  /// k or k10, per time.
  var elimination: Lanes
  /// k12 and k13, from the central compartment.
  var outward = (Lanes.all(0), Lanes.all(0))
  /// k21 and k31, back to it.
  var inward = (Lanes.all(0), Lanes.all(0))

  init(elimination: Lanes) { self.elimination = elimination }
}

/// How a bolus into the central compartment leaves it: the part Σ Cᵢ e^−λᵢt of it is there after
/// the time t, with Cᵢ ≥ 0, Σ Cᵢ = 1.
///
/// All that the models compute follows from it without differences of almost equal numbers: a mode
/// is a compartment of its own with the rate λᵢ, which doses enter whole, and Cᵢ is its share in
/// what is seen.
///
/// M. Gibaldi, D. Perrier, "Pharmacokinetics", 2nd edition, New York 1982, chapter 2 and appendix
/// B.
enum DispositionModes {
  /// α and β of two compartments: the roots of x² − (k + k12 + k21) x + k·k21.
  static func two(
    _ constants: RateConstants, rates: UnsafeMutablePointer<Lanes>,
    shares: UnsafeMutablePointer<Lanes>
  ) {
    let (k, k12, k21) = (constants.elimination, constants.outward.0, constants.inward.0)
    let surplus = k + k12 - k21
    let width = cvector_sqrt(cvector_fma(surplus, surplus, 4 * k12 * k21))
    // No cancellation in α, and β by the product of the roots.
    let alpha = 0.5 * (k + k12 + k21 + width)
    rates[0] = alpha
    rates[1] = quotient(k * k21, alpha)
    // α − k21 = (width + surplus)/2 and k21 − β = (width − surplus)/2: the larger of them by a sum,
    // the other one by their product k12·k21.
    let zero = Lanes.all(0)
    let large = 0.5 * (cvector_max(surplus, -surplus) + width)
    let greater = cvector_select_less(zero, width, large / width, Lanes.all(1))
    let smaller = cvector_select_less(zero, width, k12 * k21 / (large * width), zero)
    shares[0] = cvector_select_less(surplus, zero, smaller, greater)
    shares[1] = cvector_select_less(surplus, zero, greater, smaller)
  }

  /// The three modes of three compartments, the fastest first: the roots of x³ − c₂x² + c₁x − c₀,
  /// all real and not negative, and λ₁ ≥ max(k21, k31) ≥ λ₂ ≥ min(k21, k31) ≥ λ₃.
  ///
  /// The root that stands alone on its side of the point of inflection is found by Newton's method
  /// from outside, which converges monotonically and fast; the other two are those of a quadratic.
  /// All coefficients are sums of positive terms, and roots are taken from products of roots rather
  /// than sums, so that the smallest one has full relative accuracy too.
  static func three(
    _ constants: RateConstants, rates: UnsafeMutablePointer<Lanes>,
    shares: UnsafeMutablePointer<Lanes>
  ) {
    let k = constants.elimination
    // Without exchange, or with a compartment that gives nothing back, formulas below would divide
    // 0 by 0.
    let floor =
      1e-40
      * (k + constants.outward.0 + constants.outward.1 + constants.inward.0 + constants.inward.1)
    let k12 = cvector_max(floor, constants.outward.0)
    let k13 = cvector_max(floor, constants.outward.1)
    let k21 = cvector_max(floor, constants.inward.0)
    let k31 = cvector_max(floor, constants.inward.1)
    let (exchange2, exchange3) = (k12 * k21, k13 * k31)
    // The mean of the rates, and the distance from it that no rate exceeds (Laguerre), from the sum
    // of the squared distances.
    let loss = k + k12 + k13
    let mean = (loss + k21 + k31) / 3
    let (d1, d2, d3) = (loss - mean, k21 - mean, k31 - mean)
    let squares = cvector_fma(d1, d1, cvector_fma(d2, d2, d3 * d3)) + 2 * (exchange2 + exchange3)
    let radius = 2 * cvector_sqrt(squares / 6)
    // Rates close to each other are counted from a point near them, and their differences then have
    // all digits.
    let zero = Lanes.all(0)
    let origin = cvector_select_less(radius, 0.25 * mean, mean - 1.5 * radius, zero)
    let (lossNear, near2, near3) = (loss - origin, k21 - origin, k31 - origin)
    let c2 = cvector_select_less(
      zero, origin, lossNear + near2 + near3, k + k12 + k13 + k21 + k31)
    let c1 = cvector_select_less(
      zero, origin,
      lossNear * (near2 + near3) + near2 * near3 - exchange2 - exchange3,
      k * (k21 + k31) + k12 * k31 + k13 * k21 + k21 * k31)
    let c0 = cvector_select_less(
      zero, origin, lossNear * near2 * near3 - exchange2 * near3 - exchange3 * near2,
      k * k21 * k31)
    (rates[0], rates[1], rates[2]) = roots(c2, c1, c0, radius: radius)
    // Poles of the equation for the rates, k/λ = 1 + k12/(k21 − λ) + k13/(k31 − λ), in order, with
    // their numerators; 0 keeps from using the equation.
    let low = cvector_min(near2, near3)
    let high = cvector_max(near3, near2)
    let ofLow = cvector_select_less(zero, origin, zero, cvector_select_less(k31, k21, k13, k12))
    let ofHigh = cvector_select_less(zero, origin, zero, cvector_select_less(k31, k21, k12, k13))
    let first = cvector_max(rates[0], high)
    let second = cvector_max(cvector_min(rates[1], high), low)
    let third = cvector_min(rates[2], low)
    (rates[0], rates[1], rates[2]) = (first + origin, second + origin, third + origin)
    let tiny = Lanes.all(1e-300)
    // Distances of the rates from the poles, those to the nearest one by the equation where that is
    // better than a difference.
    let highFirst = distance(from: high, ofHigh, to: first, other: low - first, ofLow, k)
    let lowThird = distance(from: low, ofLow, to: third, other: high - third, ofHigh, k)
    let (directHigh, directLow) = (high - second, low - second)
    let isNearHigh = directHigh + directLow
    let highSecond = cvector_select_less(
      isNearHigh, zero, distance(from: high, ofHigh, to: second, other: directLow, ofLow, k),
      directHigh)
    let lowSecond = cvector_select_less(
      isNearHigh, zero, directLow,
      distance(from: low, ofLow, to: second, other: directHigh, ofHigh, k))
    // Cᵢ = (k21 − λᵢ)(k31 − λᵢ)/Π(λⱼ − λᵢ)
    let (upper, lower) = (first - second, second - third)
    let outer = cvector_max(first - third, tiny)
    var share1 = highFirst * (low - first) / (cvector_max(upper, tiny) * outer)
    var share2 = -highSecond * lowSecond / (cvector_max(upper, tiny) * cvector_max(lower, tiny))
    var share3 = lowThird * (high - third) / (cvector_max(lower, tiny) * outer)
    // Rates that coincide count as one.
    share1 = cvector_select_less(zero, upper, share1, zero)
    share2 = cvector_select_less(zero, upper, share2, 1 - share3)
    share2 = cvector_select_less(zero, lower, share2, 1 - share1)
    share3 = cvector_select_less(zero, lower, share3, zero)
    let total = share1 + share2 + share3
    (shares[0], shares[1], shares[2]) = (share1 / total, share2 / total, share3 / total)
  }

  /// `pole` − `rate` by the better of two ways: as their difference, or as numerator/(k/λ − 1 −
  /// other numerator/other distance).
  @inline(__always)
  private static func distance(
    from pole: Lanes, _ numerator: Lanes, to rate: Lanes, other: Lanes, _ otherNumerator: Lanes,
    _ elimination: Lanes
  ) -> Lanes {
    let direct = pole - rate
    let otherTerm = otherNumerator / other
    let term = elimination / rate - 1 - otherTerm
    let size = elimination / rate + 1 + cvector_max(otherTerm, -otherTerm)
    let equation = numerator / term
    // Errors relative to the distance d: pole/d of the difference, size·d/numerator of the
    // equation.
    let isBetter = 100 * size * direct * direct
    return cvector_select_less(isBetter, pole * numerator, equation, direct)
  }

  /// The roots of x³ − c₂x² + c₁x − c₀ in descending order, if all are real and not negative and
  /// none is farther than `radius` from their mean.
  @inline(__always)
  static func roots(
    _ c2: Lanes, _ c1: Lanes, _ c0: Lanes, radius: Lanes
  ) -> (Lanes, Lanes, Lanes) {
    let zero = Lanes.all(0)
    func cubic(_ x: Lanes) -> Lanes {
      cvector_fma(cvector_fma(x - c2, x, c1), x, -c0)
    }
    let inflection = c2 / 3
    // A little more, so that rounding does not put the start inside.
    let reach = cvector_fma(radius, Lanes.all(1e-12), radius)
    let isLargestAlone = -cubic(inflection)
    // From above to the largest root, or from below to the smallest.
    var x = cvector_select_less(
      zero, isLargestAlone, inflection + reach, cvector_max(inflection - reach, quotient(c0, c1)))
    let direction = cvector_select_less(zero, isLargestAlone, Lanes.all(1), Lanes.all(-1))
    for _ in 0..<24 {
      let slope = cvector_fma(cvector_fma(3 * x, x, -2 * c2 * x), Lanes.all(1), c1)
      let step = cubic(x) / slope
      // A step that goes back, or one without a value, is rounding: the lane is at its end and
      // stays there.
      let next = x - step
      let change = (x - next) * direction
      let isMoving = cvector_any_less(1e-16 * x, change)
      x = cvector_select_less(zero, change, next, x)
      if !isMoving { break }
    }
    // The other two: their product and sum.
    let product = quotient(c0, x)
    let sum = cvector_select_less(
      zero, isLargestAlone, quotient(c1 - product, x), c2 - x)
    let width = cvector_sqrt(cvector_max(cvector_fma(sum, sum, -4 * product), zero))
    let larger = 0.5 * (sum + width)
    let smaller = quotient(product, larger)
    return (
      cvector_select_less(zero, isLargestAlone, x, larger),
      cvector_select_less(zero, isLargestAlone, larger, smaller),
      cvector_select_less(zero, isLargestAlone, smaller, x)
    )
  }

  /// a/b, and 0 where both are 0.
  @inline(__always)
  private static func quotient(_ a: Lanes, _ b: Lanes) -> Lanes {
    cvector_select_less(Lanes.all(0), b, a / b, a)
  }
}
