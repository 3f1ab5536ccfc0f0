package import DataPartition
import KernelInterface
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// How far observations are drawn towards the individual predictions, as these are made of them:
/// the ε-shrinkage of R. M. Savic & M. O. Karlsson, AAPS J 11 (2009) 558–569.
package struct ResidualShrinkage: Sendable, Equatable {
  /// Name of the output; `nil` if it is the only one.
  package let output: String?
  /// From 0; `nil` of all subjects, else of those whose class it is.
  package let component: Int?
  /// 1 − SD(IWRES), with the weighted residuals about the predictions at the conditional means
  /// given the subject's class.
  package let share: Double

  package init(output: String?, component: Int?, share: Double) {
    self.output = output
    self.component = component
    self.share = share
  }
}

/// Sums of weighted residuals, by output and class.
private struct ResidualSums {
  let model: MixtureModel

  /// Of each output and class: number, sum, and sum of squares.
  var count: Int { 3 * model.outputs.count * model.componentCount }

  func place(_ output: Int, _ component: Int) -> Int {
    3 * (output * model.componentCount + component)
  }

  /// - Parameter sums: of all ranks.
  func shrinkage(_ sums: [Double]) -> [ResidualShrinkage] {
    model.outputs.enumerated().flatMap { place, output -> [ResidualShrinkage] in
      let components: [Int?] =
        [nil] + (model.componentCount > 1 ? (0..<model.componentCount).map { $0 } : [])
      return components.compactMap { component in
        let all = component.map { $0...$0 } ?? 0...(model.componentCount - 1)
        func sum(_ e: Int) -> Double { all.reduce(0) { $0 + sums[self.place(place, $1) + e] } }
        let (n, first, second) = (sum(0), sum(1), sum(2))
        let variance = (second - first * first / n) / (n - 1)
        guard n > 1, variance.isFinite else { return nil }
        return ResidualShrinkage(
          output: output.name, component: component, share: 1 - max(0, variance).squareRoot())
      }
    }
  }
}

extension ExpectationStep {
  /// Finds the modes of the rank's subjects, and adds up their weighted residuals. What is known of
  /// integrals is of no use after it.
  /// - Parameters:
  ///   - fit: of the same subjects, perhaps with components in another order.
  ///   - sums: in the order of `ResidualSums`, from the first on.
  /// - Returns: see `FitResult.modes`.
  fileprivate func individualEstimates(_ fit: FitResult, addingTo sums: inout ExactAccumulator)
    -> [Double]
  {
    densities.update(fit.estimates)
    blocks.placePriors(densities)
    let p = model.effectCount
    let rows = fit.posteriors.values
    let layout = fit.posteriors.layout
    let classes = rows.withUnsafeBufferPointer { rows in
      subjects.indices.map { Self.classOf(rows, layout, $0) }
    }
    var modes = [Double](repeating: .nan, count: subjects.count * p)
    let residuals = model.outputs.indices.map { output in
      (0..<model.componentCount).map {
        model.residualDistribution(of: output, component: $0, fit.estimates)
      }
    }
    let events = programs.events
    let outputs = ResidualSums(model: model)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, p)) { memory in
      guard let point = memory.baseAddress else { return }
      for block in 0..<blocks.blockCount {
        let first = 8 * block
        // Subjects of all classes side by side, unless direct parameters are those of a component.
        let turns = model.isFactored ? 1 : model.componentCount
        for turn in 0..<turns {
          var chosen = Lanes.all(0)
          var components = SIMD8(repeating: turn)
          for j in 0..<p { point[j] = blocks.record(block, turn)[blocks.layout.priorMean + j] }
          for lane in 0..<blocks.width(block) where turns == 1 || classes[first + lane] == turn {
            let k = classes[first + lane]
            chosen[lane] = 1
            components[lane] = k
            let mean = (first + lane) * layout.count + layout.mean(k)
            for j in 0..<p { point[j][lane] = rows[mean + j] }
          }
          guard chosen.largest > 0 else { continue }
          use(turn, keepsPredictions: false)
          let isFound = modeSearch.refine(
            block, components: components, chosen: chosen, densities: densities, blocks: blocks,
            point
          ) { predictions, stride in
            addResiduals(
              block, components, chosen, predictions, stride, residuals, of: events, in: outputs,
              to: &sums)
          }
          for lane in 0..<blocks.width(block) where chosen[lane] > 0 && isFound[lane] > 0 {
            for j in 0..<p { modes[(first + lane) * p + j] = point[j][lane] }
          }
        }
      }
    }
    return modes
  }

  /// The same as `Classification` has.
  private static func classOf(
    _ rows: UnsafeBufferPointer<Double>, _ layout: PosteriorLayout, _ place: Int
  ) -> Int {
    let start = place * layout.count
    func membership(_ k: Int) -> Double {
      exp(rows[start + layout.logIntegral(k)] - rows[start + layout.logLikelihood])
    }
    var (best, largest) = (0, membership(0))
    for k in 1..<max(1, layout.componentCount) {
      let tau = membership(k)
      if tau > largest { (best, largest) = (k, tau) }
    }
    return best
  }

  /// - Parameter predictions: at the conditional means, prediction j at `j * stride`.
  private func addResiduals(
    _ block: Int, _ components: SIMD8<Int>, _ chosen: Lanes,
    _ predictions: UnsafePointer<Lanes>, _ stride: Int,
    _ residuals: [[ResidualDistribution]], of events: [EventProgram], in layout: ResidualSums,
    to sums: inout ExactAccumulator
  ) {
    if model.isFactored {
      addFactored(
        block, components, chosen, predictions, stride, residuals[0], in: layout, to: &sums)
      return
    }
    let outputCount = residuals.count
    for lane in 0..<blocks.width(block) where chosen[lane] > 0 {
      let program = 8 * block + lane
      let k = components[lane]
      for output in 0..<outputCount {
        // What one subject adds is summed first, which is cheaper and the same everywhere.
        var (n, first, second) = (0.0, 0.0, 0.0)
        for j in events[program].knowledge.indices {
          let knowledge = events[program].knowledge[j]
          guard knowledge.interval == nil,
            outputCount == 1 || model.outputPlace(number: knowledge.output) == output
          else { continue }
          let residual = residuals[output][k].standardized(
            events[program].observed[j], at: predictions[j * stride][lane])
          guard residual.isFinite else { continue }
          n += 1
          first += residual
          second += residual * residual
        }
        guard n > 0 else { continue }
        let place = layout.place(output, k)
        sums.add(n, to: place)
        sums.add(first, to: place + 1)
        sums.add(second, to: place + 2)
      }
    }
  }

  /// The same where σ² is a factor of all variances, for eight subjects at once: a square root and
  /// a division for each observation took half a per cent of a short fit.
  private func addFactored(
    _ block: Int, _ components: SIMD8<Int>, _ chosen: Lanes,
    _ predictions: UnsafePointer<Lanes>, _ stride: Int, _ residuals: [ResidualDistribution],
    in layout: ResidualSums, to sums: inout ExactAccumulator
  ) {
    let width = blocks.width(block)
    var counts = Lanes.all(0)
    var largest = 0
    for lane in 0..<width where chosen[lane] > 0 {
      let count = programs.programs[8 * block + lane].observationCount
      counts[lane] = Double(count)
      largest = max(largest, count)
    }
    var (n, first, second) = (Lanes.all(0), Lanes.all(0), Lanes.all(0))
    for j in 0..<largest {
      let isThere = counts .> Double(j)
      var y = Lanes.all(0)
      for lane in 0..<width where isThere[lane] {
        y[lane] = programs.programs[8 * block + lane].observed[j]
      }
      // All components have the same σ².
      let residual = residuals[0].standardized(y, at: predictions[j * stride])
      let counted = isThere .& (residual .< .infinity) .& (residual .> -.infinity)
      n.replace(with: n + 1, where: counted)
      first.replace(with: first + residual, where: counted)
      second.replace(with: second + residual * residual, where: counted)
    }
    for lane in 0..<width where n[lane] > 0 {
      let place = layout.place(0, components[lane])
      sums.add(n[lane], to: place)
      sums.add(first[lane], to: place + 1)
      sums.add(second[lane], to: place + 2)
    }
  }
}

extension ExpectationMaximization {
  /// The modes of this rank's subjects, and how far residuals are drawn in; collective.
  ///
  /// What the E-step knows of integrals is of no use after it.
  /// - Parameter share: the fit's subjects of this rank.
  /// - Returns: see `FitResult.modes` and `FitResult.residualShrinkage`.
  package func individualEstimates(of fit: FitResult, share: DatasetShare) throws
    -> (modes: [Double], residualShrinkage: [ResidualShrinkage])
  {
    let isOwn =
      share.firstIndex == self.share.firstIndex
      && share.subjects.count == self.share.subjects.count
    let step =
      isOwn
      ? expectation : ExpectationStep(model: model, share: share, settings: fit.settings)
    let layout = ResidualSums(model: model)
    var sums = ExactAccumulator(count: layout.count)
    let modes = step.individualEstimates(fit, addingTo: &sums)
    try sums.combine(with: communicator)
    return (modes, layout.shrinkage(sums.values))
  }
}
