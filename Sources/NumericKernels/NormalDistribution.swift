/// The standard normal distribution function Φ(x), relative error below 1e-15 in both tails as long
/// as the result is above 2⁻¹⁰²² (x > −37.5); subnormal results below, 0 below −38.6; 1 above 8.3;
/// NaN gives NaN.
///
/// The rational approximations are those of W. J. Cody, "Algorithm 715: SPECFUN", ACM Trans Math
/// Softw 19 (1993) 22–32, function ANORM, after his "Rational Chebyshev approximations for the
/// error function", Math Comput 23 (1969) 631–637.
@inlinable @inline(__always)
public func normalDistribution(_ x: Lanes) -> Lanes {
  let isCentral = (x .<= 0.67448975) .& (x .>= -0.67448975)
  let square = x * x
  // Φ(x) = ½ + x R(x²)
  var n = square * 0.065682337918207449113 + 2.2352520354606839287
  n = n * square + 161.02823106855587881
  n = n * square + 1067.6894854603709582
  n = n * square + 18154.981253343561249
  var d = square + 47.20258190468824187
  d = d * square + 976.09855173777669322
  d = d * square + 10260.932208618978205
  d = d * square + 45507.789335026729956
  let central = 0.5 + x * n / d
  if all(isCentral) { return central }
  let tail = normalTail(x)
  let outer = tail.replacing(with: 1 - tail, where: x .> 0)
  return outer.replacing(with: central, where: isCentral)
}

/// Φ(−|x|) for |x| > 0.6745.
@inlinable @inline(__always)
func normalTail(_ x: Lanes) -> Lanes {
  let magnitude = x.replacing(with: -x, where: x .< 0)
  // Φ(−40) is 0 in double precision; larger squares would overflow.
  let y = magnitude.replacing(with: Lanes.all(40), where: magnitude .> 40)
  // Φ(−y) = exp(−y²/2) R(y) for y up to √32.
  var n = y * 1.0765576773720192317e-8 + 0.39894151208813466764
  n = n * y + 8.8831497943883759412
  n = n * y + 93.506656132177855979
  n = n * y + 597.27027639480026226
  n = n * y + 2494.5375852903726711
  n = n * y + 6848.1904505362823326
  n = n * y + 11602.651437647350124
  n = n * y + 9842.7148383839780218
  var d = y + 22.266688044328115691
  d = d * y + 235.38790178262499861
  d = d * y + 1519.377599407554805
  d = d * y + 6485.558298266760755
  d = d * y + 18615.571640885098091
  d = d * y + 34900.952721145977266
  d = d * y + 38912.003286093271411
  d = d * y + 19685.429676859990727
  var ratio = n / d
  let isFar = y .> 5.656854249492380195
  if any(isFar) {
    // Φ(−y) = exp(−y²/2)/y · (1/√2π − R(1/y²)/y²)
    let z = 1 / (y * y)
    var n = z * 0.02307344176494017303 + 0.21589853405795699
    n = n * z + 0.1274011611602473639
    n = n * z + 0.022235277870649807
    n = n * z + 0.001421619193227893466
    n = n * z + 2.9112874951168792e-5
    var d = z + 1.28426009614491121
    d = d * z + 0.468238212480865118
    d = d * z + 0.0659881378689285515
    d = d * z + 0.00378239633202758244
    d = d * z + 7.29751555083966205e-5
    let far = (0.39894228040143267794 - z * n / d) / y
    ratio = ratio.replacing(with: far, where: isFar)
  }
  // The rounding error e of the square s = y² would become y²/2 units in the last place of the
  // exponential. It is found by Dekker's splitting (1971), the upper part having 26 bits, and is at
  // most 1e-13, so that exp(−e/2) = 1 − e/2.
  let square = y * y
  let upper = Lanes(bits: y.bits & SIMD8<Int64>(repeating: ~0x07FF_FFFF))
  let lower = y - upper
  let error = ((upper * upper - square) + 2 * upper * lower) + lower * lower
  return exp(-0.5 * square) * (ratio - ratio * (0.5 * error))
}
