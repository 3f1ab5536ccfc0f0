public import CVector

/// sin 2πv and cos 2πv for |v| < 2⁴⁸; absolute error below 3e-16.
@inlinable @inline(__always)
public func sineAndCosineOfTurns(_ v: Lanes) -> (sine: Lanes, cosine: Lanes) {
  // 4v = q + r with an integer q and |r| ≤ ½: a quarter turn is π/2·r away from the axis that q
  // counts.
  let magic = Lanes.all(0x1.8p52)
  let shifted = fma(v, Lanes.all(4), magic)
  let r = fma(v, Lanes.all(4), magic - shifted)
  let r2 = r * r
  // Taylor's series of sin and cos of π/2·r to r¹⁵ and r¹⁶, whose remainders are below 2⁻⁵⁹ on this
  // range.
  var sine = fma(r2, -6.688035109811467e-10, 5.692172921967926e-8)
  sine = fma(sine, r2, Lanes.all(-3.5988432352120853e-6))
  sine = fma(sine, r2, Lanes.all(1.6044118478735982e-4))
  sine = fma(sine, r2, Lanes.all(-4.681754135318688e-3))
  sine = fma(sine, r2, Lanes.all(7.969262624616705e-2))
  sine = fma(sine, r2, Lanes.all(-0.6459640975062463))
  sine = fma(sine, r2, Lanes.all(1.5707963267948966)) * r
  var cosine = fma(r2, 6.565963114979472e-11, -6.3866030837918522e-9)
  cosine = fma(cosine, r2, Lanes.all(4.710874778818171e-7))
  cosine = fma(cosine, r2, Lanes.all(-2.5202042373060605e-5))
  cosine = fma(cosine, r2, Lanes.all(9.192602748394266e-4))
  cosine = fma(cosine, r2, Lanes.all(-2.0863480763352961e-2))
  cosine = fma(cosine, r2, Lanes.all(0.2536695079010480))
  cosine = fma(cosine, r2, Lanes.all(-1.2337005501361697))
  cosine = fma(cosine, r2, Lanes.all(1))
  // Odd quarters (whose last bit makes `oddness` 2⁻⁵² instead of 0) exchange the two; the second
  // and third quarter turn signs.
  let quarter = shifted.bits
  let oddness = Lanes(bits: (quarter & 1) | Lanes.all(1).bits) - 1
  let tiny = Lanes.all(0x1p-60)
  let one = cvector_select_less(oddness, tiny, sine, cosine)
  let other = cvector_select_less(oddness, tiny, cosine, sine)
  let sineSign = (quarter & 2) &<< 62
  let cosineSign = ((quarter &+ 1) & 2) &<< 62
  return (Lanes(bits: one.bits ^ sineSign), Lanes(bits: other.bits ^ cosineSign))
}

// Normal numbers for Monte Carlo samples from pairs of random words of 32 bits: G. E. P. Box & M.
// E. Muller, "A note on the generation of random normal deviates", Ann Math Stat 29 (1958) 610–611,
// x = √(−2 ln u) cos α and y = √(−2 ln u) sin α. Absolute error below 3e-9, and no branch. u comes
// in steps of 2⁻³², which ends the radius at 6.76; 1e-10 of the distribution would be beyond.

/// −ln u with u = (i + ½)/2³² and the integers i in the lower halves of the lanes; relative error
/// below 7e-10.
///
/// i + ½ = 2ᵏ(1 + f), √½ ≤ 1 + f < √2, so that −ln u = (32 − k) ln 2 − ln(1 + f), which is above 0
/// as k = 32 only with f < 0. The polynomial is the minimax one of −ln(1 + f)/f to f¹⁰.
@inlinable @inline(__always)
public func exponentialNumber(_ word: SIMD8<UInt64>) -> Lanes {
  let placed = (word & 0xFFFF_FFFF) | 0x4330_0000_0000_0000
  // Exact.
  let t = unsafeBitCast(placed, to: Lanes.self) - (0x1p52 - 0.5)
  let shifted = t.bits &+ SIMD8<Int64>(repeating: 0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD)
  let magic = Lanes.all(0x1p52)
  let k = Lanes(bits: shifted.logicalShift(52) | magic.bits) - (0x1p52 + 1023 + 32)
  let f =
    Lanes(
      bits: (shifted & SIMD8<Int64>(repeating: 0x000F_FFFF_FFFF_FFFF))
        &+ SIMD8<Int64>(repeating: 0x3FE6_A09E_667F_3BCD)) - 1
  let f2 = f * f
  var even = fma(f2, -0.0672588088522991, -0.11926068672025977)
  var odd = fma(f2, 0.11718578943622847, 0.1240100655055376)
  even = fma(even, f2, -0.1421253212673158)
  odd = fma(odd, f2, 0.166679167996101)
  even = fma(even, f2, -0.20002576074572506)
  odd = fma(odd, f2, 0.2500002696875312)
  even = fma(even, f2, -0.33333301604622134)
  odd = fma(odd, f2, 0.4999999966838074)
  even = fma(even, f2, -1.000000000631229)
  return fma(k, Lanes.all(-6.931471805599453e-1), fma(odd, f, even) * f)
}

/// Two vectors of standard normal numbers.
///
/// The word gives the signs of x and y and an angle in the first quadrant, α = π/4 + π/2·s with s =
/// (j + ½)/2³⁰ − ½, where cos α = √½ (cos(π/2·s) − sin(π/2·s)) and sin α = √½ (cos(π/2·s) +
/// sin(π/2·s)): nothing is to be chosen or exchanged. The polynomials are minimax ones, of the sine
/// to s⁹ (error 4e-12) and of the cosine to s⁸ (5e-11).
/// - Parameters:
///   - exponential: −ln u
///   - word: in the lower halves of the lanes.
@inlinable @inline(__always)
public func normalPair(exponential: Lanes, _ word: SIMD8<UInt64>) -> (Lanes, Lanes) {
  let placed = (word & 0x3FFF_FFFF) | 0x4330_0000_0000_0000
  // Exact.
  let j = unsafeBitCast(placed, to: Lanes.self) - 0x1p52
  let s = fma(j, 0x1p-30, 0x1p-31 - 0.5)
  let s2 = s * s
  var sine = fma(s2, 0.00015820674367428614, -0.0046812664768053755)
  var cosine = fma(s2, 0.0009036317030559741, -0.02086007131879485)
  sine = fma(sine, s2, 0.07969258276002254)
  cosine = fma(cosine, s2, 0.2536692039393022)
  sine = fma(sine, s2, -0.6459640961485154)
  cosine = fma(cosine, s2, -1.233700540647375)
  sine = fma(sine, s2, 1.5707963267881133) * s
  cosine = fma(cosine, s2, 0.9999999999526005)
  // √(−2 ln u)·√½
  let radius = cvector_sqrt(exponential)
  let x = radius * (cosine - sine)
  let y = radius * (cosine + sine)
  let sign = SIMD8<UInt64>(repeating: 1 << 63)
  let xSign = unsafeBitCast((word &<< 32) & sign, to: SIMD8<Int64>.self)
  let ySign = unsafeBitCast((word &<< 33) & sign, to: SIMD8<Int64>.self)
  return (Lanes(bits: x.bits ^ xSign), Lanes(bits: y.bits ^ ySign))
}
