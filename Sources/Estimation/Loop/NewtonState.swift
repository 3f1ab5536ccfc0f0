import NumericKernels
import PopulationModel

/// Newton's method within the iterations of a fit.
struct NewtonState: Codable {
  var search = NewtonSearch()
  /// What is known of the boundaries where the fit is.
  fileprivate(set) var findings: [BoundaryFinding] = []
  /// Whether log L has stopped to rise while steps are still long.
  fileprivate(set) var isFlat = false
  /// The last parameters that were accepted, log L there, and EM's step from there.
  fileprivate var accepted: PopulationParameters?
  fileprivate var acceptedObjective = -Double.infinity
  fileprivate var image: PopulationParameters?
  /// How often in turn no step has raised log L.
  fileprivate var failures = 0
  /// Iterations since log L has risen.
  fileprivate var idle = 0

  /// Whether it belongs to a fit with so many coordinates, as what was read from a file may not.
  func isConsistent(
    dimension: Int, _ isOwn: (PopulationParameters) -> Bool, _ isFree: (FreeParameter) -> Bool
  ) -> Bool {
    search.isConsistent(dimension: dimension)
      && [failures, idle].allSatisfy { (0...1 << 30).contains($0) }
      && [accepted, image].compactMap { $0 }.allSatisfy(isOwn)
      && findings.allSatisfy { isFree($0.parameter) }
  }
}

extension IterationState {
  /// Steps of Newton's method take the place of EM's from here on.
  mutating func startNewton() {
    // Not for the first time: with envelopes that owe nothing to those before.
    if newton != nil { schedule.searchAnew() }
    stop = nil
    newton = NewtonState()
    newtonStarts += 1
    distance = .infinity
    raiseVariances(to: Self.leastDeviation)
  }

  /// Whether a variance of random effects is smaller than what is 0 for all purposes, and is not
  /// held there. The scores of its mean are lost in rounding then, and every mean looks like a
  /// maximum.
  var hasVanishedVariance: Bool {
    let x = scale.coordinates(of: parameters)
    return scale.ownVariances.contains {
      !boundary.isHeld($0.coordinate) && x[$0.coordinate] < 2 * log(Self.leastDeviation * $0.unit)
    }
  }

  /// Brings variances of random effects that are not held to a least standard deviation.
  /// - Parameter share: of the unit.
  private mutating func raiseVariances(to share: Double) {
    var x = scale.coordinates(of: parameters)
    var isRaised = false
    for variance in scale.ownVariances where !boundary.isHeld(variance.coordinate) {
      let least = 2 * log(share * variance.unit)
      // What is at its least value stays as it is, to the bit.
      guard least.isFinite, x[variance.coordinate] < least - 1e-9 else { continue }
      x[variance.coordinate] = least
      isRaised = true
    }
    if isRaised, let raised = scale.parameters(at: x, like: parameters) { parameters = raised }
  }

  /// Brings the standard deviations of all random effects to their units at the start, with the
  /// same correlations: nodes under envelopes that are much narrower than a mean moves miss the
  /// posteriors at every step, and nothing is lost by a variance that has to become smaller.
  mutating func raiseStart(_ model: MixtureModel) {
    for block in scale.blocks {
      let first = block.components.lowerBound
      for k in block.components {
        for j in block.ties.isEmpty ? block.effects : block.ties {
          // Effects that have one variance in common have one unit too.
          let unit = WorkingScale.unit(
            of: block.ties.isEmpty ? j : block.effects[0], first, model, start)
          let variance = parameters.covariances[k][j, j]
          // What is at its least value stays as it is, to the bit.
          guard variance > 0, variance < (1 - 1e-9) * unit * unit else { continue }
          let factor = unit / variance.squareRoot()
          for i in 0..<model.effectCount where i != j { parameters.covariances[k][i, j] *= factor }
          parameters.covariances[k][j, j] = unit * unit
        }
      }
    }
  }

  /// Whether Newton's method may begin, or begin again.
  var mayStartNewton: Bool {
    newtonStarts < Self.startLimit && !isNearlySingular
  }

  /// Whether random effects vary nearly as one. Random nodes of their difference do not follow its
  /// mean, and EM is safer; those of a rule are exact nearly to the boundary.
  private var isNearlySingular: Bool {
    scale.leastConditionalShare(parameters) < (hasRule ? 1e-5 : 0.05)
  }

  /// EM goes on from the parameters at hand, to the end.
  private mutating func leaveNewton() {
    newton = nil
    newtonStarts = Self.startLimit
    schedule.settle()
    guarded.restart()
    distance = .infinity
  }

  private static let startLimit = 3

  /// Whether EM's steps have become many and short.
  var creeps: Bool {
    guard isAccelerated, newton == nil, schedule.source == .kept,
      records.count >= Self.emIterations, mayStartNewton
    else { return false }
    let recent = records.suffix(6).filter { !$0.isRejected }.map(\.logPosterior)
    guard let last = recent.last, let lowest = recent.min() else { return false }
    return last - lowest < 1
  }

  /// What EM gets before Newton's method takes over from it.
  private static let emIterations = 20
  /// How far parameters may be from those of the envelopes where log L is to be compared.
  private static let settled = 0.01
  /// Relative to its unit, the standard deviation of random effects that do not vary.
  private static let leastDeviation = 1e-5
  /// Of a variance: what the other effects of a singular block leave of it. Integrals and scores
  /// are exact for it, and it changes log L by 10⁻⁴ of the slope.
  private static let leastConditionalShare = 1e-4
  /// What is left of the slope of log L by the logarithm of a part of the residual error that is 0
  /// for all purposes.
  private static let leastSlope = 1e-7
  /// A promise of log L that is none, and iterations without a gain.
  private static let leastPromise = 1e-9
  private static let flatGain = 1e-7
  private static let longWhile = 20

  /// Goes back to the last accepted parameters, as those at hand cannot be evaluated.
  /// - Returns: whether there are such.
  mutating func takeBack() -> Bool {
    guard let decision = newton?.search.reject(), decision.isRejected, newton?.accepted != nil
    else { return false }
    return follow(decision)
  }

  /// No step from the last accepted parameters of Newton's method can be evaluated with the nodes
  /// there are: modes are searched for anew there, as EM's E-steps do by themselves.
  /// - Returns: whether there are such parameters, and it has not been done too often.
  mutating func searchAnewAtAccepted() -> Bool {
    guard let accepted = newton?.accepted, recoveries < Self.recoveryLimit else { return false }
    parameters = accepted
    massRecovered()
    schedule.searchAnew()
    return true
  }

  /// Takes a step of Newton's method.
  /// - Parameters:
  ///   - image: EM's step from the parameters at hand; `nil` if there is none.
  /// - Returns: whether the fit has ended: at a maximum, or because log L does not rise any more.
  mutating func advance(
    _ slopes: ObjectiveSlopes, image: PopulationParameters?, record: IterationRecord
  ) -> Bool {
    records.append(record)
    let last = records.count - 1
    records[last].hasNewEnvelopes = takesNewNodes
    guard var newton else { preconditionFailure("Newton's method has been started") }
    let scaled = WorkingScaleSlopes(scale, free: slopes.free, at: parameters)
    let decision = newton.search.advance(
      point: scale.coordinates(of: parameters), objective: slopes.objective,
      gradient: scaled.gradient(slopes.gradient),
      information: newton.search.needsInformation ? scaled.information(slopes.information) : nil,
      isHeld: boundary.isHeld(scale.count))
    records[last].isRejected = decision.isRejected
    if decision.isRejected {
      self.newton = newton
      guard let accepted = newton.accepted else { return false }
      // Where no gain is promised, that is the maximum to rounding.
      let promise = newton.search.remainingGain ?? .infinity
      if promise >= Self.leastPromise, follow(decision) { return false }
      parameters = accepted
      if promise < Self.leastPromise || (self.newton?.failures ?? 0) > 2 {
        self.newton?.isFlat = promise >= Self.leastPromise
        return settle(slopes, objective: newton.acceptedObjective)
      }
      self.newton?.search.restart()
      return false
    }
    if newton.acceptedObjective.isFinite,
      slopes.objective < newton.acceptedObjective + Self.flatGain
    {
      newton.idle += 1
    } else {
      newton.idle = 0
    }
    newton.accepted = parameters
    newton.acceptedObjective = slopes.objective
    newton.image = image
    newton.failures = 0
    distance = decision.distance
    self.newton = newton
    if isNearlySingular {
      leaveNewton()
      return false
    }
    let difference = scale.distance(scale.coordinates(of: parameters), renewedAt)
    let moved = difference.isNaN ? .infinity : difference
    let vanishing = vanishing(slopes)
    if !vanishing.isEmpty {
      hold(vanishing, moved: moved)
      return false
    }
    let isConverged = schedule.advance(moved: moved, distance: distance, tolerance: tolerance)
    let isIdle = newton.idle >= Self.longWhile
    if isConverged || isIdle {
      self.newton?.isFlat = !isConverged
      return settle(slopes, objective: slopes.objective)
    }
    _ = follow(decision)
    return false
  }

  /// Goes to the parameters of a decision; where there are none, by EM's step from the last
  /// accepted ones.
  private mutating func follow(_ decision: NewtonSearch.Decision) -> Bool {
    let template = newton?.accepted ?? parameters
    if let next = decision.next.flatMap({ scale.parameters(at: $0, like: template) }) {
      parameters = next
      return true
    }
    if decision.next != nil {
      // Beyond the range of numbers: a shorter step.
      if let other = newton?.search.reject(), other.next != nil { return follow(other) }
    }
    newton?.failures += 1
    guard let image = newton?.image, newton?.failures == 1, let held = hold(image) else {
      return false
    }
    parameters = held
    newton?.search.restart()
    return true
  }

  /// The same parameters with what is held at its value.
  private func hold(_ image: PopulationParameters) -> PopulationParameters? {
    var x = scale.coordinates(of: image)
    for pin in boundary.pins { pin.move(&x, to: pin.floor) }
    return scale.parameters(at: x, like: image)
  }

  // MARK: boundaries

  /// Variances whose slope leads to 0: to first order log L has its maximum beyond.
  private func vanishing(_ slopes: ObjectiveSlopes) -> [BoundaryPin] {
    guard let gradient = newton?.search.gradient, let curvatures = newton?.search.curvatures
    else { return [] }
    let x = scale.coordinates(of: parameters)
    return scale.variances(slopes.free).compactMap { candidate in
      let c = candidate.coordinate
      if case .conditional = candidate.kind, !hasRule { return nil }
      // x is the logarithm of the parameter, by which Newton's step would be −1 or more.
      guard boundary.mayHold(c), gradient[c] < 0, -gradient[c] >= curvatures[c] else {
        return nil
      }
      let floor =
        switch candidate.kind {
        case .variance: 2 * log(Self.leastDeviation * candidate.unit)
        case .conditional(let effects, let place):
          log(
            Self.leastConditionalShare
              * parameters.covariances[candidate.components.lowerBound][
                effects[place], effects[place]])
        case .direct: x[c] + min(0, log(Self.leastSlope / -gradient[c]))
        }
      guard floor.isFinite else { return nil }
      return BoundaryPin(
        kind: candidate.kind, components: candidate.components, coordinate: c,
        floor: min(floor, x[c]), before: exp(x[c]),
        step: BoundaryPin.differenceStep * candidate.unit)
    }
  }

  /// Takes variances on trial to 0. Where envelopes are those of other parameters, as they are soon
  /// when a variance shrinks, they have to settle first: log L is to be compared.
  private mutating func hold(_ pins: [BoundaryPin], moved: Double) {
    if schedule.source != .kept {
      _ = schedule.advance(moved: 0, distance: .infinity, tolerance: tolerance)
      return
    }
    guard moved < Self.settled else {
      schedule.searchAnew()
      return
    }
    let before = BoundarySearch.Before(
      parameters: parameters, objective: newton?.acceptedObjective ?? -.infinity)
    for pin in pins { boundary.hold(pin, before: before) }
    if let held = hold(parameters) { parameters = held } else { _ = boundary.goBack() }
    beginAnew()
  }

  /// The fit is somewhere else, with other envelopes.
  private mutating func beginAnew() {
    schedule.searchAnew()
    newton?.search.restart()
    newton?.accepted = nil
    newton?.acceptedObjective = -.infinity
    newton?.idle = 0
    newton?.failures = 0
    distance = .infinity
  }

  /// Whether the fit may end here: boundaries are no worse than what was there before, and log L
  /// does not rise from them.
  private mutating func settle(_ slopes: ObjectiveSlopes, objective: Double) -> Bool {
    if let before = boundary.before, objective < before.objective - integralError {
      if let before = boundary.goBack() {
        parameters = before.parameters
        beginAnew()
      }
      return false
    }
    boundary.accept()
    var findings: [BoundaryFinding] = []
    let order = Array(0..<parameters.componentCount)
    for pin in boundary.pins {
      guard let parameter = pin.parameter(slopes.free, order: order),
        let place = slopes.free.list.firstIndex(of: parameter)
      else { continue }
      if pin.singularBlock != nil {
        guard let finding = singular(pin, parameter, slopes) else { return false }
        findings.append(finding)
        continue
      }
      let slope = slopes.gradient[place]
      let information = slopes.information[place, place]
      if slope > 1e-3 * information.squareRoot() {
        // One step of Newton's from 0.
        boundary.release(pin)
        var x = scale.coordinates(of: parameters)
        x[pin.coordinate] = log(min(pin.most, slope / information))
        if let next = scale.parameters(at: x, like: parameters) { parameters = next }
        beginAnew()
        return false
      }
      findings.append(
        BoundaryFinding(
          parameter: parameter, base: slopes.free.base(parameter), slope: min(0, slope)))
    }
    newton?.findings = findings
    return true
  }

  /// What is said of a singular block, by the slope of log L with the logarithm of the last
  /// effect's variance given the others.
  ///
  /// With Σ = LLᵀ that is L_ii², while the coordinates L_ij/L_ii move with it so that L_ij stays.
  /// - Returns: `nil` if log L rises from there: then the block is regular again.
  private mutating func singular(
    _ pin: BoundaryPin, _ parameter: FreeParameter, _ slopes: ObjectiveSlopes
  ) -> BoundaryFinding? {
    let c = pin.coordinate
    guard let gradient = newton?.search.gradient,
      case .conditional(let effects, let place) = pin.kind
    else { return nil }
    if !boundary.hasLeft(c), separate(pin, effects, slopes.free.model) {
      boundary.release(pin)
      beginAnew()
      return nil
    }
    var x = scale.coordinates(of: parameters)
    var direction: [(coordinate: Int, weight: Double)] = [(c, 1)]
    for a in c - place..<c { direction.append((a, -x[a] / 2)) }
    // At the boundary: what the steps go by may be of before.
    let information = WorkingScaleSlopes(scale, free: slopes.free, at: parameters)
      .information(slopes.information)
    var (slope, curvature) = (0.0, 0.0)
    for (a, u) in direction {
      slope += u * gradient[a]
      for (b, v) in direction { curvature += u * v * information[a, b] }
    }
    // A sum that cancels may come out below 0.
    curvature = max(0, curvature)
    if slope > 1e-3 * curvature.squareRoot() {
      boundary.release(pin)
      // One step of Newton's from 0, as the coordinate is a logarithm, or half of the way back.
      let half = log(1 / Self.leastConditionalShare) / 2
      let rise = max(half, min(log(pin.most) - x[c], log(slope / curvature)))
      pin.move(&x, to: x[c] + rise)
      if let next = scale.parameters(at: x, like: parameters) { parameters = next }
      beginAnew()
      return nil
    }
    let names = effects[...place].map { slopes.free.model.effects[$0].name }
    let covariance = parameters.covariances[pin.components.lowerBound]
    return BoundaryFinding(
      parameter: parameter, base: slopes.free.base(parameter),
      slope: min(0, slope / exp(pin.floor)),
      singular: names,
      sign: names.count == 2 ? (covariance[effects[1], effects[0]] < 0 ? -1 : 1) : nil)
  }
}
