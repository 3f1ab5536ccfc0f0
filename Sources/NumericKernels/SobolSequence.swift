/// Sobol' points in base 2, by point number: a (t, s)-sequence, each of whose first 2ᵐ points fill
/// the 2ᵐ intervals of every dimension once. Coordinates are 32-bit integers i that stand for
/// i/2³².
///
/// The points come in Gray code order, that of Antonov & Saleev (1979): point n is ⊕ over the bits
/// of n ⊕ ⌊n/2⌋ of the direction numbers, as in Joe and Kuo's own program and in SciPy. Any block
/// of 2ᵐ points whose number starts at a multiple of 2ᵐ is the same set as in natural order.
///
/// The direction numbers are `new-joe-kuo-6.21201` of S. Joe & F. Y. Kuo, "Constructing Sobol
/// sequences with better two-dimensional projections", SIAM J Sci Comput 30 (2008) 2635–2654.
public enum SobolSequence {
  /// The largest number of dimensions.
  public static let dimensionLimit = 32
  /// The largest number of points.
  public static let pointLimit = 1 << 32

  /// Words of one dimension's table: eight points, then a word for each of the upper 29 bits of a
  /// point's number, padded to whole vectors.
  @usableFromInline static let rowLength = 40

  /// The table of one dimension, for the functions below. It lives as long as the program.
  ///
  /// All its words are bit-reversed, because scrambling works on reversed numbers. The first eight
  /// are the points 0 … 7; word 5 + b, b ≥ 3, is what bit b of the point's number contributes,
  /// which in Gray code order is the direction number of this bit ⊕ that of the bit below.
  /// - Parameter dimension: 0 ..< `dimensionLimit`.
  public static func table(dimension: Int) -> UnsafePointer<UInt32> {
    precondition(
      dimension >= 0 && dimension < dimensionLimit, "there are numbers for this dimension")
    return tables + dimension * rowLength
  }

  /// Bit-reversed coordinates of eight neighbouring points in one dimension.
  /// - Parameters:
  ///   - first: the first point's number, a multiple of 8 below `pointLimit`.
  ///   - table: of the dimension.
  @inlinable @inline(__always)
  public static func reversedCoordinates(first: Int, table: UnsafePointer<UInt32>)
    -> SIMD8<UInt32>
  {
    var common: UInt32 = 0
    var rest = UInt32(truncatingIfNeeded: first) &>> 3
    var word = table + 8
    while rest != 0 {
      // All ones where the bit is set: a branch would be guessed wrong half of the time.
      common ^= word.pointee & (0 &- (rest & 1))
      rest &>>= 1
      word += 1
    }
    return UnsafeRawPointer(table).load(as: SIMD8<UInt32>.self)
      ^ SIMD8<UInt32>(repeating: common)
  }

  /// Coordinates of eight neighbouring points in one dimension, without scrambling.
  @inlinable @inline(__always)
  public static func coordinates(first: Int, table: UnsafePointer<UInt32>) -> SIMD8<UInt32> {
    OwenScrambling.reversed(reversedCoordinates(first: first, table: table))
  }

  /// Scrambled coordinates of eight neighbouring points in one dimension, (i + ½)/2³² in (0, 1).
  /// - Parameters:
  ///   - first: the first point's number, a multiple of 8 below `pointLimit`.
  ///   - table: of the dimension.
  ///   - seed: 64 random bits, others for every dimension and every set of points.
  @inlinable @inline(__always)
  public static func scrambled(first: Int, table: UnsafePointer<UInt32>, seed: SIMD2<UInt32>)
    -> Lanes
  {
    OwenScrambling.uniforms(
      OwenScrambling.reversed(
        OwenScrambling.permuted(reversedCoordinates(first: first, table: table), seed: seed)))
  }

  // Immutable once made, so that threads may share it.
  private nonisolated(unsafe) static let tables: UnsafePointer<UInt32> = {
    let words = UnsafeMutableRawPointer.allocate(
      byteCount: 4 * rowLength * dimensionLimit, alignment: 64
    ).initializeMemory(as: UInt32.self, repeating: 0, count: rowLength * dimensionLimit)
    for dimension in 0..<dimensionLimit {
      let directions = directionNumbers(dimension: dimension).map(bitReversed)
      let contributions = (0..<32).map { b in
        b == 0 ? directions[0] : directions[b] ^ directions[b - 1]
      }
      let row = words + dimension * rowLength
      for point in 0..<8 {
        for b in 0..<3 where point >> b & 1 == 1 { row[point] ^= contributions[b] }
      }
      for b in 3..<32 { row[5 + b] = contributions[b] }
    }
    return UnsafePointer(words)
  }()

  private static func bitReversed(_ word: UInt32) -> UInt32 {
    OwenScrambling.reversed(SIMD8<UInt32>(repeating: word))[0]
  }

  /// v₁ … v₃₂ of one dimension, v_k = m_k 2³²⁻ᵏ, by the recurrence of its primitive polynomial
  /// xˢ + a₁xˢ⁻¹ + … + a₍s₋₁₎x + 1: v_k = a₁v_{k−1} ⊕ … ⊕ a₍s₋₁₎v_{k−s+1} ⊕ v_{k−s} ⊕ v_{k−s}/2ˢ.
  private static func directionNumbers(dimension: Int) -> [UInt32] {
    // The first dimension is van der Corput's sequence.
    guard dimension > 0 else { return (1...32).map { 1 << (32 - $0) } }
    let row = rows[dimension - 1]
    let s = row.initial.count
    var v = (0..<s).map { row.initial[$0] << UInt32(31 - $0) }
    for k in s..<32 {
      var next = v[k - s] ^ (v[k - s] >> UInt32(s))
      for i in 1..<s where row.coefficients >> UInt32(s - 1 - i) & 1 == 1 { next ^= v[k - i] }
      v.append(next)
    }
    return v
  }

  /// A line of the published file: the inner coefficients a₁ … a₍s₋₁₎ of the polynomial as the bits
  /// of a number, and m₁ … m_s.
  private struct Row: Sendable {
    let coefficients: UInt32
    let initial: [UInt32]
    init(_ coefficients: UInt32, _ initial: [UInt32]) {
      self.coefficients = coefficients
      self.initial = initial
    }
  }

  private static let rows: [Row] = [
    Row(0, [1]),
    Row(1, [1, 3]),
    Row(1, [1, 3, 1]),
    Row(2, [1, 1, 1]),
    Row(1, [1, 1, 3, 3]),
    Row(4, [1, 3, 5, 13]),
    Row(2, [1, 1, 5, 5, 17]),
    Row(4, [1, 1, 5, 5, 5]),
    Row(7, [1, 1, 7, 11, 19]),
    Row(11, [1, 1, 5, 1, 1]),
    Row(13, [1, 1, 1, 3, 11]),
    Row(14, [1, 3, 5, 5, 31]),
    Row(1, [1, 3, 3, 9, 7, 49]),
    Row(13, [1, 1, 1, 15, 21, 21]),
    Row(16, [1, 3, 1, 13, 27, 49]),
    Row(19, [1, 1, 1, 15, 7, 5]),
    Row(22, [1, 3, 1, 15, 13, 25]),
    Row(25, [1, 1, 5, 5, 19, 61]),
    Row(1, [1, 3, 7, 11, 23, 15, 103]),
    Row(4, [1, 3, 7, 13, 13, 15, 69]),
    Row(7, [1, 1, 3, 13, 7, 35, 63]),
    Row(8, [1, 3, 5, 9, 1, 25, 53]),
    Row(14, [1, 3, 1, 13, 9, 35, 107]),
    Row(19, [1, 3, 1, 5, 27, 61, 31]),
    Row(21, [1, 1, 5, 11, 19, 41, 61]),
    Row(28, [1, 3, 5, 3, 3, 13, 69]),
    Row(31, [1, 1, 7, 13, 1, 19, 1]),
    Row(32, [1, 3, 7, 5, 13, 19, 59]),
    Row(37, [1, 1, 3, 9, 25, 29, 41]),
    Row(41, [1, 3, 5, 13, 23, 1, 55]),
    Row(42, [1, 3, 7, 3, 13, 59, 17]),
  ]
}
