/// Nodes and weights of Gauss and Hermite's rule for the standard normal distribution: Σ wᵢ f(xᵢ) =
/// E f(X) for polynomials of degree up to 2·order − 1. Errors: nodes below 1e-15 absolutely,
/// weights below 5e-15 relatively.
///
/// Newton's iteration is used on Hermite's polynomials, whose roots lie between those of the
/// polynomial before, instead of the eigenvalues of Jacobi's matrix: the smallest weights, 4e-23
/// for order 32, are relatively accurate, and the bits do not depend on the LAPACK that is
/// installed.
public struct GaussHermite: Sendable, Equatable {
  /// The largest number of nodes.
  public static let orderLimit = 32

  /// Ascending, exactly symmetric about 0.
  public let nodes: [Double]
  /// With the sum 1, in the order of the nodes.
  public let weights: [Double]

  /// - Parameter order: the number of nodes, 1 … `orderLimit`.
  public init(order: Int) {
    precondition(order >= 1 && order <= Self.orderLimit, "the order is within its limits")
    // The positive roots of the polynomials of degree 1, 2, …, each set from the one before.
    var roots: [Double] = []
    for degree in 1...order {
      // Between neighbours among these there is one root each: 0 is a root of odd degrees, 2√degree
      // is beyond the last.
      let bounds = (degree.isMultiple(of: 2) ? [0] : []) + roots + [2 * Double(degree).squareRoot()]
      roots = zip(bounds, bounds.dropFirst()).map {
        Self.root(degree: degree, between: $0, and: $1)
      }
    }
    let ascending = roots.reversed().map { -$0 } + (order.isMultiple(of: 2) ? [] : [0]) + roots
    nodes = ascending
    // wᵢ = (n−1)!/(n He₍n₋₁₎(xᵢ)²). The node is rounded, and He₍n₋₁₎′/He₍n₋₁₎ = x there: without
    // the correction by the last step of Newton's the error would be 1e-14.
    let factorial = (1..<max(order, 2)).reduce(1) { $0 * Double($1) }
    let n = Double(order)
    weights = ascending.map { x in
      let (value, previous) = Self.polynomials(degree: order, x)
      let step = -value / (n * previous)
      return factorial / (n * previous * previous) * (1 - 2 * x * step)
    }
  }

  /// Hermite's polynomials of this degree and of the one below: He₀ = 1, He_k = x He₍k₋₁₎ − (k−1)
  /// He₍k₋₂₎.
  private static func polynomials(degree: Int, _ x: Double) -> (value: Double, previous: Double) {
    var previous = 0.0
    var value = 1.0
    for k in 1...degree { (previous, value) = (value, x * value - Double(k - 1) * previous) }
    return (value, previous)
  }

  /// The one root between two points, by Newton's iteration with bisection where it would leave
  /// them.
  private static func root(degree: Int, between low: Double, and high: Double) -> Double {
    var low = low
    var high = high
    let isRising = polynomials(degree: degree, high).value > 0
    var x = 0.5 * (low + high)
    for _ in 0..<100 {
      let (value, previous) = polynomials(degree: degree, x)
      if (value > 0) == isRising { high = x } else { low = x }
      // He_n′ = n He₍n₋₁₎
      var next = x - value / (Double(degree) * previous)
      if !(next >= low && next <= high) { next = 0.5 * (low + high) }
      let isSettled = abs(next - x) <= x.ulp
      x = next
      if isSettled { break }
    }
    return x
  }
}

/// Which one-dimensional nodes make up a node of a product rule: node l of nᵖ has the indices l mod
/// n, ⌊l/n⌋ mod n, …, its digits in base n, least significant first.
public struct ProductNodes: Sendable, Equatable {
  /// The largest number of nodes of a product rule, rounded up to whole vectors.
  public static let countLimit = 1 << 26

  /// The number of nodes in one dimension.
  public let order: Int
  @usableFromInline let divisor: UInt32
  /// ⌈2³¹/n⌉: its product with l < 2³¹/n exceeds 2³¹l/n by less than 2³¹/n, so that ⌊l/n⌋ is exact.
  @usableFromInline let reciprocal: UInt32

  /// - Parameter order: the number of nodes in one dimension, 1 … 32.
  public init(order: Int) {
    precondition(order >= 1 && order <= 32, "the order is within its limits")
    self.order = order
    divisor = UInt32(order)
    reciprocal = UInt32(((1 << 31) + order - 1) / order)
  }

  /// The numbers of eight neighbouring nodes, to be split.
  @inlinable @inline(__always)
  public static func numbers(first: Int) -> SIMD8<UInt64> {
    SIMD8<UInt64>(repeating: UInt64(UInt32(truncatingIfNeeded: first)))
      &+ SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7)
  }

  /// Takes the indices of the next dimension from the numbers. Lanes beyond the last node have
  /// valid indices too.
  @inlinable @inline(__always)
  public func nextIndices(_ numbers: inout SIMD8<UInt64>) -> SIMD8<UInt64> {
    // The mask tells the compiler that a multiplication of 32-bit words is enough.
    let l = numbers & SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
    let quotients = (l &* SIMD8<UInt64>(repeating: UInt64(reciprocal))) &>> 31
    numbers = quotients
    return l
      &- ((quotients & SIMD8<UInt64>(repeating: 0xFFFF_FFFF))
        &* SIMD8<UInt64>(repeating: UInt64(divisor)))
  }

  /// The table's elements at eight indices.
  @inlinable @inline(__always)
  public static func lookUp(_ table: UnsafePointer<Double>, _ indices: SIMD8<UInt64>) -> Lanes {
    var result = Lanes.all(0)
    for lane in 0..<8 { result[lane] = table[Int(truncatingIfNeeded: indices[lane])] }
    return result
  }
}
