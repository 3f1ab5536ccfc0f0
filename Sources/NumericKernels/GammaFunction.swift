public import CVector

/// ln Γ(x) for x ≥ 0. Error below 2 ulp or 1e-17, whichever is larger; ∞ at 0, NaN below.
@inlinable @inline(__always)
public func logGamma(_ x: Lanes) -> Lanes {
  let pair = logGammaPair(x)
  return edgesOfGamma(x, pair.high + pair.low)
}

/// Γ(x) for x ≥ 0. Error below 2 ulp; ∞ at 0 and above 171.62, NaN below 0.
@inlinable @inline(__always)
public func gamma(_ x: Lanes) -> Lanes {
  let pair = logGammaPair(x)
  return edgesOfGamma(x, exp(pair.high, low: pair.low))
}

/// The value inside the domain, else what is right at its edges.
@inlinable @inline(__always)
func edgesOfGamma(_ x: Lanes, _ value: Lanes) -> Lanes {
  let infinity = Lanes.all(.infinity)
  // x log x is beyond the largest double.
  let bounded = cvector_select_less(x, Lanes.all(2.5e305), value, x * .infinity)
  let atZero = cvector_select_equal(x, Lanes.all(0), infinity, bounded)
  return cvector_select_less(x, Lanes.all(0), Lanes.all(.nan), atZero)
}

/// ln Γ(x) as a sum of two doubles for 0 < x < 2.5e305.
///
/// Stirling's series at z = x + n ≥ 10, from which ln(x(x + 1) … (x + n − 1)) is taken; all large
/// terms are sums of two doubles, because they cancel near the zeros of ln Γ at 1 and 2.
@inlinable @inline(__always)
func logGammaPair(_ x: Lanes) -> (high: Lanes, low: Lanes) {
  let ten = Lanes.all(10)
  var z = x
  var product = Lanes.all(1)
  var productLow = Lanes.all(0)
  for i in 0..<10 where cvector_any_less(z, ten) {
    // x + i is z − lost.
    let (sum, lost) = difference(x, Lanes.all(-Double(i)))
    let next = product * sum
    let nextLow = fma(product, sum, -next) + fma(product, lost, productLow * sum)
    product = cvector_select_less(z, ten, next, product)
    productLow = cvector_select_less(z, ten, nextLow, productLow)
    z = cvector_select_less(z, ten, x + Double(i + 1), z)
  }
  // z is rounded where x was small; z − x is an integer that it gives back.
  let shift = cvector_select_less(x, ten, roundedToInteger(z - x), Lanes.all(0))
  let zLow = difference(x, -shift).low
  let logarithm = logarithmPair(z)
  let factor = z - 0.5
  let main = factor * logarithm.high
  let mainLow =
    fma(factor, logarithm.high, -main)
    + fma(factor, logarithm.low, zLow * (logarithm.high - 0.5 / z))
  let inverse = 1 / z
  let w = inverse * inverse
  var series = fma(w, -3617.0 / 122400, 1.0 / 156)
  series = fma(series, w, Lanes.all(-691.0 / 360360))
  series = fma(series, w, Lanes.all(1.0 / 1188))
  series = fma(series, w, Lanes.all(-1.0 / 1680))
  series = fma(series, w, Lanes.all(1.0 / 1260))
  series = fma(series, w, Lanes.all(-1.0 / 360))
  series = fma(series, w, Lanes.all(1.0 / 12)) * inverse
  let factors = logarithmPair(product)
  let (a, aLow) = difference(main, z)
  let (b, bLow) = difference(a, factors.high)
  let (c, cLow) = difference(b, Lanes.all(-0x1.d67f1c864beb5p-1))
  let (d, dLow) = difference(c, -series)
  let rest =
    (aLow + bLow) + (cLow + dLow) + (mainLow - factors.low - productLow / product)
    - 0x1.65b5a1b7ff5dfp-55
  let high = d + rest
  return (high, (d - high) + rest)
}

/// The nearest integer to a number below 2⁵¹.
@inlinable @inline(__always)
func roundedToInteger(_ x: Lanes) -> Lanes { (x + 0x1.8p52) - 0x1.8p52 }
