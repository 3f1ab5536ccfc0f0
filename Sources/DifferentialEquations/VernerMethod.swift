public import NumericKernels

/// The "most efficient" pair of orders 6 and 5 by J. H. Verner, Numer Algorithms 53 (2010) 383–396,
/// with the coefficients of his page of refuge for Runge–Kutta pairs (IIIXb): eight evaluations for
/// each step, as the ninth is the first of the next one.
///
/// Chosen by measurement among the pairs of Dormand & Prince 5(4) and 8(5, 3), Tsitouras 5(4) and
/// Verner 6(5) and 7(6), for two-compartment models with absorption, one of them with
/// Michaelis–Menten elimination: at relative tolerances from 1e-6 to 1e-8 it needs the fewest
/// evaluations for the accuracy reached (half of those of order 5; orders 7 and 8 gain only below
/// 1e-9), and its errors follow the tolerance most evenly.
@usableFromInline
enum VernerMethod {
  /// A step's error falls as this power of its size.
  @usableFromInline static let errorOrder = 6.0
  /// h|λ| from which a step is taken to be at the border of stability, which is 4.9 on the negative
  /// real axis and 4.3 at 100°.
  @usableFromInline static let stabilityBorder = 4.2
  @usableFromInline static let stageCount = 9

  // Stages 2 and 3 stand in no solution, stages 2 in stage 3 only.

  @inlinable @inline(__always)
  static func stage2(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes { 0.06 * k[0] }

  @inlinable @inline(__always)
  static func stage3(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    sum(0.019239962962962962 * k[0], 0.07669337037037037, k[n])
  }

  @inlinable @inline(__always)
  static func stage4(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    sum(0.035975 * k[0], 0.107925, k[2 * n])
  }

  @inlinable @inline(__always)
  static func stage5(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    let early = sum(1.3186834152331484 * k[0], -5.042058063628562, k[2 * n])
    return sum(early, 4.220674648395414, k[3 * n])
  }

  @inlinable @inline(__always)
  static func stage6(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    let early = sum(-41.87259166432751 * k[0], 159.43256216313748, k[2 * n])
    return sum(sum(early, -122.11921356501004, k[3 * n]), 5.531743066200053, k[4 * n])
  }

  @inlinable @inline(__always)
  static func stage7(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    let early = sum(-54.430156935316504 * k[0], 207.06725136501848, k[2 * n])
    let middle = sum(early, -158.61081378459, k[3 * n])
    return sum(sum(middle, 6.991816585950242, k[4 * n]), -0.01859723106220323, k[5 * n])
  }

  @inlinable @inline(__always)
  static func stage8(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    let early = sum(-54.66374178728198 * k[0], 207.95280625538936, k[2 * n])
    let middle = sum(early, -159.2889574744995, k[3 * n])
    let late = sum(sum(middle, 7.018743740796944, k[4 * n]), -0.018338785905045722, k[5 * n])
    return sum(late, -0.0005119484997882099, k[6 * n])
  }

  /// Of order 6.
  @inlinable @inline(__always)
  static func solution(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    let early = sum(0.03438957868357036 * k[0], 0.25826245556335037, k[3 * n])
    let middle = sum(sum(early, 0.4209371189673537, k[4 * n]), 4.40539646966931, k[5 * n])
    return sum(sum(middle, -176.48311902429865, k[6 * n]), 172.36413340141507, k[7 * n])
  }

  /// The difference of the solutions of orders 5 and 6.
  @inlinable @inline(__always)
  static func error(_ k: UnsafePointer<Lanes>, _ n: Int) -> Lanes {
    let early = sum(0.008623404282200854 * k[0], -0.019434029953152708, k[3 * n])
    let middle = sum(sum(early, 0.028450072588037983, k[4 * n]), -2.1097110610652914, k[5 * n])
    let late = sum(sum(middle, 103.45854289996397, k[6 * n]), -101.39980461914912, k[7 * n])
    return sum(late, 0.03333333333333333, k[8 * n])
  }

  @inlinable @inline(__always)
  static func sum(_ a: Lanes, _ coefficient: Double, _ k: Lanes) -> Lanes {
    fma(Lanes.all(coefficient), k, a)
  }
}
