import CVector
import NumericKernels

// Random numbers that all densities and components of a subject share.
extension ImportanceMixture {
  /// The random shifts of an address, one lane for each density.
  func randomize(_ address: RandomAddress, _ slot: Int) {
    // Normal numbers take the last one.
    precondition(count <= 8)
    if randomizations[slot].address == address { return }
    var shifts = address
    shifts.purpose = .latticeShift
    let (u, v) = shifts.uniforms(firstSample: 0, pair: 0)
    randomizations[slot] = Randomization(address: address, u: u, v: v)
  }

  /// Lattice points with a shift of their own, made normal by their radius and angle, which takes a
  /// fifth of the time of two normal quantiles. Eight of them, as the component's own density has
  /// most often, are kept for the other components.
  func drawNormals(
    _ samples: Int, _ slot: Int, _ z: UnsafeMutablePointer<Lanes>, _ stride: Int
  ) {
    if samples == 8, randomizations[slot].hasNormals {
      z.pointee = randomizations[slot].x
      if p > 1 { z[stride] = randomizations[slot].y }
      return
    }
    func words(_ v: Int, _ step: Int64, _ shift: Double) -> SIMD8<UInt64> {
      let u = Lattice.coordinates(first: 8 * v, step: step, count: samples, shift: shift)
      // ⌊2³² u⌋ in the lower halves, as the mantissa of 2⁵² + 2³² u.
      return unsafeBitCast(cvector_floor(u * 0x1p32) + 0x1p52, to: SIMD8<UInt64>.self)
    }
    let (u, v) = (randomizations[slot].u[7], randomizations[slot].v[7])
    for place in 0..<samples / 8 {
      let (x, y) = normalPair(
        exponential: exponentialNumber(words(place, Lattice.generator(dimension: 0), u)),
        words(place, Lattice.generator(dimension: 1), v))
      z[place] = x
      if p > 1 { z[stride + place] = y }
    }
    guard samples == 8 else { return }
    randomizations[slot].hasNormals = true
    randomizations[slot].x = z.pointee
    if p > 1 { randomizations[slot].y = z[stride] }
  }
}
