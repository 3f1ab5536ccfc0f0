public import CVector

// Functions around exp and log whose differences would lose digits if they were written with those.

/// eˣ − 1. Error below 2 ulp, also for small x; −1 below −38, ∞ above 709.78; NaN gives NaN.
@inlinable @inline(__always)
public func expm1(_ x: Lanes) -> Lanes {
  let clamped = cvector_min(Lanes.all(500), cvector_max(Lanes.all(-40), x))
  let magic = Lanes.all(0x1.8p52)
  let shifted = fma(clamped, Lanes.all(0x1.71547652b82fep0), magic)
  let n = shifted - magic
  let r = fma(
    n, Lanes.all(-0x1.abc9e3b39803fp-56), fma(n, Lanes.all(-0x1.62e42fefa39efp-1), clamped))
  let power = Lanes(bits: (shifted.bits &- magic.bits &+ 1023) &<< 52)
  let result = fma(power, exponentialSeries(r), power - 1)
  if !cvector_any_less(Lanes.all(500), x) { return result }
  return cvector_select_less(Lanes.all(500), x, exp(x), result)
}

/// ln(1 + x). Error below 2 ulp, also for small x; −∞ at −1, NaN below.
@inlinable @inline(__always)
public func log1p(_ x: Lanes) -> Lanes {
  let u = 1 + x
  // What the sum has lost, as a share of it; the derivative of ln u takes it in.
  let lost = (x - (u - 1)) / u
  let isUsable = cvector_select_less(
    u, Lanes.all(.infinity), cvector_select_less(Lanes.all(0), u, lost, Lanes.all(0)), Lanes.all(0))
  return log(u) + isUsable
}

/// tanh x. Error below 3 ulp; ±1 beyond ±22; NaN gives NaN.
@inlinable @inline(__always)
public func tanh(_ x: Lanes) -> Lanes {
  let e = expm1(2 * cvector_min(Lanes.all(22), cvector_abs(x)))
  return cvector_copysign(e / (e + 2), x)
}

/// The logistic function 1/(1 + e⁻ˣ). Error below 3 ulp in both tails; NaN gives NaN.
@inlinable @inline(__always)
public func logistic(_ x: Lanes) -> Lanes {
  let e = exp(-cvector_abs(x))
  return cvector_select_less(x, Lanes.all(0), e, Lanes.all(1)) / (1 + e)
}

/// ln(p/(1 − p)), the inverse of the logistic function. Error below 3 ulp; −∞ at 0, ∞ at 1, NaN
/// outside.
@inlinable @inline(__always)
public func logit(_ p: Lanes) -> Lanes {
  // Near ½ the logarithm of a number near 1 is taken; p/(1 − p) − 1 is known there without loss.
  let q = 1 - p
  let central = log1p((2 * p - 1) / q)
  let isLow = cvector_select_less(p, Lanes.all(0.25), Lanes.all(1), Lanes.all(0))
  let isOuter = cvector_select_less(Lanes.all(0.75), p, Lanes.all(1), isLow)
  if !cvector_any_less(Lanes.all(0.5), isOuter) { return central }
  return cvector_select_less(Lanes.all(0.5), isOuter, log(p / q), central)
}
