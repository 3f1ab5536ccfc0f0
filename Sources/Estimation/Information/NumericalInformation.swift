import CVector
import MessagePassing
import NumericKernels
import PopulationModel

extension MixtureModel {
  /// Whether the scores of the complete data are linear in the features of `ObservedInformation`.
  var hasLinearScores: Bool {
    isFactored && covariateEffects.isEmpty && weightCovariates.isEmpty && tiedVariances.isEmpty
  }
}

extension ExpectationMaximization {
  /// The observed information −∂²log L/∂ϕ∂ϕᵀ by central differences of the total score on nodes
  /// that stay, where log L is a smooth function: for models whose complete data have scores that
  /// are not linear in a few features. Collective.
  /// - Parameters:
  ///   - parameters: where the iterations stopped.
  ///   - order: old places of the components in the order of `estimates`.
  ///   - standardErrors: of the estimates, which give each difference its size.
  ///   - prior: is added to the information, if there is any.
  ///   - held: places of parameters that do not move; see `EstimateCovariance`.
  /// - Returns: its inverse; `nil` if it is not positive definite.
  func numericalCovariance(
    at parameters: PopulationParameters, estimates: PopulationParameters, order: [Int],
    iteration: Int, standardErrors: [Double], prior: SymmetricMatrix?, held: Set<Int> = []
  ) throws -> SymmetricMatrix? {
    let free = FreeParameters(model)
    let q = free.count
    var old = [Int](repeating: 0, count: order.count)
    for (new, place) in order.enumerated() { old[place] = new }
    let values = free.values(in: estimates)
    // Errors of a sixth of its square in standard errors, and of the rounding of scores divided by
    // it.
    let steps = (0..<q).map { Self.differenceStep * standardErrors[$0] }
    var sums = ExactAccumulator(count: 2 * q * q)
    for (a, parameter) in free.list.enumerated() where !held.contains(a) {
      for side in 0..<2 {
        var moved = estimates
        free.set(
          parameter, to: values[a] + (side == 0 ? steps[a] : -steps[a]), in: &moved)
        guard moved.covariances.allSatisfy({ CholeskyFactor($0) != nil }),
          moved.weights.allSatisfy({ $0 > 0 })
        else { continue }
        var unused = ExactAccumulator(count: expectation.statisticsLayout.count)
        let scores = BlockScores(free: free, parameters: moved)
        scores.pinned = expectation.runWithPins(
          at: moved.permuted(old), iteration: iteration, envelopes: .unchanged,
          addingTo: &unused)
        expectation.addTotalScore(scores, order: order, to: &sums, at: (2 * a + side) * q)
      }
    }
    try sums.combine(with: communicator)
    // What is reported of the subjects is that of the estimates.
    var unused = ExactAccumulator(count: expectation.statisticsLayout.count)
    expectation.run(
      at: parameters, iteration: iteration, envelopes: .unchanged, addingTo: &unused)
    expectation.measureTails(iteration: iteration)
    let scores = sums.values
    func slope(_ a: Int, _ b: Int) -> Double {
      -(scores[2 * a * q + b] - scores[(2 * a + 1) * q + b]) / (2 * steps[a])
    }
    var information = SymmetricMatrix(dimension: q)
    for a in 0..<q where !held.contains(a) {
      for b in 0...a where !held.contains(b) {
        information[a, b] = 0.5 * (slope(a, b) + slope(b, a))
      }
    }
    if let prior { information.add(prior) }
    guard information.elements.allSatisfy(\.isFinite) else { return nil }
    return information.inverse(without: held)
  }

  private static var differenceStep: Double { 1e-3 }
}

extension ExpectationStep {
  /// Adds Σ_i s_i of the rank's subjects.
  func addTotalScore(
    _ scores: BlockScores, order: [Int], to sums: inout ExactAccumulator, at place: Int
  ) {
    let blockSums = BlockSums(count: scores.count)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, scores.count)) { memory in
      guard let row = memory.baseAddress else { return }
      for block in 0..<blocks.blockCount {
        blocks.fillScores(row, block, scores, order: order)
        blockSums.add(row, chosen: lanes(of: block), to: &sums, at: place)
      }
    }
    blockSums.finish(&sums, at: place)
  }
}
