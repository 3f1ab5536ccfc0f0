import KernelInterface
package import NumericKernels

/// Where the results of one subject's E-step stand in a row of doubles: log S_i first, then for
/// each component its integral and the conditional moments *given that component*, normalised
/// within it, so that they are well defined however small the posterior probability is.
package struct PosteriorLayout: Sendable, Equatable {
  /// p
  package let effectCount: Int
  /// K
  package let componentCount: Int
  /// q, the number of direct parameters.
  package let directCount: Int

  package init(effectCount: Int, componentCount: Int, directCount: Int = 0) {
    self.effectCount = effectCount
    self.componentCount = componentCount
    self.directCount = directCount
  }

  @usableFromInline var covarianceCount: Int { SymmetricMatrix.elementCount(effectCount) }
  /// Doubles of a component.
  var componentStride: Int {
    6 + effectCount + covarianceCount + DirectColumns.count(directCount)
  }

  /// Doubles in a row.
  package var count: Int { 2 + componentCount * componentStride }

  /// Stands for the shape of a tail that was not looked at; a number, so that rows can be compared.
  static let unknownShape = -Double.greatestFiniteMagnitude

  /// log S_i, the subject's log-likelihood contribution.
  package var logLikelihood: Int { 0 }
  /// How many of the subject's components had to be sampled again from a new mode search.
  package var remedies: Int { 1 }
  private func component(_ k: Int) -> Int { 2 + k * componentStride }
  /// log(w_k ∫ p(Y_i | θ) N(φ; μ_k, Σ_k) dφ)
  package func logIntegral(_ k: Int) -> Int { component(k) }
  /// (Σ v)²/Σ v²
  package func effectiveSampleSize(_ k: Int) -> Int { component(k) + 1 }
  /// Squared relative standard error of the integral, as if the samples were independent.
  package func relativeVariance(_ k: Int) -> Int { component(k) + 2 }
  /// E[(Y − h)ᵀH⁻¹(Y − h) | k]
  package func residualSquares(_ k: Int) -> Int { component(k) + 3 }
  /// E[φ | k], p values
  package func mean(_ k: Int) -> Int { component(k) + 4 }
  /// Cov[φ | k], packed lower triangle
  package func covariance(_ k: Int) -> Int { component(k) + 4 + effectCount }
  /// max v/Σ v
  package func largestShare(_ k: Int) -> Int { component(k) + 4 + effectCount + covarianceCount }
  /// Pareto k̂ of the weights, or `unknownShape`.
  package func tailShape(_ k: Int) -> Int { component(k) + 5 + effectCount + covarianceCount }
  /// E of `DirectColumns`.
  func direct(_ k: Int) -> Int { component(k) + 6 + effectCount + covarianceCount }
}

/// The results of one subject's E-step, as a view of its row.
package struct SubjectPosterior: Sendable {
  package let layout: PosteriorLayout
  /// The row.
  package let values: [Double]

  package init(layout: PosteriorLayout, values: [Double]) {
    precondition(values.count == layout.count)
    self.layout = layout
    self.values = values
  }

  package var logLikelihood: Double { values[layout.logLikelihood] }

  /// τ_i(k), W07 section 3: K values that sum to 1.
  package var membership: [Double] {
    (0..<layout.componentCount).map { exp(values[layout.logIntegral($0)] - logLikelihood) }
  }

  /// log(w_k ∫ p(Y_i | θ) N(φ; μ_k, Σ_k) dφ)
  package func logIntegral(_ k: Int) -> Double { values[layout.logIntegral(k)] }

  package func effectiveSampleSize(_ k: Int) -> Double { values[layout.effectiveSampleSize(k)] }
  package func residualSquares(_ k: Int) -> Double { values[layout.residualSquares(k)] }
  /// The largest weight as a share of all.
  package func largestShare(_ k: Int) -> Double { values[layout.largestShare(k)] }

  /// The shape k̂ of the tail of the weights, above 0.7 of no use (see `ParetoTail`); `nil` where
  /// nothing gave reason to look at it.
  package func tailShape(_ k: Int) -> Double? {
    let shape = values[layout.tailShape(k)]
    return shape == PosteriorLayout.unknownShape ? nil : shape
  }

  /// E[φ | component k]
  package func mean(_ k: Int) -> [Double] {
    Array(values[layout.mean(k)..<layout.mean(k) + layout.effectCount])
  }

  /// Cov[φ | component k]
  package func covariance(_ k: Int) -> SymmetricMatrix {
    let first = layout.covariance(k)
    return SymmetricMatrix(
      dimension: layout.effectCount,
      elements: Array(values[first..<first + SymmetricMatrix.elementCount(layout.effectCount)]))
  }

  /// Mean and covariance of φ over all components.
  package var moments: (mean: [Double], covariance: SymmetricMatrix) {
    let tau = membership
    let p = layout.effectCount
    var mean = [Double](repeating: 0, count: p)
    for k in tau.indices {
      for (j, value) in self.mean(k).enumerated() { mean[j] += tau[k] * value }
    }
    var covariance = SymmetricMatrix(dimension: p)
    for k in tau.indices {
      let within = self.covariance(k)
      let centre = self.mean(k)
      for i in 0..<p {
        for j in 0...i {
          covariance[i, j] +=
            tau[k] * (within[i, j] + (centre[i] - mean[i]) * (centre[j] - mean[j]))
        }
      }
    }
    return (mean, covariance)
  }

  /// The same results with component `order[k]` in place k.
  package func permuted(_ order: [Int]) -> SubjectPosterior {
    if order.elementsEqual(0..<order.count) { return self }
    var row = values
    let width = layout.count - 2
    let stride = width / layout.componentCount
    for (k, old) in order.enumerated() {
      let from = layout.logIntegral(old)
      row.replaceSubrange(
        layout.logIntegral(k)..<layout.logIntegral(k) + stride, with: values[from..<from + stride])
    }
    return SubjectPosterior(layout: layout, values: row)
  }
}

/// The results of many subjects' E-step, one row after another.
package struct SubjectPosteriors: Sendable, RandomAccessCollection {
  package let layout: PosteriorLayout
  /// The rows.
  package let values: [Double]

  package init(layout: PosteriorLayout, values: [Double]) {
    precondition(values.count.isMultiple(of: layout.count))
    self.layout = layout
    self.values = values
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { values.count / layout.count }

  /// Calls a function for the row of each subject in turn.
  func forEachRow(_ body: (UnsafePointer<Double>) -> Void) {
    values.withUnsafeBufferPointer { values in
      guard let first = values.baseAddress else { return }
      for place in indices { body(first + place * layout.count) }
    }
  }

  package subscript(place: Int) -> SubjectPosterior {
    SubjectPosterior(
      layout: layout, values: Array(values[place * layout.count..<(place + 1) * layout.count]))
  }
}
