import NumericKernels
import PopulationModel

extension WorkingScale {
  /// The least share of its variance that an effect of a block has given those before it; 0.05 for
  /// two effects with a correlation of 0.975.
  func leastConditionalShare(_ parameters: PopulationParameters) -> Double {
    var least = 1.0
    for block in blocks where block.effects.count > 1 {
      let covariance = parameters.covariances[block.components.lowerBound].block(block.effects)
      guard let factor = CholeskyFactor(covariance) else { return 0 }
      for i in block.effects.indices {
        let own = factor.elements[SymmetricMatrix.index(i, i)]
        least = min(least, own * own / covariance[i, i])
      }
    }
    return least
  }

  /// A coordinate whose parameter may be 0.
  struct Variance {
    let kind: BoundaryPin.Kind
    let components: Range<Int>
    let coordinate: Int
    /// Standard deviation of the effect where the fit has started.
    let unit: Double
  }

  /// The variance of one effect that has no covariances.
  struct OwnVariance {
    let coordinate: Int
    /// Standard deviation of the effect at the reference.
    let unit: Double
  }

  var ownVariances: [OwnVariance] {
    var next = means.count
    return blocks.compactMap { block in
      defer { next += block.effects.count * (block.effects.count + 1) / 2 }
      return block.effects.count == 1
        ? OwnVariance(coordinate: next, unit: block.unit) : nil
    }
  }

  /// The coordinates of all parameters that may be 0.
  func variances(_ free: FreeParameters) -> [Variance] {
    var result: [Variance] = []
    var next = means.count
    for block in blocks {
      if block.effects.count == 1 {
        let effect = block.effects[0]
        result.append(
          Variance(
            kind: .variance(effects: block.ties.isEmpty ? [effect] : block.ties),
            components: block.components, coordinate: next, unit: block.unit))
      }
      for i in block.effects.indices.dropFirst() {
        result.append(
          Variance(
            kind: .conditional(effects: block.effects, place: i), components: block.components,
            coordinate: next + SymmetricMatrix.index(i, i),
            unit: means.first { $0.effect == block.effects[i] }?.unit ?? block.unit))
      }
      next += block.effects.count * (block.effects.count + 1) / 2
    }
    next += weightCount + (hasResidualVariance ? 1 : 0)
    for other in others {
      let k =
        other.components.count == 1 && free.model.componentCount > 1
        ? other.components.lowerBound : nil
      if other.isLogarithm, free.isVariance(.direct(place: other.place, component: k)) {
        result.append(
          Variance(
            kind: .direct(place: other.place), components: other.components, coordinate: next,
            unit: 1))
      }
      next += 1
    }
    return result
  }
}
