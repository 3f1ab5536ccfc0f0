import DataPartition
import KernelInterface
import MessagePassing
import NumericKernels
import PopulationModel

// Whether the likelihood has a maximum where the iterations go.
extension ExpectationMaximization {
  /// A residual variance this small beside the values is that of values that are fitted exactly: a
  /// standard deviation of 0.001 %.
  private static let exactShare = 1e-10
  /// A prediction this small beside the values is on its way to 0: 40 half-lives.
  private static let vanishedShare = 1e-12
  /// How often predictions of values of 0 are looked at, in iterations.
  private static let lookInterval = 5
  /// Weight that subjects of a component have at least.
  private static let leastMembership = 0.5

  /// Why the iterations cannot come to a maximum, if they cannot; collective, and the same on all
  /// ranks.
  /// - Parameter statistics: of the iteration before `parameters`, or at them.
  func unboundedStop(
    _ run: IterationState, _ statistics: SufficientStatistics
  ) throws -> StopReason? {
    let watch = try unboundednessWatch(from: run.start)
    var findings = watch.certain
    if findings.isEmpty {
      findings = try exactFits(at: run.parameters, watch)
      let isTime = run.stop != nil || run.records.count % Self.lookInterval == 0
      if isTime { findings += try vanishingPredictions(at: run.parameters, watch) }
    }
    return findings.isEmpty ? nil : .unbounded(findings, iterations: run.records.count)
  }

  /// Residual errors that go to 0 though more values than random effects can account for depend on
  /// them.
  private func exactFits(at parameters: PopulationParameters, _ watch: UnboundednessWatch) throws
    -> [UnboundedFinding]
  {
    var findings: [UnboundedFinding] = []
    for (o, output) in model.outputs.enumerated() {
      let isPerComponent = output.isPerComponent && model.componentCount > 1
      for k in isPerComponent ? Array(0..<model.componentCount) : [0] {
        guard variance(of: o, in: k, parameters, watch) < Self.exactShare else { continue }
        let names = freeResidualNames(
          output: o, component: isPerComponent ? componentOrder(parameters).firstIndex(of: k) : nil)
        guard !names.isEmpty else { continue }
        var rows = RowList()
        var excess = 0
        for (local, subject) in share.subjects.enumerated() {
          if isPerComponent,
            expectation.posterior(local).membership[k] < Self.leastMembership
          {
            continue
          }
          let own = UnboundednessWatch.measuredRows(subject, model).filter { $0.output == o }
          for row in own { rows.add(subject, line: row.line) }
          excess += max(0, own.count - model.effectCount)
        }
        let total = try communicator.allGather(Int64(excess)).reduce(0, +)
        guard total > 0 else { continue }
        let (named, count) = try rows.gathered(communicator)
        findings.append(
          UnboundedFinding(kind: .exactFit, parameters: names, rows: named, rowCount: count))
      }
    }
    return findings
  }

  /// The residual variance of an output about its mean square, as a share of that.
  private func variance(
    of o: Int, in k: Int, _ parameters: PopulationParameters, _ watch: UnboundednessWatch
  ) -> Double {
    let first =
      model.isFactored
      ? parameters.sigma2 : parameters.direct[k][model.firstDirect[o]]
    let error = model.outputs[o].error
    let second =
      error.parameters.count > 1 ? parameters.direct[k][model.firstDirect[o] + 1] : 0
    return error.relativeVariance(
      meanSquare: watch.outputs[o].meanSquare, first: first, second: second)
  }

  /// Names of the parameters of a residual error that are free to go to 0.
  /// - Parameter component: as results number it.
  private func freeResidualNames(output o: Int, component: Int?) -> [String] {
    let free = FreeParameters(model)
    return free.list.filter { parameter in
      guard settings.prior.term(of: parameter) == nil else { return false }
      switch parameter {
      case .residualVariance: return true
      case .direct(let place, let k):
        let places =
          model.firstDirect[o]..<model.firstDirect[o] + model.outputs[o].error.parameters.count
        return places.contains(place) && model.direct[place].isPositive && k == component
      default: return false
      }
    }.map(free.name)
  }

  /// Values of 0 whose predictions are on their way to 0 where these are all that gives them a
  /// variance.
  private func vanishingPredictions(
    at parameters: PopulationParameters, _ watch: UnboundednessWatch
  ) throws -> [UnboundedFinding] {
    var findings: [UnboundedFinding] = []
    for (o, output) in watch.outputs.enumerated() where output.zeroRows > 0 {
      let order = componentOrder(parameters)
      let form = model.outputs[o].error
      let isPerComponent = model.outputs[o].isPerComponent && model.componentCount > 1
      // An additive part keeps the variance up, unless it goes to 0 itself.
      let vanished = (0..<model.componentCount).filter { k in
        guard form.hasAdditivePart else { return true }
        let first = parameters.direct[k][model.firstDirect[o]]
        return form.additiveVariance(first: first) < Self.exactShare * output.meanSquare
      }
      let names =
        form.hasAdditivePart
        ? freeResidualNames(
          output: o,
          component: isPerComponent ? vanished.first.flatMap { order.firstIndex(of: $0) } : nil
        ).prefix(1)
        : []
      guard !vanished.isEmpty, names.isEmpty != form.hasAdditivePart else { continue }
      let share = form.hasAdditivePart ? Self.exactShare.squareRoot() : Self.vanishedShare
      let limit = share * output.meanSquare.squareRoot()
      let (rows, count) = try smallPredictions(
        of: o, below: limit, in: vanished, parameters
      ).gathered(communicator)
      guard count > 0 else { continue }
      findings.append(
        UnboundedFinding(
          kind: form.hasAdditivePart ? .zeroPredictions : .vanishingPredictions,
          parameters: Array(names), rows: rows, rowCount: count))
    }
    return findings
  }

  /// The values of 0 at a maximum where the residual variance follows the prediction; collective.
  func zeroValues(_ fit: FitResult, in share: DatasetShare) throws -> UnboundedFinding? {
    let watch = try unboundednessWatch(from: fit.start)
    let outputs = model.outputs.indices.filter {
      watch.outputs[$0].zeroRows > 0 && !model.outputs[$0].error.hasAdditivePart
    }
    guard !outputs.isEmpty, fit.stopReason.unbounded.isEmpty else { return nil }
    var list = RowList()
    for subject in share.subjects {
      for row in UnboundednessWatch.measuredRows(subject, model)
      where row.value == 0 && outputs.contains(row.output) {
        list.add(subject, line: row.line)
      }
    }
    let (rows, count) = try list.gathered(communicator)
    return UnboundedFinding(kind: .zeroValues, parameters: [], rows: rows, rowCount: count)
  }

  /// Values of 0 of this rank's subjects in some components with predictions below a limit at their
  /// conditional means.
  private func smallPredictions(
    of o: Int, below limit: Double, in components: [Int], _ parameters: PopulationParameters
  ) -> RowList {
    var rows = RowList()
    for (local, subject) in share.subjects.enumerated() {
      let zeros = UnboundednessWatch.measuredRows(subject, model)
        .filter { $0.output == o && $0.value == 0 }
      guard !zeros.isEmpty else { continue }
      let posterior = expectation.posterior(local)
      let tau = posterior.membership
      guard let k = tau.indices.max(by: { tau[$0] < tau[$1] }), components.contains(k) else {
        continue
      }
      let theta = model.structuralParameters(posterior.mean(k), component: k, parameters)
      let predictions = UnboundednessWatch.predict(
        expectation.programs.events[local], [theta], model)
      for row in zeros where abs(predictions[row.place][0]) < limit {
        rows.add(subject, line: row.line)
      }
    }
    return rows
  }
}
