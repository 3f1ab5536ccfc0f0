import KernelInterface
import NumericKernels
package import PopulationModel

/// What a saved fit has to be like to be resumed with a model and its settings.
///
/// A checksum says that a file is as it was written, not by whom: numbers of parameters, places in
/// tables and counts are looked at before a fit is built of them, since a wrong one would lead
/// outside of an array, or to a fit that never ends.
package struct SavedFitShape {
  private let model: MixtureModel
  private let settings: EstimationSettings
  private let free: [FreeParameter]
  private let layout: BlockLayout
  private let rows: PosteriorLayout
  /// Counts that no fit comes near to, and that can still be added to.
  private static let countLimit = 1 << 20

  package init(model: MixtureModel, settings: EstimationSettings) {
    self.model = model
    self.settings = settings
    free = FreeParameters(model).list
    layout = BlockLayout(
      effectCount: model.effectCount, columns: DirectColumns.count(model.direct.count))
    rows = PosteriorLayout(
      effectCount: model.effectCount, componentCount: model.componentCount,
      directCount: model.direct.count)
  }

  private var keptCount: Int { layout.offset + layout.count - layout.results }
  private var cellWidth: Int {
    let p = model.effectCount
    return 4 + (settings.priorShare > 0 ? 2 + 2 * (p + SymmetricMatrix.elementCount(p)) : 0)
  }

  /// Doubles of one subject's state.
  package var stateWidth: Int { 1 + model.componentCount * (keptCount + cellWidth) }
  /// Doubles of one subject's row of posteriors.
  package var keptWidth: Int { rows.count }

  // MARK: What all subjects have in common

  /// Whether a state is one of this model, of so many subjects.
  package func isPossible(_ state: FitState, subjectCount: Int) -> Bool {
    let counts = [state.comparisons, state.run.adoptions.count]
    return counts.allSatisfy { (0...Self.countLimit).contains($0) }
      && state.attempts.isConsistent(hasKept: state.kept != nil, isValid)
      && isPossible(state.run, of: state.attempts, subjectCount)
      && state.kept.map(isPossible) ?? true
  }

  private func isPossible(_ run: IterationState, of attempts: FitAttempts, _ subjectCount: Int)
    -> Bool
  {
    let plan = attempts.plan(settings)
    let fresh = IterationState(
      model: model, settings: plan?.0 ?? settings, start: run.start, subjectCount: subjectCount)
    return isValid(run.start) && isValid(run.parameters)
      && plan.map { $0.1 == run.start } ?? true
      && run.records.enumerated().allSatisfy { $0.element.iteration == $0.offset }
      && run.records.allSatisfy(isPossible) && run.adoptions.allSatisfy(isValid)
      && isPossible(run.stop) && run.isConsistent(with: fresh, settings.method, isValid, isFree)
      && run.boundary.pins.allSatisfy { pin in
        run.scale.variances(FreeParameters(model)).contains {
          $0.coordinate == pin.coordinate && $0.kind == pin.kind && $0.components == pin.components
        }
      }
  }

  private func isPossible(_ fit: FitSummary) -> Bool {
    let q = free.count
    let covariance = fit.covariance
    let matrices: [SymmetricMatrix?] = [
      covariance.information, covariance.covariance, covariance.observed,
    ]
    return isValid(fit.start) && isValid(fit.estimates) && fit.iterations.allSatisfy(isPossible)
      && isPossible(fit.stopReason) && covariance.gradient.count == q
      && matrices.allSatisfy { $0.map { $0.dimension == q } ?? true }
      && fit.samplingError?.estimates.map { $0.count == q } ?? true
      && fit.classes.isConsistent(rows) && fit.settings.nodes.isPossible(fit.settings.samples)
  }

  private func isPossible(_ record: IterationRecord) -> Bool {
    hasShape(record.parameters) && record.effectiveSampleSizes.count == model.componentCount
  }

  private func isPossible(_ stop: StopReason?) -> Bool {
    guard let stop else { return true }
    if case .degenerate(let trouble, _) = stop, !isComponent(trouble.component) { return false }
    return stop.boundaries.allSatisfy { isFree($0.parameter) }
  }

  private func isComponent(_ k: Int) -> Bool { (0..<model.componentCount).contains(k) }
  private func isFree(_ parameter: FreeParameter) -> Bool { free.contains(parameter) }

  /// Whether parameters are those of a model of this shape, and finite.
  private func hasShape(_ parameters: PopulationParameters) -> Bool {
    let (components, p) = (model.componentCount, model.effectCount)
    func have(_ lists: [[Double]], _ count: Int) -> Bool {
      lists.count == components && lists.allSatisfy { $0.count == count }
    }
    // A list of lists, as the compiler needs seven seconds for the types of a sum of them.
    let numbers: [[Double]] =
      [parameters.weights, [parameters.residualVariance ?? 1]] + parameters.means
      + parameters.direct + parameters.coefficients + parameters.weightCoefficients
      + parameters.covariances.map(\.elements)
    return parameters.weights.count == components && have(parameters.means, p)
      && parameters.covariances.count == components
      && parameters.covariances.allSatisfy { $0.dimension == p }
      && have(parameters.direct, model.direct.count)
      && have(parameters.coefficients, model.covariateEffects.count)
      && have(parameters.weightCoefficients, model.weightCovariates.count)
      && (parameters.residualVariance != nil) == model.isFactored
      && numbers.joined().allSatisfy(\.isFinite)
  }

  /// Whether the likelihood can be evaluated at them.
  private func isValid(_ parameters: PopulationParameters) -> Bool {
    hasShape(parameters) && parameters.weights.allSatisfy { (0...1).contains($0) }
      && abs(parameters.weights.reduce(0, +) - 1) < 1e-6
      && parameters.residualVariance ?? 1 > 0
      && parameters.covariances.allSatisfy { CholeskyFactor($0) != nil }
  }

  // MARK: Subjects

  /// Whether the states of some subjects are those of this model.
  /// - Parameter state: of the same fit.
  package func isPossible(subjectStates values: [Double], of state: FitState) -> Bool {
    let width = stateWidth
    guard values.count % width == 0 else { return false }
    // Once all attempts are made nothing is restored.
    guard let plan = state.attempts.plan(settings)?.0 else { return true }
    let source = NodeSource(settings: plan, dimensions: model.effectCount)
    return stride(from: 0, to: values.count, by: width).allSatisfy { subject in
      (0..<model.componentCount).allSatisfy { k in
        let first = subject + 1 + k * (keptCount + cellWidth)
        return isCell(
          values[first + keptCount..<first + keptCount + cellWidth],
          samples: values[first + layout.samples], source, adoptions: state.run.adoptions.count)
      }
    }
  }

  /// What `NodeStore.appendState` writes.
  private func isCell(
    _ cell: ArraySlice<Double>, samples: Double, _ source: NodeSource, adoptions: Int
  ) -> Bool {
    let first = cell.startIndex
    guard let count = Int(exactly: cell[first]), let refinements = Int(exactly: cell[first + 2]),
      let adoption = Int(exactly: cell[first + 3]), (0...adoptions).contains(adoption),
      (0...Self.countLimit).contains(refinements), [0, 1].contains(cell[first + 1])
    else { return false }
    // Before the first E-step a record has no number of nodes.
    guard samples == cell[first] || samples == 0 else { return false }
    if settings.priorShare > 0, !(0..<1).contains(cell[first + 4]) { return false }
    return adoption > 0
      ? count % 8 == 0 && (8...Self.countLimit).contains(count) : source.canHave(samples: count)
  }
}

extension EstimationSettings.Nodes {
  fileprivate func isPossible(_ samples: Int) -> Bool {
    (1...1 << 40).contains(samples)
      && (self == .independent || self == .gaussHermite || samples & (samples - 1) == 0)
  }
}
