import CVector
import MessagePassing
import NumericKernels
import PopulationModel

/// How the likelihood of each subject changes with the mean and the variance of random effects that
/// do not vary: ∂ log p_i/∂μ and ∂ log p_i/∂ω² at ω² = 0, which no moments of a posterior of width
/// 0 can give.
///
/// Nodes of such an effect lie within a width that is 0 for all purposes, and follow its mean; log
/// p_i is then a function of the mean like that of a fixed effect, and is differentiated by central
/// differences. As p_i is the convolution of its value without variance with the normal density,
/// ∂p_i/∂ω² = ½ ∂²p_i/∂μ².
struct PinnedScores {
  struct Cell {
    let effect: Int
    let component: Int
    let step: Double
    /// log p_i of all blocks on both sides; then ∂ log p_i/∂μ and ∂ log p_i/∂ω².
    var above: [Lanes]
    var below: [Lanes]
  }
  private(set) var cells: [Cell]

  /// Takes log p_i between.
  init(_ cells: [Cell], centre: UnsafePointer<Lanes>) {
    self.cells = cells
    for c in cells.indices {
      let h = cells[c].step
      for block in cells[c].above.indices {
        let (high, low) = (cells[c].above[block], cells[c].below[block])
        let slope = (high - low) * (0.5 / h)
        let bend = ((high - centre[block]) - (centre[block] - low)) * (1 / (h * h))
        self.cells[c].above[block] = slope
        self.cells[c].below[block] = 0.5 * (slope * slope + bend)
      }
    }
  }
}

extension ExpectationStep {
  /// Integrates all subjects of the rank as `run` does, and finds the scores of effects that do not
  /// vary.
  func runWithPins(
    at parameters: PopulationParameters, iteration: Int, envelopes source: EnvelopeSource,
    addingTo sums: inout ExactAccumulator
  ) -> PinnedScores? {
    let pinned = pins.flatMap { pin in pin.cells.map { ($0.effect, $0.component, pin.step) } }
    guard !pinned.isEmpty else {
      run(at: parameters, iteration: iteration, envelopes: source, addingTo: &sums)
      return nil
    }
    func logLikelihoods(_ parameters: PopulationParameters, _ source: EnvelopeSource) -> [Lanes] {
      var unused = ExactAccumulator(count: statisticsLayout.count)
      run(at: parameters, iteration: iteration, envelopes: source, addingTo: &unused)
      return (0..<blocks.blockCount).map { blocks.logLikelihood[$0] }
    }
    if source != .unchanged { _ = logLikelihoods(parameters, source) }
    let cells = pinned.map { effect, component, step in
      func moved(_ shift: Double) -> PopulationParameters {
        var result = parameters
        result.means[component][effect] += shift
        return result
      }
      return PinnedScores.Cell(
        effect: effect, component: component, step: step,
        above: logLikelihoods(moved(step), .unchanged),
        below: logLikelihoods(moved(-step), .unchanged))
    }
    run(at: parameters, iteration: iteration, envelopes: .unchanged, addingTo: &sums)
    return PinnedScores(cells, centre: blocks.logLikelihood)
  }

  /// Puts the envelopes of effects that do not vary, or do not vary given others, where their mean
  /// is, with their own width.
  func placePins(_ block: Int, _ k: Int) {
    for pin in pins {
      for (effect, component) in pin.cells where component == k {
        place(effect, following: [], slopes: [], block, k)
      }
    }
    for pin in pins where pin.components.contains(k) {
      guard let singular = pin.singularBlock, let last = singular.last else { continue }
      let others = Array(singular.dropLast())
      place(last, following: others, slopes: slopes(of: last, on: others, k), block, k)
    }
    blocks.measureEnvelopes(block, k)
  }

  /// The slopes b of an effect's conditional mean μ_i + Σ_a b_a (φ_a − μ_a): with Σ = ΛΛᵀ those of
  /// bΛ = Λ_i, over the others.
  private func slopes(of effect: Int, on others: [Int], _ k: Int) -> [Double] {
    let factor = densities.factor + k * blocks.layout.packed
    func l(_ i: Int, _ j: Int) -> Double { factor[SymmetricMatrix.index(i, j)] }
    var slopes = [Double](repeating: 0, count: others.count)
    for a in others.indices.reversed() {
      var rest = l(effect, others[a])
      for b in others.indices.dropFirst(a + 1) { rest -= slopes[b] * l(others[b], others[a]) }
      slopes[a] = rest / l(others[a], others[a])
    }
    return slopes
  }

  /// Puts the envelopes of an effect at its conditional mean given others before it, with the width
  /// of its conditional distribution, and makes those behind it independent of it. Those of
  /// subjects with nodes of the independent integration stay.
  private func place(
    _ effect: Int, following others: [Int], slopes: [Double], _ block: Int, _ k: Int
  ) {
    let record = blocks.record(block, k)
    let at = blocks.layout
    let width = Lanes.all(
      densities.factor[k * at.packed + SymmetricMatrix.index(effect, effect)])
    let diagonal = at.factor + SymmetricMatrix.index(effect, effect)
    let chosen = ownLanes(block, k)
    var mean = record[at.priorMean + effect]
    for (other, slope) in zip(others, slopes) {
      mean += slope * (record[at.mean + other] - record[at.priorMean + other])
    }
    func entry(_ j: Int) -> Lanes {
      zip(others, slopes).reduce(Lanes.all(0)) { sum, pair in
        pair.0 < j ? sum : sum + pair.1 * record[at.factor + SymmetricMatrix.index(pair.0, j)]
      }
    }
    var isChanged = false
    func set(_ place: Int, to value: Lanes) {
      let new = select(chosen, value, record[place])
      if new != record[place] { isChanged = true }
      record[place] = new
    }
    for j in 0..<effect { set(at.factor + SymmetricMatrix.index(effect, j), to: entry(j)) }
    set(at.mean + effect, to: mean)
    set(diagonal, to: width)
    for i in effect + 1..<max(at.p, effect + 1) {
      let place = at.factor + SymmetricMatrix.index(i, effect)
      let diagonal = at.factor + SymmetricMatrix.index(i, i)
      let (own, other) = (record[diagonal], record[place])
      if other == Lanes.all(0) { continue }
      set(diagonal, to: cvector_sqrt(own * own + other * other))
      set(place, to: Lanes.all(0))
    }
    guard isChanged else { return }
    for lane in 0..<blocks.width(block) where chosen[lane] > 0 {
      forgetTable(8 * block + lane, k)
      placePrior(8 * block + lane, k)
    }
  }
}
