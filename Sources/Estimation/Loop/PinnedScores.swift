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

  /// Puts the envelopes of effects that do not vary where their mean is, with their own width.
  func placePins(_ block: Int, _ k: Int) {
    let record = blocks.record(block, k)
    let at = blocks.layout
    for pin in pins {
      for (effect, component) in pin.cells where component == k {
        let row = record + at.factor + SymmetricMatrix.index(effect, 0)
        let width = Lanes.all(
          densities.factor[k * at.packed + SymmetricMatrix.index(effect, effect)])
        let isPlaced =
          record[at.mean + effect] == record[at.priorMean + effect] && row[effect] == width
          && (0..<effect).allSatisfy { row[$0] == Lanes.all(0) }
          && (effect + 1..<at.p).allSatisfy {
            record[at.factor + SymmetricMatrix.index($0, effect)] == Lanes.all(0)
          }
        if isPlaced { continue }
        record[at.mean + effect] = record[at.priorMean + effect]
        for j in 0..<effect { row[j] = Lanes.all(0) }
        row[effect] = width
        for i in effect + 1..<max(at.p, effect + 1) {
          let place = at.factor + SymmetricMatrix.index(i, effect)
          let diagonal = at.factor + SymmetricMatrix.index(i, i)
          record[diagonal] = cvector_sqrt(
            record[diagonal] * record[diagonal] + record[place] * record[place])
          record[place] = Lanes.all(0)
        }
        for lane in 0..<blocks.width(block) {
          forgetTable(8 * block + lane, k)
          placePrior(8 * block + lane, k)
        }
      }
    }
    blocks.measureEnvelopes(block, k)
  }
}
