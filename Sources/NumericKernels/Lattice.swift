/// A rank-1 lattice with 2ᵐ points, randomly shifted: u_l = frac(l·z/T + Δ). Its integration error
/// falls almost as 1/T² for smooth integrands that vanish towards the border of the cube, as a
/// posterior under a wider envelope does.
///
/// The generating vector is `exod2_base2_m20_CKN` of Cools, Kuo & Nuyens, "Constructing embedded
/// lattice rules for multivariate integration", SIAM J Sci Comput 28 (2006) 2162–2188: good for
/// every T = 2ᵐ up to 2²⁰.
public enum Lattice {
  /// The largest number of dimensions.
  public static let dimensionLimit = 10
  /// The largest number of points.
  public static let pointLimit = 1 << 20

  @usableFromInline
  static let generator: [Int64] = [
    1, 182_667, 469_891, 498_753, 110_745, 446_247, 250_185, 118_627, 245_333, 283_199,
  ]

  /// The generating vector's element of one dimension.
  @inlinable
  public static func generator(dimension: Int) -> Int64 { generator[dimension] }

  /// Coordinates of eight neighbouring points in one dimension, in (0, 1).
  /// - Parameters:
  ///   - first: the first point's number.
  ///   - step: the generating vector's element of this dimension.
  ///   - count: the number of points, a power of two.
  ///   - shift: the random shift, in (0, 1).
  @inlinable @inline(__always)
  public static func coordinates(first: Int, step: Int64, count: Int, shift: Double) -> Lanes {
    let points = SIMD8<Int64>(repeating: Int64(first)) &+ SIMD8<Int64>(0, 1, 2, 3, 4, 5, 6, 7)
    let residues = (points &* step) & Int64(count - 1)
    // Exact: the residue in the mantissa of 2⁵², then a division by a power of two.
    let magic = Lanes.all(0x1p52)
    let u = (Lanes(bits: residues | magic.bits) - magic) / Double(count) + shift
    let wrapped = u.replacing(with: u - 1, where: u .>= 1)
    // The quantile is finite in the open interval only.
    return wrapped.replacing(with: Lanes.all(0x1p-54), where: wrapped .< 0x1p-54)
  }
}
