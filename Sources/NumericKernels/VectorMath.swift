public import CVector

// Elementary functions of eight doubles at once. Goals, in this order: the same bits on every
// machine (only operations that IEEE 754 defines exactly, fused multiplication and addition among
// them, in a fixed order), an error below 2 units in the last place, and no branch in the common
// case.

/// a·b + c with one rounding.
@inlinable @inline(__always)
public func fma(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes { cvector_fma(a, b, c) }

/// a·b + c with one rounding, c the same in all lanes.
@inlinable @inline(__always)
func fma(_ a: Lanes, _ b: Lanes, _ c: Double) -> Lanes { cvector_fma(a, b, Lanes.all(c)) }

/// a·b + c with one rounding, b and c the same in all lanes.
@inlinable @inline(__always)
func fma(_ a: Lanes, _ b: Double, _ c: Double) -> Lanes {
  cvector_fma(a, Lanes.all(b), Lanes.all(c))
}

/// eˣ. Error below 2 ulp; results below 2⁻¹⁰²² are subnormal; +∞ above 709.78, 0 below −745.13; NaN
/// gives NaN.
@inlinable @inline(__always)
public func exp(_ x: Lanes) -> Lanes {
  // The order of arguments lets NaN through.
  let clamped = cvector_select_less(
    Lanes.all(710), x, Lanes.all(710),
    cvector_select_less(x, Lanes.all(-746), Lanes.all(-746), x))
  // x = n·ln 2 + r, |r| ≤ ½ ln 2
  let magic = Lanes.all(0x1.8p52)
  let shifted = fma(clamped, Lanes.all(0x1.71547652b82fep0), magic)
  let n = shifted - magic
  let r = fma(
    n, Lanes.all(-0x1.abc9e3b39803fp-56), fma(n, Lanes.all(-0x1.62e42fefa39efp-1), clamped))
  // Taylor's series of (eʳ − 1 − r)/r² to r¹¹, whose remainder is below 2⁻⁶⁰ on this range, by
  // Estrin's scheme.
  let r2 = r * r
  let r4 = r2 * r2
  let p01 = fma(r, 1.0 / 6, 0.5)
  let p23 = fma(r, 1.0 / 120, 1.0 / 24)
  let p45 = fma(r, 1.0 / 5040, 1.0 / 720)
  let p67 = fma(r, 1.0 / 362880, 1.0 / 40320)
  let p89 = fma(r, 1.0 / 39_916_800, 1.0 / 3_628_800)
  let pab = fma(r, 1.0 / 6_227_020_800, 1.0 / 479_001_600)
  let low = fma(r2, p23, p01)
  let high = fma(r4, fma(r2, pab, p89), fma(r2, p67, p45))
  let series = fma(r2, fma(r4, high, low), r)
  // 2ⁿ in two factors, because n reaches −1076 for subnormal results and 1024 just below overflow.
  // Integers are halved as doubles: an arithmetic shift of 64-bit lanes is not one instruction
  // before AVX-512.
  let exponent = shifted.bits &- magic.bits
  let half = fma(n, Lanes.all(0.5), magic).bits &- magic.bits
  let first = Lanes(bits: (half &+ 1023) &<< 52)
  let second = Lanes(bits: (exponent &- half &+ 1023) &<< 52)
  return fma(series, first, first) * second
}

/// 2ˣ for −1022 ≤ x ≤ 1023.9; beyond, the value at the nearer of these ends. Error below 2 ulp. For
/// the kernels: without subnormal results, infinities and NaN it takes two thirds of the work of
/// `exp`.
@inlinable @inline(__always)
public func exp2Clamped(_ x: Lanes) -> Lanes {
  let clamped = cvector_max(cvector_min(x, Lanes.all(1023.9)), Lanes.all(-1022))
  // x = n + r, |r| ≤ ½, both exact
  let magic = Lanes.all(0x1.8p52)
  let shifted = clamped + magic
  let r = clamped - (shifted - magic)
  // Minimax polynomial of 2ʳ with the constant 1; relative error 3.4e-18. Even and odd powers apart
  // shorten the chain.
  let r2 = r * r
  var even = fma(r2, 0x1.e61b4f9a207f5p-28, 0x1.62bfc79d4b59fp-20)
  var odd = fma(r2, 0x1.e79bb6fc55606p-32, 0x1.b5267cdfd91eep-24)
  even = fma(even, r2, Lanes.all(0x1.4309130ed8cd5p-13))
  odd = fma(odd, r2, Lanes.all(0x1.ffcbfba980f96p-17))
  even = fma(even, r2, Lanes.all(0x1.3b2ab6fba011ap-7))
  odd = fma(odd, r2, Lanes.all(0x1.5d87fe78cd6cfp-10))
  even = fma(even, r2, Lanes.all(0x1.ebfbdff82c5a4p-3))
  odd = fma(odd, r2, Lanes.all(0x1.c6b08d7049fe8p-5))
  odd = fma(odd, r2, Lanes.all(0x1.62e42fefa39efp-1))
  even = fma(even, r2, Lanes.all(1))
  let series = fma(odd, r, even)
  // The lowest bits of the shifted number are n, which goes to the exponent.
  return Lanes(bits: series.bits &+ (shifted.bits &<< 52))
}

/// ln x. Error below 1 ulp; ln 0 = −∞, ln ∞ = ∞; NaN for negative x and NaN.
///
/// The scheme is that of fdlibm's `e_log.c` (Sun Microsystems, 1993): x = 2ᵏ(1 + f) with √½ ≤ 1 + f
/// < √2, s = f/(2 + f), ln(1 + f) = f − (f²/2 − s(f²/2 + R(s²))).
@inlinable @inline(__always)
public func log(_ x: Lanes) -> Lanes {
  let tiny = Lanes.all(0x1p-1022)
  let scaled = cvector_select_less(x, tiny, x * 0x1p54, x)
  let scaling = cvector_select_less(x, tiny, Lanes.all(54), Lanes.all(0))
  // Adding the distance from √½ to 1 to the exponent field puts the cut between octaves at √2.
  let offset = SIMD8<Int64>(repeating: 0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD)
  let shifted = scaled.bits &+ offset
  let exponentBits = shifted.logicalShift(52) &- 1023
  let mantissa = Lanes(
    bits: (shifted & SIMD8<Int64>(repeating: 0x000F_FFFF_FFFF_FFFF))
      &+ SIMD8<Int64>(repeating: 0x3FE6_A09E_667F_3BCD))
  // An integer below 2⁵¹ becomes a double by placing it in the mantissa of 1.5·2⁵².
  let magic = Lanes.all(0x1.8p52)
  let k = Lanes(bits: exponentBits &+ magic.bits) - magic - scaling
  let f = mantissa - 1
  let s = f / (2 + f)
  let z = s * s
  let w = z * z
  let t1 =
    w
    * fma(
      w, fma(w, 0.1531383769920937332, 0.2222219843214978396),
      0.3999999999940941908)
  let t2 =
    z
    * fma(
      w, fma(w, fma(w, 0.1479819860511658591, 0.1818357216161805012), 0.2857142874366239149),
      0.6666666666666735130)
  let halfSquare = 0.5 * f * f
  let low = fma(k, Lanes.all(1.90821492927058770002e-10), s * (halfSquare + (t1 + t2)))
  let result = fma(k, Lanes.all(6.93147180369123816490e-01), f - (halfSquare - low))
  // 0, negative, infinite and NaN arguments, which are rare.
  let isRegular = !cvector_any_less(x, Lanes.all(.leastNonzeroMagnitude))
  if isRegular, !cvector_any_less(Lanes.all(.greatestFiniteMagnitude), x),
    x.treeSum == x.treeSum
  {
    return result
  }
  var (argument, corrected) = (x, result)
  irregularLog(&argument, &corrected)
  return corrected
}

/// The values of `log` outside the positive finite numbers. Arguments go by address, because
/// modules that are compiled for other instruction sets pass vectors in other registers.
@inlinable @inline(never)
func irregularLog(_ x: inout Lanes, _ result: inout Lanes) {
  for lane in 0..<8 {
    let value = x[lane]
    if value == 0 { result[lane] = -.infinity }
    if value < 0 { result[lane] = .nan }
    if value.isNaN || value == .infinity { result[lane] = value }
  }
}

/// The standard normal quantile Φ⁻¹(u) for 0 < u < 1, relative error below 1e-15 (about 1e-16 where
/// u is exact). 0 gives −∞, 1 gives ∞; NaN outside.
///
/// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl Stat
/// 37 (1988) 477–484, function PPND16.
@inlinable @inline(__always)
public func normalQuantile(_ u: Lanes) -> Lanes {
  let q = u - 0.5
  let r = fma(-q, q, Lanes.all(0.180625))
  var n = fma(r, 2509.0809287301226727, 33430.575583588128105)
  n = fma(n, r, 67265.770927008700853)
  n = fma(n, r, 45921.953931549871457)
  n = fma(n, r, 13731.693765509461125)
  n = fma(n, r, 1971.5909503065514427)
  n = fma(n, r, 133.14166789178437745)
  n = fma(n, r, 3.387132872796366608)
  var d = fma(r, 5226.495278852545925, 28729.085735721942674)
  d = fma(d, r, 39307.89580009271061)
  d = fma(d, r, 21213.794301586595867)
  d = fma(d, r, 5394.1960214247511077)
  d = fma(d, r, 687.1870074920579083)
  d = fma(d, r, 42.313330701600911252)
  d = fma(d, r, 1)
  // r < 0 outside the central range |q| ≤ 0.425.
  let zero = Lanes.all(0)
  if !cvector_any_less(r, zero) { return q * n / d }
  // Division is slow: numerator and denominator are chosen first.
  let tail = quantileTail(u, q)
  return cvector_select_less(r, zero, tail.numerator, q * n)
    / cvector_select_less(r, zero, tail.denominator, d)
}

/// The two outer ranges of AS 241, |q| > 0.425, as a fraction with the sign of q.
@inlinable @inline(__always)
func quantileTail(_ u: Lanes, _ q: Lanes) -> (numerator: Lanes, denominator: Lanes) {
  let zero = Lanes.all(0)
  let p = cvector_select_less(zero, q, 1 - u, u)
  let s = cvector_sqrt(-log(p))
  let r = s - 1.6
  var n = fma(r, 7.7454501427834140764e-4, 0.0227238449892691845833)
  n = fma(n, r, 0.24178072517745061177)
  n = fma(n, r, 1.27045825245236838258)
  n = fma(n, r, 3.64784832476320460504)
  n = fma(n, r, 5.7694972214606914055)
  n = fma(n, r, 4.6303378461565452959)
  n = fma(n, r, 1.42343711074968357734)
  var d = fma(r, 1.05075007164441684324e-9, 5.475938084995344946e-4)
  d = fma(d, r, 0.0151986665636164571966)
  d = fma(d, r, 0.14810397642748007459)
  d = fma(d, r, 0.68976733498510000455)
  d = fma(d, r, 1.6763848301838038494)
  d = fma(d, r, 2.05319162663775882187)
  d = fma(d, r, 1)
  let five = Lanes.all(5)
  if cvector_any_less(five, s) {
    var (root, farNumerator, farDenominator) = (s, s, s)
    farQuantileTail(&root, &farNumerator, &farDenominator)
    n = cvector_select_less(five, s, farNumerator, n)
    d = cvector_select_less(five, s, farDenominator, d)
  }
  return (cvector_select_less(q, zero, -n, n), d)
}

/// The outermost range of AS 241, u below 1.4e-11 from 0 or 1, which hardly any sample reaches; by
/// address as `irregularLog`.
@inlinable @inline(never)
func farQuantileTail(_ s: inout Lanes, _ numerator: inout Lanes, _ denominator: inout Lanes) {
  let r = s - 5
  var n = fma(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5)
  n = fma(n, r, 0.0012426609473880784386)
  n = fma(n, r, 0.026532189526576123093)
  n = fma(n, r, 0.29656057182850489123)
  n = fma(n, r, 1.7848265399172913358)
  n = fma(n, r, 5.4637849111641143699)
  n = fma(n, r, 6.6579046435011037772)
  var d = fma(r, 2.04426310338993978564e-15, 1.4215117583164458887e-7)
  d = fma(d, r, 1.8463183175100546818e-5)
  d = fma(d, r, 7.868691311456132591e-4)
  d = fma(d, r, 0.0148753612908506148525)
  d = fma(d, r, 0.13692988092273580531)
  d = fma(d, r, 0.59983220655588793769)
  d = fma(d, r, 1)
  // −log 0 = ∞
  let infinite = Lanes.all(.greatestFiniteMagnitude)
  numerator = cvector_select_less(infinite, s, Lanes.all(.infinity), n)
  denominator = cvector_select_less(infinite, s, Lanes.all(1), d)
}

/// eˣ of one number, the same bits as a lane of the vector function.
public func exp(_ x: Double) -> Double { exp(Lanes.all(x))[0] }

/// ln x of one number, the same bits as a lane of the vector function.
public func log(_ x: Double) -> Double { log(Lanes.all(x))[0] }
