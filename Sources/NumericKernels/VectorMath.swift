// Elementary functions of eight doubles at once. Goals, in this order: the same bits on every machine (only additions,
// multiplications, divisions, square roots and bit operations, which IEEE 754 defines exactly, and no fused operations),
// an error below 2 units in the last place, and no branch in the common case.

/// eˣ. Error below 2 ulp; results below 2⁻¹⁰²² are subnormal; +∞ above 709.78, 0 below −745.13; NaN gives NaN.
@inlinable @inline(__always)
public func exp(_ x: Lanes) -> Lanes {
  // x = n·ln 2 + r, |r| ≤ ½ ln 2, with ln 2 in two parts, the first short enough for n·ln2High to be exact.
  let clamped = x.replacing(with: Lanes.all(710), where: x .> 710)
    .replacing(with: Lanes.all(-746), where: x .< -746)
  let magic = Lanes.all(0x1.8p52)
  let shifted = clamped * 0x1.71547652b82fep0 + magic
  let n = shifted - magic
  let r = (clamped - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33
  // Taylor's series of (eʳ − 1 − r)/r² to r¹¹, whose remainder is below 2⁻⁶⁰ on this range, by Estrin's scheme.
  let r2 = r * r
  let r4 = r2 * r2
  let p01 = 0.5 + r * (1.0 / 6)
  let p23 = 1.0 / 24 + r * (1.0 / 120)
  let p45 = 1.0 / 720 + r * (1.0 / 5040)
  let p67 = 1.0 / 40320 + r * (1.0 / 362880)
  let p89 = 1.0 / 3_628_800 + r * (1.0 / 39_916_800)
  let pab = 1.0 / 479_001_600 + r * (1.0 / 6_227_020_800)
  let low = p01 + r2 * p23
  let middle = p45 + r2 * p67
  let high = p89 + r2 * pab
  let series = r + r2 * (low + r4 * (middle + r4 * high))
  // 2ⁿ in two factors, because n reaches −1076 for subnormal results and 1024 just below overflow. Integers are halved as
  // doubles: an arithmetic shift of 64-bit lanes is not one instruction before AVX-512.
  let exponent = shifted.bits &- magic.bits
  let half = (n * 0.5 + magic).bits &- magic.bits
  let first = Lanes(bits: (half &+ 1023) &<< 52)
  let second = Lanes(bits: (exponent &- half &+ 1023) &<< 52)
  let result = (1 + series) * first * second
  return result.replacing(with: x, where: x .!= x)
}

/// ln x. Error below 1 ulp; ln 0 = −∞, ln ∞ = ∞; NaN for negative x and NaN.
///
/// The scheme is that of fdlibm's `e_log.c` (Sun Microsystems, 1993): x = 2ᵏ(1 + f) with √½ ≤ 1 + f < √2, s = f/(2 + f),
/// ln(1 + f) = f − (f²/2 − s(f²/2 + R(s²))).
@inlinable @inline(__always)
public func log(_ x: Lanes) -> Lanes {
  let isSmall = x .< 0x1p-1022
  let scaled = x.replacing(with: x * 0x1p54, where: isSmall)
  let bits = scaled.bits
  // Adding the distance from √½ to 1 to the exponent field puts the cut between octaves at √2.
  let offset = SIMD8<Int64>(repeating: 0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD)
  let shifted = bits &+ offset
  let exponentBits = shifted.logicalShift(52) &- 1023
  let mantissa = Lanes(
    bits: (shifted & SIMD8<Int64>(repeating: 0x000F_FFFF_FFFF_FFFF))
      &+ SIMD8<Int64>(repeating: 0x3FE6_A09E_667F_3BCD))
  // An integer below 2⁵¹ becomes a double by placing it in the mantissa of 1.5·2⁵².
  let magic = Lanes.all(0x1.8p52)
  let k =
    Lanes(bits: exponentBits &+ magic.bits) - magic
    - Lanes.all(0).replacing(with: Lanes.all(54), where: isSmall)
  let f = mantissa - 1
  let s = f / (2 + f)
  let z = s * s
  let w = z * z
  let t1 = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
  let t2 =
    z
    * (0.6666666666666735130
      + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
  let r = t1 + t2
  let halfSquare = 0.5 * f * f
  let result =
    k * 6.93147180369123816490e-01
    - ((halfSquare - (s * (halfSquare + r) + k * 1.90821492927058770002e-10)) - f)
  return
    result
    .replacing(with: Lanes.all(-.infinity), where: x .== 0)
    .replacing(with: Lanes.all(.nan), where: x .< 0)
    .replacing(with: x, where: (x .!= x) .| (x .== .infinity))
}

/// The standard normal quantile Φ⁻¹(u) for 0 < u < 1, relative error below 1e-15 (about 1e-16 where u is exact).
/// 0 gives −∞, 1 gives ∞; NaN outside.
///
/// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl Stat 37 (1988) 477–484,
/// function PPND16.
@inlinable @inline(__always)
public func normalQuantile(_ u: Lanes) -> Lanes {
  let q = u - 0.5
  let isCentral = (q .<= 0.425) .& (q .>= -0.425)
  let r = 0.180625 - q * q
  var n = r * 2509.0809287301226727 + 33430.575583588128105
  n = n * r + 67265.770927008700853
  n = n * r + 45921.953931549871457
  n = n * r + 13731.693765509461125
  n = n * r + 1971.5909503065514427
  n = n * r + 133.14166789178437745
  n = n * r + 3.387132872796366608
  var d = r * 5226.495278852545925 + 28729.085735721942674
  d = d * r + 39307.89580009271061
  d = d * r + 21213.794301586595867
  d = d * r + 5394.1960214247511077
  d = d * r + 687.1870074920579083
  d = d * r + 42.313330701600911252
  d = d * r + 1
  let central = q * n / d
  if all(isCentral) { return central }
  let tail = quantileTail(u, q)
  return tail.replacing(with: central, where: isCentral)
}

/// The two outer ranges of AS 241, |u − ½| > 0.425.
@inlinable @inline(__always)
func quantileTail(_ u: Lanes, _ q: Lanes) -> Lanes {
  let p = u.replacing(with: 1 - u, where: q .> 0)
  let s = (-log(p)).squareRoot()
  let r = s - 1.6
  var n = r * 7.7454501427834140764e-4 + 0.0227238449892691845833
  n = n * r + 0.24178072517745061177
  n = n * r + 1.27045825245236838258
  n = n * r + 3.64784832476320460504
  n = n * r + 5.7694972214606914055
  n = n * r + 4.6303378461565452959
  n = n * r + 1.42343711074968357734
  var d = r * 1.05075007164441684324e-9 + 5.475938084995344946e-4
  d = d * r + 0.0151986665636164571966
  d = d * r + 0.14810397642748007459
  d = d * r + 0.68976733498510000455
  d = d * r + 1.6763848301838038494
  d = d * r + 2.05319162663775882187
  d = d * r + 1
  var result = n / d
  let isFar = s .> 5
  if any(isFar) {
    let r = s - 5
    var n = r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5
    n = n * r + 0.0012426609473880784386
    n = n * r + 0.026532189526576123093
    n = n * r + 0.29656057182850489123
    n = n * r + 1.7848265399172913358
    n = n * r + 5.4637849111641143699
    n = n * r + 6.6579046435011037772
    var d = r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7
    d = d * r + 1.8463183175100546818e-5
    d = d * r + 7.868691311456132591e-4
    d = d * r + 0.0148753612908506148525
    d = d * r + 0.13692988092273580531
    d = d * r + 0.59983220655588793769
    d = d * r + 1
    let far = (n / d).replacing(with: Lanes.all(.infinity), where: p .== 0)
    result = result.replacing(with: far, where: isFar)
  }
  return result.replacing(with: -result, where: q .< 0)
}

/// eˣ of one number, the same bits as a lane of the vector function.
public func exp(_ x: Double) -> Double { exp(Lanes.all(x))[0] }

/// ln x of one number, the same bits as a lane of the vector function.
public func log(_ x: Double) -> Double { log(Lanes.all(x))[0] }
