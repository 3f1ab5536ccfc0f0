package import PopulationModel

/// The state of the iterations: all that the next one follows from, but for what the E-step keeps.
package struct IterationState: Codable {
  package let start: PopulationParameters
  /// Where the next iteration is.
  package internal(set) var parameters: PopulationParameters
  /// log L and what else was found, of each iteration in turn.
  package internal(set) var records: [IterationRecord] = []
  /// Why the iterations have ended; `nil` as long as they go on.
  package internal(set) var stop: StopReason?
  var schedule: EnvelopeSchedule
  var guarded: GuardedAcceleration
  private(set) var tightenings = 0
  private(set) var refinements = 0
  private(set) var recoveries = 0
  /// Iterations after which integrals are verified though the fit has not converged: wrong ones may
  /// be what keeps it from that.
  private var nextCheck = 100
  /// The parameters at which nodes were adopted from the independent integration.
  private(set) var adoptions: [PopulationParameters] = []
  /// Estimated distance to the fixed point.
  var distance = Double.infinity
  /// Newton's method, once it has taken over from EM.
  var newton: NewtonState?
  var newtonStarts = 0
  /// The boundaries that it has met.
  var boundary = BoundarySearch()
  /// Whether the nodes are those of a rule.
  let hasRule: Bool
  let scale: WorkingScale
  let isAccelerated: Bool
  /// What other nodes may change in log L.
  let integralError: Double
  private(set) var tolerance: Double
  private(set) var renewedAt: [Double] = []
  /// log L, with a prior log L + log p(ϕ), of the last iteration that was not taken back.
  var lastLogPosterior: Double? {
    // Elements of the array are looked at where they are: copies of records cost more than the
    // rest.
    var place = records.count
    while place > 0 {
      place -= 1
      if !records[place].isRejected { return records[place].logPosterior }
    }
    return nil
  }
  private var steps = StepHistory()

  init(
    model: MixtureModel, settings: EstimationSettings, start: PopulationParameters,
    subjectCount: Int
  ) {
    self.start = start
    parameters = start
    schedule = EnvelopeSchedule(method: settings.method)
    scale = WorkingScale(model: model, reference: start)
    guarded = GuardedAcceleration(scale: scale)
    integralError = 0.5 * (settings.precision ?? 0.002)
    isAccelerated = settings.method.endsAtMaximum && settings.isAccelerated
    hasRule = settings.nodes == .gaussHermite
    // A thousandth of a standard error, which is about a standard deviation of the random effects
    // over √n, is asked for in any case.
    tolerance = min(settings.tolerance, 1e-3 / Double(max(1, subjectCount)).squareRoot())
    if isAccelerated { raiseStart(model) }
  }

  /// Whether it can be a later state of a fit that is at its beginning, as what was read from a
  /// file may not.
  /// - Parameters:
  ///   - isOwn: whether parameters are those of the model.
  ///   - isFree: whether a parameter is one of the model's free ones.
  func isConsistent(
    with fresh: IterationState, _ method: EstimationMethod,
    _ isOwn: (PopulationParameters) -> Bool, _ isFree: (FreeParameter) -> Bool
  ) -> Bool {
    let counts = [tightenings, refinements, recoveries, nextCheck, newtonStarts]
    guard counts.allSatisfy({ (0...1 << 30).contains($0) }), tightenings < 1 << 10 else {
      return false
    }
    var least = fresh.tolerance
    for _ in 0..<tightenings { least /= 10 }
    return scale == fresh.scale && isAccelerated == fresh.isAccelerated
      && integralError == fresh.integralError && tolerance == least
      && [0, scale.count].contains(renewedAt.count) && !distance.isNaN
      && schedule.isConsistent(method) && guarded.isConsistent(scale, isOwn)
      && boundary.isConsistent(dimension: scale.count, isOwn)
      && newton.map { $0.isConsistent(dimension: scale.count, isOwn, isFree) } ?? true
  }

  /// Envelopes are made for the parameters at hand.
  mutating func renewed() {
    renewedAt = scale.coordinates(of: parameters)
    guarded.rebase()
    newton?.search.rebase()
  }

  /// Takes a step.
  /// - Returns: whether the fit has converged.
  mutating func advance(image: PopulationParameters, step: Double, record: IterationRecord) -> Bool
  {
    records.append(record)
    records[records.count - 1].hasNewEnvelopes = takesNewNodes
    steps.append(step)
    var next = image
    distance = steps.distance
    if isAccelerated {
      let decision = guarded.advance(
        at: parameters, objective: record.logPosterior, image: image)
      records[records.count - 1].isRejected = decision.isRejected
      if decision.isRejected {
        parameters = decision.next
        return false
      }
      distance = max(decision.distance, step)
      // While envelopes are still to settle, EM's own steps are safer.
      if schedule.source == .kept { next = decision.next }
    }
    let moved = scale.distance(scale.coordinates(of: parameters), renewedAt)
    let isConverged = schedule.advance(
      moved: moved.isNaN ? .infinity : moved, distance: distance, tolerance: tolerance)
    // The evaluation at the end is at EM's own step, which is nearest to the fixed point.
    parameters = isConverged ? image : next
    return isConverged
  }

  /// The same again with a smaller tolerance.
  mutating func tighten() {
    stop = nil
    tightenings += 1
    tolerance /= 10
  }

  /// Some envelopes are elsewhere, and have to settle there.
  mutating func massRecovered() {
    stop = nil
    recoveries += 1
    nodesAreNew = true
    schedule.settle()
    guarded.restart()
    newton?.search.restart()
  }

  /// How often the iterations go on because envelopes had missed a posterior.
  static let recoveryLimit = 5

  /// Whether the nodes of some subjects are others than in the iteration before, for another reason
  /// than a renewal.
  private var nodesAreNew = false

  /// Whether the last E-step has had other nodes than the one before: its log L is another
  /// approximation. Asked once for each.
  var takesNewNodes: Bool {
    mutating get {
      defer { nodesAreNew = false }
      return schedule.renews || nodesAreNew
    }
  }

  /// Whether the integrals are to be verified before the next iteration.
  var isDueForCheck: Bool { stop == nil && records.count >= nextCheck }

  /// Whether log L is lower than at the start, which it is only where approximations of it have
  /// misled the iterations.
  var isLost: Bool {
    guard let first = records.first, let last = records.last(where: { !$0.isRejected }) else {
      return false
    }
    return last.logPosterior < first.logPosterior
  }

  /// They have been; the next time is when there are twice as many iterations.
  mutating func checked() { nextCheck = 2 * records.count }

  /// Some subjects have other nodes, and the envelopes of the others have to settle at what follows
  /// from it.
  mutating func adopted(at parameters: PopulationParameters) {
    adoptions.append(parameters)
    nodesAreNew = true
    stop = nil
    schedule.settle()
    guarded.restart()
    newton?.search.restart()
  }

  mutating func nodesChanged() {
    nodesAreNew = true
    stop = nil
    refinements += 1
    guarded.rebase()
    newton?.search.rebase()
  }
}

/// The last steps of EM, from which the distance still to go is estimated: EM converges linearly,
/// so with a ratio r between steps what is left after a step s is s·r/(1 − r).
private struct StepHistory: Codable {
  private var last: Double?
  private(set) var distance = Double.infinity

  mutating func append(_ step: Double) {
    if let last, last > 0 {
      let ratio = step / last
      // Never less than the step itself: early ratios can be small by chance. Steps that do not
      // shrink tell nothing.
      distance = ratio < 1 ? step * max(1, ratio / (1 - ratio)) : .infinity
    }
    // Nothing moves, as with all parameters fixed.
    if step == 0 { distance = 0 }
    last = step
  }
}
