/// Nested uniform scrambling in base 2, Owen's randomisation of a net: each point becomes uniform
/// on the cube, the net stays a net. The flips of the binary digits are taken from a hash of the
/// digits above, so that a point is scrambled by its value and a seed alone.
///
/// The idea is that of S. Laine & T. Karras, "Stratified sampling for stochastic transparency",
/// Comput Graph Forum 30 (2011) 1197–1204: on the bit-reversed number, operations that carry
/// upwards only (addition, multiplication by an odd number, x ⊕ cx with an even c) let each digit
/// depend on those above it. B. Burley, "Practical hash-based Owen scrambling", J Comput Graph Tech
/// 9(4) (2020) 1–20, made it usable; but his constants take the seed in one addition, so that the
/// first three digits are permuted in 8 of 128 possible ways, and the variance of a sum of
/// coordinates is 0.3 … 0.5 times what Owen's is. The constants and the multiplication by the seed
/// are those of N. Vegdahl (2021), as in Blender; the multiplier has 32 seed bits of its own here.
/// The variance of smooth and of discontinuous integrands over the seeds then agrees with that of
/// true nested uniform scrambling within the 2 % that 10 000 seeds can tell, with 16, 64 and 128
/// points. Not every nested permutation is reached: with 64 bits that is impossible, and second
/// moments do not need it.
///
/// The addition of a uniform number makes each coordinate exactly uniform over the seeds, and an
/// average exactly unbiased.
public enum OwenScrambling {
  /// The bit-reversed scrambled numbers from the bit-reversed numbers.
  /// - Parameter seed: 64 random bits; neighbouring integers would give similar scramblings.
  @inlinable @inline(__always)
  public static func permuted(_ reversed: SIMD8<UInt32>, seed: SIMD2<UInt32>) -> SIMD8<UInt32> {
    var x = reversed
    x ^= x &* SIMD8<UInt32>(repeating: 0x3D20_ADEA)
    x = x &+ SIMD8<UInt32>(repeating: seed[0])
    x = x &* SIMD8<UInt32>(repeating: seed[1] | 1)
    x ^= x &* SIMD8<UInt32>(repeating: 0x0552_6C56)
    x ^= x &* SIMD8<UInt32>(repeating: 0x53A2_2864)
    return x
  }

  /// The numbers with the order of their 32 bits reversed.
  @inlinable @inline(__always)
  public static func reversed(_ words: SIMD8<UInt32>) -> SIMD8<UInt32> {
    var x = words
    x = ((x &>> 1) & 0x5555_5555) | ((x & 0x5555_5555) &<< 1)
    x = ((x &>> 2) & 0x3333_3333) | ((x & 0x3333_3333) &<< 2)
    x = ((x &>> 4) & 0x0F0F_0F0F) | ((x & 0x0F0F_0F0F) &<< 4)
    x = ((x &>> 8) & 0x00FF_00FF) | ((x & 0x00FF_00FF) &<< 8)
    return (x &>> 16) | (x &<< 16)
  }

  /// (i + ½)/2³² in (0, 1), exactly.
  @inlinable @inline(__always)
  public static func uniforms(_ words: SIMD8<UInt32>) -> Lanes {
    // 2⁵² + i by its bits; below 2⁵² the halves are still doubles.
    let bits = SIMD8<UInt64>(truncatingIfNeeded: words) | SIMD8<UInt64>(repeating: 0x4330 << 48)
    return (unsafeBitCast(bits, to: Lanes.self) - (0x1p52 - 0.5)) * 0x1p-32
  }
}
