import CVector
import NumericKernels

/// Eigenvalues in descending order, and orthonormal eigenvectors, of symmetric matrices of three
/// rows whose second and third are not coupled, for eight samples.
struct SymmetricModes {
  private(set) var values: (Lanes, Lanes, Lanes)
  /// Components of the three vectors, each divided among them: `first` are the first components.
  private(set) var first = (Lanes.all(1), Lanes.all(0), Lanes.all(0))
  private(set) var second = (Lanes.all(0), Lanes.all(1), Lanes.all(0))
  private(set) var third = (Lanes.all(0), Lanes.all(0), Lanes.all(1))

  /// - Parameters:
  ///   - diagonal: not negative.
  ///   - couplings: of the first row with the second and the third.
  init(diagonal: (Lanes, Lanes, Lanes), couplings: (Lanes, Lanes)) {
    values = diagonal
    // At the places 12, 13, 23.
    var (a, b, c) = (couplings.0, couplings.1, Lanes.all(0))
    // What is smaller counts as 0, so that a lane which has come to rest waits for the others
    // without a change of its bits.
    let least = 0x1p-54 * (diagonal.0 + diagonal.1 + diagonal.2)
    // Four sweeps are usual.
    for _ in 0..<12 {
      var rotation = Self.rotation(values.0, values.1, a, least)
      rotation.turn(&values.0, &values.1, &a)
      rotation.turn(&b, &c)
      rotation.turn(&first.0, &first.1)
      rotation.turn(&second.0, &second.1)
      rotation.turn(&third.0, &third.1)
      rotation = Self.rotation(values.0, values.2, b, least)
      rotation.turn(&values.0, &values.2, &b)
      rotation.turn(&a, &c)
      rotation.turn(&first.0, &first.2)
      rotation.turn(&second.0, &second.2)
      rotation.turn(&third.0, &third.2)
      rotation = Self.rotation(values.1, values.2, c, least)
      rotation.turn(&values.1, &values.2, &c)
      rotation.turn(&a, &b)
      rotation.turn(&first.1, &first.2)
      rotation.turn(&second.1, &second.2)
      rotation.turn(&third.1, &third.2)
      let isMoving =
        cvector_any_less(least, cvector_max(a, -a)) || cvector_any_less(least, cvector_max(b, -b))
        || cvector_any_less(least, cvector_max(c, -c))
      if !isMoving { break }
    }
    for _ in 0..<2 {
      var isLess = (values.0, values.1)
      Self.exchange(&values.0, &values.1, where: isLess)
      Self.exchange(&first.0, &first.1, where: isLess)
      Self.exchange(&second.0, &second.1, where: isLess)
      Self.exchange(&third.0, &third.1, where: isLess)
      isLess = (values.1, values.2)
      Self.exchange(&values.1, &values.2, where: isLess)
      Self.exchange(&first.1, &first.2, where: isLess)
      Self.exchange(&second.1, &second.2, where: isLess)
      Self.exchange(&third.1, &third.2, where: isLess)
    }
  }

  /// Exchanges two in lanes in which the first value is less than the second.
  @inline(__always)
  private static func exchange(
    _ x: inout Lanes, _ y: inout Lanes, where values: (Lanes, Lanes)
  ) {
    (x, y) = (
      cvector_select_less(values.0, values.1, y, x), cvector_select_less(values.0, values.1, x, y)
    )
  }

  /// Cosine and sine of an angle, and its tangent.
  private struct Rotation {
    var c: Lanes
    var s: Lanes
    var t: Lanes

    @inline(__always)
    func turn(_ x: inout Lanes, _ y: inout Lanes) {
      (x, y) = (cvector_fma(c, x, -(s * y)), cvector_fma(c, y, s * x))
    }

    /// The diagonal, and what couples it: 0 where it turns.
    @inline(__always)
    func turn(_ p: inout Lanes, _ q: inout Lanes, _ coupling: inout Lanes) {
      p = cvector_fma(-t, coupling, p)
      q = cvector_fma(t, coupling, q)
      let zero = Lanes.all(0)
      coupling = cvector_select_equal(t, zero, coupling, zero)
    }
  }

  /// The smaller of the two angles that take out a coupling.
  @inline(__always)
  private static func rotation(_ p: Lanes, _ q: Lanes, _ coupling: Lanes, _ least: Lanes)
    -> Rotation
  {
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    let distance = q - p
    let twice = 2 * coupling
    let size = cvector_max(distance, -distance)
    let sum = size + cvector_sqrt(cvector_fma(distance, distance, twice * twice))
    let isMoving = cvector_max(coupling, -coupling)
    let tangent = cvector_select_less(distance, zero, -twice, twice) / sum
    let t = cvector_select_less(least, isMoving, tangent, zero)
    let c = one / cvector_sqrt(cvector_fma(t, t, one))
    return Rotation(c: c, s: t * c, t: t)
  }
}
