import CVector
import NumericKernels

// Divided differences of e^−x, which are what chains of first-order processes come to: drug that
// passes through stages with the rates a, b, … stands in the last one as e^−at[a, b, …], and in all
// models here with positive factors only. Goals: full relative accuracy wherever the arguments lie,
// coincident ones among them, and no branch that depends on a lane.
//
// L. Lehmann-type recursion f[x₀…xₙ] = (f[x₁…xₙ] − f[x₀…xₙ₋₁])/(xₙ − x₀) loses accuracy only where
// the arguments are close to each other, and there the Taylor series about a point among them
// converges at once (A. McCurdy, K. C. Ng, B. N. Parlett, "Accurate computation of divided
// differences of the exponential function", Math Comp 43 (1984) 501–528).

@usableFromInline let log2e = 1.4426950408889634074

/// e^−x for x ≥ 0, at least 2⁻¹⁰²².
@inline(__always)
func decay(_ x: Lanes) -> Lanes { exp2Clamped(x * Lanes.all(-log2e)) }

/// (1 − e^−x)/x for 0 ≤ x ≤ ½, by its series to x¹³, whose remainder is below 2⁻⁵⁵.
@inline(__always)
func shortLoss(_ x: Lanes) -> Lanes {
  let square = x * x
  func pair(_ even: Double, _ odd: Double) -> Lanes {
    cvector_fma(x, Lanes.all(-1 / odd), Lanes.all(1 / even))
  }
  // 1/(k + 1)! by pairs, the signs alternate.
  let p0 = pair(1, 2)
  let p1 = pair(6, 24)
  let p2 = pair(120, 720)
  let p3 = pair(5040, 40320)
  let p4 = pair(362_880, 3_628_800)
  let p5 = pair(39_916_800, 479_001_600)
  let p6 = pair(6_227_020_800, 87_178_291_200)
  let fourth = square * square
  let low = cvector_fma(square, p1, p0)
  let middle = cvector_fma(square, p3, p2)
  let high = cvector_fma(square, p5, p4)
  return cvector_fma(
    fourth, cvector_fma(fourth, cvector_fma(fourth, p6, high), middle), low)
}

/// Where the series takes over from the difference, which has lost a bit and a half there.
@usableFromInline let shortLimit = 0.5

/// (e^−at − e^−bt)/(b − a), the limit t·e^−at where a = b.
/// - Parameters:
///   - left: e^−at.
///   - right: e^−bt.
///   - distance: b − a.
///   - inverse: 1/(b − a); not used where the arguments are close.
@inline(__always)
func decayDifference(
  _ left: Lanes, _ right: Lanes, distance: Lanes, inverse: Lanes, time: Lanes
) -> Lanes {
  let span = cvector_max(distance, -distance) * time
  let short = Lanes.all(shortLimit)
  let near = cvector_max(left, right) * time * shortLoss(cvector_min(span, short))
  return cvector_select_less(span, short, near, (left - right) * inverse)
}

/// The divided differences of e^−x of second to fourth order (two to four arguments), positive:
/// without the sign of the order. Arguments are not negative; NaN where one is NaN.
enum ExponentialDifferences {
  static func two(_ a: Lanes, _ b: Lanes) -> Lanes {
    let distance = b - a
    return decayDifference(
      decay(a), decay(b), distance: distance, inverse: 1 / distance, time: Lanes.all(1))
  }

  static func three(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    var (low, middle, high) = (a, b, c)
    sort(&low, &middle)
    sort(&middle, &high)
    sort(&low, &middle)
    let span = high - low
    let far = (two(low, middle) - two(middle, high)) / span
    let centre = 0.5 * (low + high)
    let near = decay(centre) * series(low - centre, middle - centre, high - centre)
    return cvector_select_less(span, Lanes.all(1), near, far)
  }

  static func four(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) -> Lanes {
    var (first, second, third, fourth) = (a, b, c, d)
    sort(&first, &second)
    sort(&third, &fourth)
    sort(&first, &third)
    sort(&second, &fourth)
    sort(&second, &third)
    let span = fourth - first
    let far = (three(first, second, third) - three(second, third, fourth)) / span
    let centre = 0.5 * (first + fourth)
    let near =
      decay(centre) * series(first - centre, second - centre, third - centre, fourth - centre)
    return cvector_select_less(span, Lanes.all(1), near, far)
  }

  @inline(__always)
  private static func sort(_ a: inout Lanes, _ b: inout Lanes) {
    (a, b) = (cvector_min(a, b), cvector_max(b, a))
  }

  /// Σ (−1)ᵏ hₖ/(k + n − 1)! of n arguments of at most ½: hₖ is the sum of all products of k of
  /// them, repetitions allowed. hₖ is below C(k + n − 1, k)/2ᵏ, so that the terms from the
  /// seventeenth on are below 2⁻⁵³ of the sum.
  @inline(__always)
  private static func series(
    _ x: Lanes, _ y: Lanes, _ z: Lanes, _ w: Lanes? = nil
  ) -> Lanes {
    let half = Lanes.all(0.5)
    let (x, y, z) = (cvector_min(x, half), cvector_min(y, half), cvector_min(z, half))
    let last = w.map { cvector_min($0, half) }
    var (one, two, three, four) = (Lanes.all(1), Lanes.all(1), Lanes.all(1), Lanes.all(1))
    var factor = last == nil ? 0.5 : 1.0 / 6
    var sum = Lanes.all(factor)
    for k in 1...18 {
      one = one * -x
      two = cvector_fma(two, -y, one)
      three = cvector_fma(three, -z, two)
      factor /= Double(k + (last == nil ? 2 : 3))
      if let last {
        four = cvector_fma(four, -last, three)
        sum = cvector_fma(four, Lanes.all(factor), sum)
      } else {
        sum = cvector_fma(three, Lanes.all(factor), sum)
      }
    }
    return sum
  }
}
