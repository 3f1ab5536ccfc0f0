public import CVector

/// sin x. Error below 1 ulp for all finite x; NaN for infinite x and NaN.
@inlinable @inline(__always)
public func sin(_ x: Lanes) -> Lanes { sineAndCosine(x).sine }

/// cos x. Error below 1 ulp for all finite x; NaN for infinite x and NaN.
@inlinable @inline(__always)
public func cos(_ x: Lanes) -> Lanes { sineAndCosine(x).cosine }

/// tan x. Error below 3 ulp for all finite x; NaN for infinite x and NaN.
@inlinable @inline(__always)
public func tan(_ x: Lanes) -> Lanes {
  let (sine, cosine) = sineAndCosine(x)
  return sine / cosine
}

/// sin x and cos x; see there.
@inlinable @inline(__always)
public func sineAndCosine(_ x: Lanes) -> (sine: Lanes, cosine: Lanes) {
  // x = n π/2 + r, |r| ≤ π/4, with π/2 in four parts, of which three have 33 bits, so that their
  // products with n are exact (as in fdlibm's e_rem_pio2.c, Sun Microsystems, 1993).
  let magic = Lanes.all(0x1.8p52)
  let shifted = fma(x, Lanes.all(0x1.45f306dc9c883p-1), magic)
  let n = shifted - magic
  let first = x - n * 0x1.921fb54400000p+0
  let (second, secondLow) = difference(first, n * 0x1.0b4611a600000p-34)
  let (third, thirdLow) = difference(second, n * 0x1.3198a2e000000p-69)
  let rest = (secondLow + thirdLow) - n * 0x1.b839a252049c1p-104
  var r = third + rest
  var low = (third - r) + rest
  var quarter = shifted.bits
  let limit = Lanes.all(1e6)
  let size = cvector_abs(x)
  if cvector_any_less(limit, size) || size.treeSum != size.treeSum {
    var argument = x
    reduceLargeAngle(&argument, &r, &low, &quarter)
  }
  let z = r * r
  let v = z * r
  var s = fma(z, 1.58969099521155010221e-10, -2.50507602534068634195e-08)
  s = fma(s, z, Lanes.all(2.75573137070700676789e-06))
  s = fma(s, z, Lanes.all(-1.98412698298579493134e-04))
  s = fma(s, z, Lanes.all(8.33333333332248946124e-03))
  let sine = r - ((z * (0.5 * low - v * s) - low) - v * -1.66666666666666324348e-01)
  var c = fma(z, -1.13596475577881948265e-11, 2.08757232129817482790e-09)
  c = fma(c, z, Lanes.all(-2.75573143513906633035e-07))
  c = fma(c, z, Lanes.all(2.48015872894767294178e-05))
  c = fma(c, z, Lanes.all(-1.38888888888741095749e-03))
  c = fma(c, z, Lanes.all(4.16666666666666019037e-02)) * z
  let half = 0.5 * z
  let w = 1 - half
  let cosine = w + (((1 - w) - half) + (z * c - r * low))
  // Odd quarters (whose last bit makes `oddness` 2⁻⁵² instead of 0) exchange the two; the second
  // and third quarter turn signs.
  let oddness = Lanes(bits: (quarter & 1) | Lanes.all(1).bits) - 1
  let tiny = Lanes.all(0x1p-60)
  let one = cvector_select_less(oddness, tiny, sine, cosine)
  let other = cvector_select_less(oddness, tiny, cosine, sine)
  let sineSign = (quarter & 2) &<< 62
  let cosineSign = ((quarter &+ 1) & 2) &<< 62
  return (Lanes(bits: one.bits ^ sineSign), Lanes(bits: other.bits ^ cosineSign))
}

/// a − b and what its rounding has lost (D. E. Knuth's two-sum).
@inlinable @inline(__always)
func difference(_ a: Lanes, _ b: Lanes) -> (high: Lanes, low: Lanes) {
  let high = a - b
  let back = high - a
  return (high, (a - (high - back)) - (b + back))
}

/// The reduction of angles above 10⁶, by address as `irregularLog`: M. H. Payne & R. N. Hanek,
/// "Radian reduction for trigonometric functions", SIGNUM Newsletter 18 (1983) 19–24. x = m·2ᵉ
/// times those 192 bits of 2/π that count modulo 4.
@inlinable @inline(never)
func reduceLargeAngle(
  _ x: inout Lanes, _ r: inout Lanes, _ low: inout Lanes, _ quarter: inout SIMD8<Int64>
) {
  for lane in 0..<8 where !(abs(x[lane]) <= 1e6) {
    guard x[lane].isFinite else {
      (r[lane], low[lane], quarter[lane]) = (.nan, .nan, 0)
      continue
    }
    let value = abs(x[lane])
    let mantissa = UInt64(value.significandBitPattern | 1 << 52)
    let exponent = Int(value.exponent) - 52
    // Bits of 2/π whose products are multiples of 4 are left out.
    let skipped = max(0, exponent - 2)
    let (word, bit) = (skipped / 64, UInt64(skipped % 64))
    func window(_ i: Int) -> UInt64 {
      let next = bit == 0 ? 0 : twoOverPi[word + i + 1] >> (64 - bit)
      return twoOverPi[word + i] << bit | next
    }
    // The product of 256 bits, its highest word first.
    let p2 = mantissa.multipliedFullWidth(by: window(2))
    let p1 = mantissa.multipliedFullWidth(by: window(1))
    let p0 = mantissa.multipliedFullWidth(by: window(0))
    let d = p2.low
    let (c, carryC) = p1.low.addingReportingOverflow(p2.high)
    let (b1, carryB) = p0.low.addingReportingOverflow(p1.high)
    let (b, carryB2) = b1.addingReportingOverflow(carryC ? 1 : 0)
    let a = p0.high &+ (carryB ? 1 : 0) &+ (carryB2 ? 1 : 0)
    // Shifted until the multiples of 4 fall out at the top.
    let shift = UInt64(62 + min(exponent, 2))
    let upper = shift == 64 ? b : a << shift | b >> (64 - shift)
    let middle = shift == 64 ? c : b << shift | c >> (64 - shift)
    let lower = shift == 64 ? d : c << shift | d >> (64 - shift)
    // Two bits count quarters; the rest, read with a sign, is the nearer fraction.
    let high64 = upper << 2 | middle >> 62
    let low64 = middle << 2 | lower >> 62
    let isNegative = high64 >> 63 == 1
    var turns = Int64(upper >> 62) + (isNegative ? 1 : 0)
    // The magnitude of the fraction in 128 bits.
    let lowWord = isNegative ? 0 &- low64 : low64
    let highWord = isNegative ? ~high64 &+ (low64 == 0 ? 1 : 0) : high64
    let zeros = UInt64(highWord.leadingZeroBitCount)
    let lead = zeros == 0 || zeros == 64 ? highWord : highWord << zeros | lowWord >> (64 - zeros)
    let trail = zeros == 64 ? lowWord : lowWord << zeros
    // 53 bits, and the 53 after them.
    let scale = Double(sign: .plus, exponent: -64 - Int(zeros == 64 ? 0 : zeros), significand: 1)
    let top = Double(lead & ~0x7FF) * scale
    let bottom = (Double(lead & 0x7FF) + Double(trail) * 0x1p-64) * scale
    var high = top * 0x1.921fb54442d18p0
    var tail =
      high.distance(top, 0x1.921fb54442d18p0)
      + (top * 0x1.1a62633145c07p-54 + bottom * 0x1.921fb54442d18p0)
    var isOpposite = isNegative
    if x[lane] < 0 {
      isOpposite.toggle()
      turns = -turns
    }
    if isOpposite { (high, tail) = (-high, -tail) }
    r[lane] = high + tail
    low[lane] = (high - r[lane]) + tail
    quarter[lane] = turns
  }
}

extension Double {
  /// a·b less this number, with one rounding.
  @inlinable @inline(__always)
  func distance(_ a: Double, _ b: Double) -> Double { (-self).addingProduct(a, b) }
}

/// The binary digits of 2/π.
@usableFromInline
let twoOverPi: [UInt64] = [
  0xa2f9_836e_4e44_1529, 0xfc27_57d1_f534_ddc0, 0xdb62_9599_3c43_9041, 0xfe51_63ab_debb_c561,
  0xb724_6e3a_424d_d2e0, 0x0649_2eea_09d1_921c, 0xfe1d_eb1c_b129_a73e, 0xe882_35f5_2ebb_4484,
  0xe99c_7026_b45f_7e41, 0x3991_d639_8353_39f4, 0x9c84_5f8b_bdf9_283b, 0x1ff8_97ff_de05_980f,
  0xef2f_118b_5a0a_6d1f, 0x6d36_7ecf_27cb_09b7, 0x4f46_3f66_9e5f_ea2d, 0x7527_bac7_ebe5_f17b,
  0x3d07_39f7_8a52_92ea, 0x6bfb_5fb1_1f8d_5d08, 0x5603_3046_fc7b_6bab, 0xf0cf_bc20_9af4_361d,
]
