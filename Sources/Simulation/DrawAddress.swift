package import NumericKernels

/// Which random numbers the draws of one subject are made of.
///
/// What a draw has is a function of the address, the number of the draw, and the subject's records:
/// neither other subjects nor other draws count. A caller gives the purposes, the data set and the
/// subject; sample and dimension are those of
///
/// | number of              | replicate r               | single draw               |
/// | ---------------------- | ------------------------- | ------------------------- |
/// | the component          | `effects`, r, 0           | `effects`, 0, 0           |
/// | random effect i        | `effects`, r, 1 + i       | `effects`, 1, i           |
/// | the residual of row j  | `residuals`, r, j         | `residuals`, j, 0         |
package struct DrawAddress: Sendable, Equatable {
  /// Of the component and the random effects.
  package let effects: RandomAddress
  /// Of residual errors.
  package let residuals: RandomAddress
  /// Whether there is a draw for each sample; else there is draw 0 alone.
  let isReplicated: Bool

  /// Of draws 0, 1, 2, … of a subject.
  package static func replicates(effects: RandomAddress, residuals: RandomAddress) -> DrawAddress {
    DrawAddress(effects: effects, residuals: residuals, isReplicated: true)
  }

  /// Of one draw.
  package static func single(effects: RandomAddress, residuals: RandomAddress) -> DrawAddress {
    DrawAddress(effects: effects, residuals: residuals, isReplicated: false)
  }

  /// Of the replicates of a data set: those that a fit is checked by, or other data sets like it.
  /// - Parameter place: of the subject among all.
  package static func replicates(seed: UInt64, place: Int) -> DrawAddress {
    let key = RandomAddress.key(mixing: seed)
    return .replicates(
      effects: RandomAddress(key: key, purpose: .replicateEffects, subject: place),
      residuals: RandomAddress(key: key, purpose: .replicateResiduals, subject: place))
  }

  /// Uniform numbers that choose the components of the draws `first` … `first` + 7, and standard
  /// normal ones for their `count` random effects. Of a single draw all lanes are alike.
  func effects(first: Int, count: Int, into z: UnsafeMutablePointer<Lanes>) -> Lanes {
    guard isReplicated else {
      for pair in 0..<(count + 1) / 2 {
        let (even, odd) = effects.uniforms(firstSample: 1, pair: pair)
        z[2 * pair] = normalQuantile(Lanes.all(even[0]))
        if 2 * pair + 1 < count { z[2 * pair + 1] = normalQuantile(Lanes.all(odd[0])) }
      }
      return Lanes.all(effects.uniform(sample: 0, dimension: 0))
    }
    let (choice, next) = effects.uniforms(firstSample: first, pair: 0)
    if count > 0 { z[0] = normalQuantile(next) }
    for pair in 1..<max(1, count / 2 + 1) {
      let (even, odd) = effects.uniforms(firstSample: first, pair: pair)
      z[2 * pair - 1] = normalQuantile(even)
      if 2 * pair < count { z[2 * pair] = normalQuantile(odd) }
    }
    return choice
  }

  /// Standard normal numbers for the residuals of the rows 2 · `pair` and 2 · `pair` + 1.
  func residuals(first: Int, pair: Int) -> (Lanes, Lanes) {
    if isReplicated {
      let (even, odd) = residuals.uniforms(firstSample: first, pair: pair)
      return (normalQuantile(even), normalQuantile(odd))
    }
    let (rows, _) = residuals.uniforms(firstSample: 2 * pair, pair: 0)
    return (normalQuantile(Lanes.all(rows[0])), normalQuantile(Lanes.all(rows[1])))
  }
}
