public import CVector

// Powers and logarithms to other bases need ln x with more digits than a double has: an error of ln
// x is multiplied by y·ln x, up to 709, in xʸ. It is a sum of two doubles here, the second below
// half a unit in the last place of the first.

/// ln x as a sum of two doubles for finite x > 0, relative error below 2⁻⁶⁴.
///
/// x = 2ᵏ(1 + f) as in `log`, s = f/(2 + f) in two doubles, ln(1 + f) = 2s + s³(2/3 + s²(2/5 + …)),
/// the first two terms in two doubles; the series ends with s²⁵, whose neglected rest is below
/// 2⁻⁷⁰.
@inlinable @inline(__always)
func logarithmPair(_ x: Lanes) -> (high: Lanes, low: Lanes) {
  let tiny = Lanes.all(0x1p-1022)
  let scaled = cvector_select_less(x, tiny, x * 0x1p54, x)
  let scaling = cvector_select_less(x, tiny, Lanes.all(54), Lanes.all(0))
  let offset = SIMD8<Int64>(repeating: 0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD)
  let shifted = scaled.bits &+ offset
  let magic = Lanes.all(0x1.8p52)
  let k = Lanes(bits: shifted.logicalShift(52) &- 1023 &+ magic.bits) - magic - scaling
  let mantissa = Lanes(
    bits: (shifted & SIMD8<Int64>(repeating: 0x000F_FFFF_FFFF_FFFF))
      &+ SIMD8<Int64>(repeating: 0x3FE6_A09E_667F_3BCD))
  // Exact.
  let f = mantissa - 1
  let sum = 2 + f
  let sumLow = f - (sum - 2)
  let s = f / sum
  let sLow = (fma(-s, sum, f) - s * sumLow) / sum
  let z = s * s
  let zLow = fma(s, s, -z) + 2 * s * sLow
  var series = fma(z, 2.0 / 25, 2.0 / 23)
  series = fma(series, z, Lanes.all(2.0 / 21))
  series = fma(series, z, Lanes.all(2.0 / 19))
  series = fma(series, z, Lanes.all(2.0 / 17))
  series = fma(series, z, Lanes.all(2.0 / 15))
  series = fma(series, z, Lanes.all(2.0 / 13))
  series = fma(series, z, Lanes.all(2.0 / 11))
  series = fma(series, z, Lanes.all(2.0 / 9))
  series = fma(series, z, Lanes.all(2.0 / 7))
  series = fma(series, z, Lanes.all(2.0 / 5))
  // 2/3 + s²(2/5 + …), then times s², then times s.
  let twoThirds = 0x1.5555555555555p-1
  let rest = series * z
  let p = twoThirds + rest
  let pLow = (twoThirds - p) + rest + 0x1.5555555555555p-55
  let m = z * p
  let mLow = fma(z, p, -m) + fma(z, pLow, zLow * p)
  let a = s * m
  let aLow = fma(s, m, -a) + fma(s, mLow, sLow * m)
  let double = 2 * s
  let part = double + a
  let partLow = (double - part) + a + fma(sLow, Lanes.all(2), aLow)
  // k ln 2 in two parts, the first of 33 bits, so that its product is exact.
  let octaves = k * 0x1.62e42fef00000p-1
  let high = octaves + part
  let low = (octaves - high) + part + fma(k, Lanes.all(0x1.473de6af278edp-34), partLow)
  let result = high + low
  return (result, (high - result) + low)
}

/// e^(x + low) with |low| far below 1. Error below 1 ulp; bounds as `exp`.
@inlinable @inline(__always)
func exp(_ x: Lanes, low: Lanes) -> Lanes {
  let clamped = cvector_select_less(
    Lanes.all(710), x, Lanes.all(710),
    cvector_select_less(x, Lanes.all(-746), Lanes.all(-746), x))
  // Where x overflowed, `low` is no number.
  let tail = cvector_select_less(cvector_abs(x), Lanes.all(746), low, Lanes.all(0))
  let magic = Lanes.all(0x1.8p52)
  let shifted = fma(clamped, Lanes.all(0x1.71547652b82fep0), magic)
  let n = shifted - magic
  let r =
    fma(n, Lanes.all(-0x1.abc9e3b39803fp-56), fma(n, Lanes.all(-0x1.62e42fefa39efp-1), clamped))
    + tail
  let series = exponentialSeries(r)
  let exponent = shifted.bits &- magic.bits
  let half = fma(n, Lanes.all(0.5), magic).bits &- magic.bits
  let first = Lanes(bits: (half &+ 1023) &<< 52)
  let second = Lanes(bits: (exponent &- half &+ 1023) &<< 52)
  return fma(series, first, first) * second
}

/// eʳ − 1 for |r| ≤ ½ ln 2 by Taylor's series to r¹³, whose remainder is below 2⁻⁶⁰ of the result.
@inlinable @inline(__always)
func exponentialSeries(_ r: Lanes) -> Lanes {
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
  return fma(r2, fma(r4, high, low), r)
}

/// xʸ. Error below 1 ulp where the result is a normal number; exceptions as IEEE 754's pow: x⁰ = 1ʸ
/// = 1 for all numbers, NaN for x < 0 unless y is an integer.
@inlinable @inline(__always)
public func pow(_ x: Lanes, _ y: Lanes) -> Lanes {
  let logarithm = logarithmPair(cvector_abs(x))
  let product = y * logarithm.high
  let low = fma(y, logarithm.high, -product) + y * logarithm.low
  let result = exp(product, low: low)
  let isRegular =
    !cvector_any_less(x, Lanes.all(.leastNonzeroMagnitude))
    && !cvector_any_less(Lanes.all(.greatestFiniteMagnitude), x)
    && !cvector_any_less(Lanes.all(.greatestFiniteMagnitude), cvector_abs(y))
  // Sums of NaN are not equal to themselves.
  if isRegular, x.treeSum + y.treeSum == x.treeSum + y.treeSum { return result }
  var (base, exponent, corrected) = (x, y, result)
  irregularPower(&base, &exponent, &corrected)
  return corrected
}

/// The values of `pow` outside the positive finite bases and finite exponents; by address as
/// `irregularLog`.
@inlinable @inline(never)
func irregularPower(_ x: inout Lanes, _ y: inout Lanes, _ result: inout Lanes) {
  for lane in 0..<8 {
    let (base, exponent) = (x[lane], y[lane])
    let isInteger = exponent.rounded(.towardZero) == exponent
    let isOdd = isInteger && abs(exponent) < 0x1p53 && (exponent / 2).rounded() * 2 != exponent
    let sign: Double = base.sign == .minus && isOdd ? -1 : 1
    if exponent == 0 || base == 1 {
      result[lane] = 1
    } else if base.isNaN || exponent.isNaN {
      result[lane] = .nan
    } else if exponent.isInfinite {
      let magnitude = abs(base)
      result[lane] = magnitude == 1 ? 1 : (magnitude > 1) == (exponent > 0) ? .infinity : 0
    } else if base == 0 || base.isInfinite {
      result[lane] = sign * ((base == 0) == (exponent > 0) ? 0 : .infinity)
    } else if base < 0 {
      result[lane] = isInteger ? sign * result[lane] : .nan
    }
  }
}

/// log₂ x. Error below 1 ulp, exact for powers of 2; exceptions as `log`.
@inlinable @inline(__always)
public func log2(_ x: Lanes) -> Lanes {
  scaledLogarithm(x, 0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56)
}

/// log₁₀ x. Error below 1 ulp, exact for powers of 10 that are exact; exceptions as `log`.
@inlinable @inline(__always)
public func log10(_ x: Lanes) -> Lanes {
  scaledLogarithm(x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57)
}

/// ln x times a constant in two parts.
@inlinable @inline(__always)
func scaledLogarithm(_ x: Lanes, _ factor: Double, _ factorLow: Double) -> Lanes {
  let logarithm = logarithmPair(x)
  let product = logarithm.high * factor
  let low =
    fma(logarithm.high, Lanes.all(factor), -product)
    + fma(logarithm.high, Lanes.all(factorLow), logarithm.low * factor)
  let result = product + low
  if !cvector_any_less(x, Lanes.all(.leastNonzeroMagnitude)),
    !cvector_any_less(Lanes.all(.greatestFiniteMagnitude), x), x.treeSum == x.treeSum
  {
    return result
  }
  var (argument, corrected) = (x, result)
  irregularLog(&argument, &corrected)
  return corrected
}
