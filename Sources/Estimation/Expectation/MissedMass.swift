import CVector
import KernelInterface
import NumericKernels
import PopulationModel

// Envelopes that have been left behind: where σ shrinks far while EM is on its way, the nodes of a
// subject can stay at a place, such as a plateau of its density, where there is next to nothing of
// its posterior any more. Its integral is then smooth and wrong, and by its residuals it keeps σ
// where EM has a fixed point that is none of the likelihood. Its nodes cannot tell; two comparisons
// can, which take no look at the model.
extension ExpectationStep {
  /// What integrals from a new mode search have to gain in log density to be taken.
  private static let leastGain = 0.5
  /// Parts of a subject's likelihood that are below e^−7 of it do not matter.
  private static let negligible = 7.0

  /// Looks at the integrals of the last `run` for mass that they miss. Envelopes that have missed
  /// some are put where it is.
  /// - Returns: what the log-likelihoods of the rank's subjects gain, for each of them: 0 for
  ///   nearly all.
  package func recoverMissedMass(iteration: Int) -> [Double] {
    var gains = [Double](repeating: 0, count: subjects.count)
    for block in 0..<blocks.blockCount {
      if isLeft() { break }
      let isOutlying = outliers(block)
      var isRecovered = false
      let before = blocks.logLikelihood[block]
      for k in 0..<model.componentCount {
        let isSuspect = select(
          ownLanes(block, k), larger(isOutlying, isBelowBound(block, k)), Lanes.all(0))
        guard isSuspect.largest > 0 else { continue }
        for lane in 0..<blocks.width(block) where isSuspect[lane] > 0 {
          let place = blocks.layout.logIntegral
          let isTaken = searchAnew(8 * block + lane, k, iteration: iteration) { new, old in
            let value = new[8 * place]
            return value > old[place] + Self.leastGain && value > before[lane] - Self.negligible
          }
          if isTaken { isRecovered = true }
        }
      }
      guard isRecovered else { continue }
      blocks.combine(block)
      for lane in 0..<blocks.width(block) {
        let gain = blocks.logLikelihood[block][lane] - before[lane]
        if gain.isFinite { gains[8 * block + lane] = max(0, gain) }
      }
    }
    return gains
  }

  /// 1 for the subjects of a block whose squared residuals are larger than chance allows.
  private func outliers(_ block: Int) -> Lanes {
    var squares = Lanes.all(0)
    for k in 0..<model.componentCount {
      let record = blocks.record(block, k)
      let own =
        model.isFactored ? blocks.layout.residualSquares : blocks.layout.direct
      squares += record[blocks.layout.membership] * record[own]
    }
    let limit = chanceLimit(blocks.observationCounts[block]) * densities.residualVariance
    return cvector_select_less(limit, squares, lanes(of: block), Lanes.all(0))
  }

  /// 1 for the subjects of a block whose integral for component k is less than the moments of
  /// another component prove it to be.
  ///
  /// With I_k = ∫ p(Y | φ) w_k N(φ; μ_k, Σ_k) dφ the ratio I_k/I_l is the mean of w_k N_k/(w_l N_l)
  /// over the posterior given component l, and the logarithm of a mean is no less than the mean of
  /// the logarithm, which is made of the first two moments.
  private func isBelowBound(_ block: Int, _ k: Int) -> Lanes {
    let zero = Lanes.all(0)
    let at = blocks.layout
    var bound = Lanes.all(-.infinity)
    for l in 0..<model.componentCount where l != k {
      let other = blocks.record(block, l)
      let ratio =
        meanLogDensity(block, k, over: other) - meanLogDensity(block, l, over: other)
      bound = larger(bound, other[at.logIntegral] + ratio)
    }
    let matters = cvector_select_less(
      blocks.logLikelihood[block] - Self.negligible, bound, lanes(of: block), zero)
    return cvector_select_less(
      blocks.record(block, k)[at.logIntegral] + Self.leastGain, bound, matters, zero)
  }

  /// E log w_k N(φ; μ_k, Σ_k) over a posterior, without (2π)^(p/2).
  private func meanLogDensity(
    _ block: Int, _ k: Int, over record: UnsafeMutablePointer<Lanes>
  ) -> Lanes {
    let at = blocks.layout
    let mean = blocks.record(block, k) + at.priorMean
    let precision = densities.precision + k * at.packed
    var square = Lanes.all(0)
    for i in 0..<at.p {
      let di = record[at.posteriorMean + i] - mean[i]
      for j in 0...i {
        let e = SymmetricMatrix.index(i, j)
        let second = fma(
          di, record[at.posteriorMean + j] - mean[j], record[at.posteriorCovariance + e])
        square += second * (i == j ? precision[e] : 2 * precision[e])
      }
    }
    return blocks.record(block, k)[at.logPrior] - 0.5 * square
  }
}
