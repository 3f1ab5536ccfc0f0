import NumericKernels
package import PopulationModel

/// The free parameters as a vector without bounds, on which steps of EM can be compared and
/// extrapolated.
///
/// One coordinate for each of `FreeParameters`, in the same order. Differences have no units: means
/// are divided by the standard deviation of their effect at a reference, weights are log(w_k/w_K),
/// σ² is its logarithm. A block of Σ with Cholesky factor L has 2 log L_ii and, below the diagonal,
/// L_ij/L_ii: any vector makes it positive definite, and a single variance has its logarithm.
package struct WorkingScale: Sendable, Equatable, Codable {
  struct Mean: Sendable, Equatable, Codable {
    let effect: Int
    /// The components it belongs to.
    let components: Range<Int>
    /// Standard deviation of the effect at the reference.
    let unit: Double
  }

  struct Block: Sendable, Equatable, Codable {
    let effects: [Int]
    /// The components it belongs to.
    let components: Range<Int>
    /// The effects that have the variance of the only one.
    let ties: [Int]
    /// Standard deviation of the first effect at the reference.
    let unit: Double
  }

  /// A direct parameter or the coefficient of a covariate.
  struct Other: Sendable, Equatable, Codable {
    enum Kind: Sendable, Equatable, Codable {
      case direct, coefficient, weightCoefficient
    }
    let kind: Kind
    let place: Int
    let components: Range<Int>
    let isLogarithm: Bool

    func value(in parameters: PopulationParameters) -> Double {
      let k = components.lowerBound
      return switch kind {
      case .direct: parameters.direct[k][place]
      case .coefficient: parameters.coefficients[k][place]
      case .weightCoefficient: parameters.weightCoefficients[k][place]
      }
    }

    func set(_ value: Double, in parameters: inout PopulationParameters) {
      for k in components {
        switch kind {
        case .direct: parameters.direct[k][place] = value
        case .coefficient: parameters.coefficients[k][place] = value
        case .weightCoefficient: parameters.weightCoefficients[k][place] = value
        }
      }
    }
  }

  let means: [Mean]
  let blocks: [Block]
  /// K − 1, or 0 if the weights are fixed.
  let weightCount: Int
  let hasResidualVariance: Bool
  /// What else is free, and whether its coordinate is its logarithm.
  let others: [Other]
  /// Number of coordinates.
  package let count: Int

  /// The least unit of an effect, relative to its mean.
  private static let leastShare = 1e-2

  /// The standard deviation of a component's effect at a reference; who starts with a variance of
  /// nearly 0 says that it is small, not what the effect is like.
  static func unit(
    of effect: Int, _ k: Int, _ model: MixtureModel, _ reference: PopulationParameters
  ) -> Double {
    let sd = reference.covariances[k][effect, effect].squareRoot()
    let isLogarithm = model.effects[effect].distribution != .normal
    let size = max(abs(reference.means[k][effect]), isLogarithm ? 1 : 0)
    return sd.isNormal ? max(sd, leastShare * size) : 1
  }

  /// - Parameter reference: gives each mean its unit; the parameters where a fit starts do.
  package init(model: MixtureModel, reference: PopulationParameters) {
    let all = 0..<model.componentCount
    let each = all.map { $0..<$0 + 1 }
    var means: [Mean] = []
    func unit(_ j: Int, _ k: Int) -> Double { Self.unit(of: j, k, model, reference) }
    func addMeans(of effects: [Int], in components: Range<Int>) {
      let k = components.lowerBound
      for j in effects where !model.fixed.means[k][j] {
        means.append(Mean(effect: j, components: components, unit: unit(j, k)))
      }
    }
    for components in each { addMeans(of: model.mixtureEffects, in: components) }
    addMeans(of: model.sharedEffects, in: all)

    var blocks: [Block] = []
    func addBlocks(of effects: [Int], _ form: CovarianceForm, in components: Range<Int>) {
      // Of effects that have one variance in common the first has the coordinate.
      let free = effects.filter {
        !model.fixed.variances[components.lowerBound][$0]
          && (model.tie(of: $0)?[0] ?? $0) == $0
      }
      let k = components.lowerBound
      switch form {
      case .diagonal:
        blocks += free.map {
          Block(
            effects: [$0], components: components, ties: model.tie(of: $0) ?? [],
            unit: unit($0, k))
        }
      case .full:
        precondition(free.isEmpty || free == effects, "a full block is fixed as a whole")
        if !free.isEmpty {
          blocks.append(
            Block(effects: free, components: components, ties: [], unit: unit(free[0], k)))
        }
      }
    }
    for components in model.covarianceSharing == .equal ? [all] : each {
      addBlocks(of: model.mixtureEffects, model.mixtureCovariance, in: components)
    }
    addBlocks(of: model.sharedEffects, model.sharedCovariance, in: all)

    self.means = means
    self.blocks = blocks
    weightCount = model.fixed.weights ? 0 : model.componentCount - 1
    hasResidualVariance = model.isFactored && !model.fixed.residualVariance
    others = FreeParameters(model).list.compactMap { parameter in
      func range(_ component: Int?) -> Range<Int> { component.map { $0..<$0 + 1 } ?? all }
      switch parameter {
      case .direct(let place, let component):
        return Other(
          kind: .direct, place: place, components: range(component),
          isLogarithm: model.direct[place].isPositive)
      case .coefficient(let place, let component):
        return Other(
          kind: .coefficient, place: place, components: range(component), isLogarithm: false)
      case .weightCoefficient(let place, let component):
        return Other(
          kind: .weightCoefficient, place: place, components: component..<component + 1,
          isLogarithm: false)
      default: return nil
      }
    }
    count =
      means.count + blocks.reduce(0) { $0 + SymmetricMatrix.elementCount($1.effects.count) }
      + weightCount + (hasResidualVariance ? 1 : 0) + others.count
  }

  /// What a parameter of the random effects may change by: the standard deviation of its effect,
  /// for covariances the product of two, at the reference or the estimates, whichever is larger;
  /// `nil` of other parameters.
  func unit(_ parameter: FreeParameter, at estimates: PopulationParameters) -> Double? {
    func unit(_ effect: Int) -> Double? {
      let covariance = estimates.covariances[parameter.component ?? 0]
      return means.first { $0.effect == effect }
        .map { max($0.unit, covariance[effect, effect].squareRoot()) }
    }
    switch parameter {
    case .mean(let effect, _): return unit(effect)
    case .covariance(let row, let column, _):
      return unit(row).flatMap { first in unit(column).map { first * $0 } }
    default: return nil
    }
  }

  /// The coordinates; not finite where a covariance is singular or a weight is 0.
  package func coordinates(of parameters: PopulationParameters) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { x, initialized in
      var next = 0
      for mean in means {
        x[next] = parameters.means[mean.components.lowerBound][mean.effect] / mean.unit
        next += 1
      }
      for b in blocks.indices {
        let size = SymmetricMatrix.elementCount(blocks[b].effects.count)
        write(blocks[b], of: parameters, to: .init(rebasing: x[next..<next + size]))
        next += size
      }
      for k in 0..<weightCount {
        x[next] = log(parameters.weights[k] / parameters.weights[weightCount])
        next += 1
      }
      if hasResidualVariance {
        x[next] = log(parameters.sigma2)
        next += 1
      }
      for other in others {
        let value = other.value(in: parameters)
        x[next] = other.isLogarithm ? log(value) : value
        next += 1
      }
      initialized = count
    }
  }

  private func write(
    _ block: Block, of parameters: PopulationParameters, to x: UnsafeMutableBufferPointer<Double>
  ) {
    let k = block.components.lowerBound
    let size = block.effects.count
    var place = 0
    for i in 0..<size {
      for j in 0...i {
        x[place] = parameters.covariances[k][block.effects[i], block.effects[j]]
        place += 1
      }
    }
    // A single variance needs no square root, whose rounding the logarithm would keep.
    if size == 1 {
      x[0] = log(x[0])
      return
    }
    guard CholeskyFactor.factor(x.baseAddress!, dimension: size) else {
      x.update(repeating: .nan)
      return
    }
    for i in 0..<size {
      let row = SymmetricMatrix.index(i, 0)
      let diagonal = x[row + i]
      for j in 0..<i { x[row + j] /= diagonal }
      x[row + i] = 2 * log(diagonal)
    }
  }

  /// The parameters at coordinates.
  /// - Parameter template: gives the values of what is fixed.
  /// - Returns: `nil` if a value overflows or underflows, or a covariance is singular to working
  ///   precision.
  package func parameters(at x: [Double], like template: PopulationParameters)
    -> PopulationParameters?
  {
    precondition(x.count == count)
    var result = template
    var next = 0
    for mean in means {
      let value = x[next] * mean.unit
      guard value.isFinite else { return nil }
      for k in mean.components { result.means[k][mean.effect] = value }
      next += 1
    }
    for block in blocks {
      let size = SymmetricMatrix.elementCount(block.effects.count)
      guard read(block, from: x[next..<next + size], to: &result) else { return nil }
      next += size
    }
    if weightCount > 0 {
      // Relative to the largest, so that none overflows.
      var largest = 0.0
      for k in 0..<weightCount { largest = max(largest, x[next + k]) }
      var total = 0.0
      for k in 0...weightCount {
        result.weights[k] = exp((k < weightCount ? x[next + k] : 0) - largest)
        total += result.weights[k]
      }
      for k in 0...weightCount {
        result.weights[k] /= total
        guard result.weights[k].isNormal else { return nil }
      }
      next += weightCount
    }
    if hasResidualVariance {
      let variance = exp(x[next])
      guard variance.isNormal else { return nil }
      result.residualVariance = variance
      next += 1
    }
    for other in others {
      let value = other.isLogarithm ? exp(x[next]) : x[next]
      guard value.isFinite, !other.isLogarithm || value.isNormal else { return nil }
      other.set(value, in: &result)
      next += 1
    }
    return result
  }

  /// Σ_ij = L_ii L_jj Σ_l r_il r_jl over l ≤ j, where r_il = L_il/L_ii and r_jj = 1.
  /// - Returns: whether the block is regular.
  private func read(
    _ block: Block, from x: ArraySlice<Double>, to parameters: inout PopulationParameters
  ) -> Bool {
    let first = x.startIndex
    let effects = block.effects
    let k = block.components.lowerBound
    if effects.count == 1 {
      let variance = exp(x[first])
      for k in block.components {
        parameters.covariances[k][effects[0], effects[0]] = variance
        for j in block.ties { parameters.covariances[k][j, j] = variance }
      }
      return variance.isNormal
    }
    func ratio(_ i: Int, _ l: Int) -> Double {
      l == i ? 1 : x[first + SymmetricMatrix.index(i, l)]
    }
    // The diagonal holds L_ii until all that needs it is done.
    for (i, effect) in effects.enumerated() {
      parameters.covariances[k][effect, effect] = exp(
        0.5 * x[first + SymmetricMatrix.index(i, i)])
    }
    for i in effects.indices.reversed() {
      let diagonal = parameters.covariances[k][effects[i], effects[i]]
      for j in 0...i {
        var sum = 0.0
        for l in 0...j { sum += ratio(i, l) * ratio(j, l) }
        let other = parameters.covariances[k][effects[j], effects[j]]
        parameters.covariances[k][effects[i], effects[j]] = diagonal * other * sum
      }
    }
    guard CholeskyFactor(parameters.covariances[k]) != nil else { return false }
    for other in block.components.dropFirst() {
      for (i, row) in effects.enumerated() {
        for column in effects[...i] {
          parameters.covariances[other][row, column] = parameters.covariances[k][row, column]
        }
      }
    }
    return true
  }

  /// The largest difference of a coordinate; NaN if one is NaN.
  package func distance(_ a: [Double], _ b: [Double]) -> Double {
    var largest = 0.0
    for i in 0..<count {
      let difference = abs(a[i] - b[i])
      if difference.isNaN { return .nan }
      largest = max(largest, difference)
    }
    return largest
  }
}
