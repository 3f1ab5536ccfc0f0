import Estimation
import NumericKernels
import PopulationModel
import Testing

@Suite("EM with guarded acceleration")
struct GuardedAccelerationTests {
  struct Run {
    var evaluations = 0
    var rejections = 0
    /// log L of what was accepted.
    var logLikelihoods: [Double] = []
    var end: PopulationParameters
    /// Whether a plain step of EM moves the end by less than the tolerance.
    var isFixedPoint = false
  }

  typealias Step = (PopulationParameters) throws -> (
    logLikelihood: Double, image: PopulationParameters
  )

  static func plain(
    _ scale: WorkingScale, from start: PopulationParameters, tolerance: Double, limit: Int = 20_000,
    step: Step
  ) rethrows -> Run {
    var run = Run(end: start)
    while run.evaluations < limit && !run.isFixedPoint {
      let (logLikelihood, image) = try step(run.end)
      run.evaluations += 1
      run.logLikelihoods.append(logLikelihood)
      run.isFixedPoint =
        scale.distance(scale.coordinates(of: run.end), scale.coordinates(of: image)) < tolerance
      run.end = image
    }
    return run
  }

  static func guarded(
    _ scale: WorkingScale, from start: PopulationParameters, tolerance: Double, limit: Int = 20_000,
    step: Step
  ) rethrows -> Run {
    var run = Run(end: start)
    var guarded = GuardedAcceleration(scale: scale)
    while run.evaluations < limit && !run.isFixedPoint {
      let (logLikelihood, image) = try step(run.end)
      run.evaluations += 1
      let decision = guarded.advance(at: run.end, objective: logLikelihood, image: image)
      if decision.isRejected {
        run.rejections += 1
      } else {
        run.logLikelihoods.append(logLikelihood)
        run.isFixedPoint =
          scale.distance(scale.coordinates(of: run.end), scale.coordinates(of: image)) < tolerance
      }
      run.end = decision.next
    }
    return run
  }

  @Test(
    "from 20 random starts: log L rises, a fixed point of EM is reached, and much sooner",
    arguments: InterceptMixture.all)
  func randomStarts(example: InterceptMixture) {
    var plainTotal = 0
    var guardedTotal = 0
    var ends: [Double] = []
    for number in 0..<20 {
      let start = example.randomStart(number)
      let scale = WorkingScale(model: example.model, reference: start)
      let guarded = Self.guarded(scale, from: start, tolerance: 1e-8, step: example.step)
      #expect(guarded.isFixedPoint)
      for (a, b) in zip(guarded.logLikelihoods, guarded.logLikelihoods.dropFirst()) {
        #expect(b >= a - 1e-12 * abs(a))
      }
      // Three times as many tell all that is asked below.
      let plain = Self.plain(
        scale, from: start, tolerance: 1e-8, limit: 3 * guarded.evaluations, step: example.step)
      #expect(Double(guarded.evaluations) <= 1.3 * Double(plain.evaluations))
      plainTotal += plain.evaluations
      guardedTotal += guarded.evaluations
      ends.append(guarded.logLikelihoods.last!)
    }
    #expect(2 * guardedTotal < plainTotal)
    // There are other maxima, and starts from which plain EM goes there too.
    let best = ends.max()!
    #expect(ends.count { $0 > best - 1e-6 } >= 17)
  }

  @Test("1e-10 in far fewer evaluations than plain EM", arguments: InterceptMixture.all)
  func precision(example: InterceptMixture) {
    let scale = WorkingScale(model: example.model, reference: example.truth)
    let plain = Self.plain(scale, from: example.truth, tolerance: 1e-10, step: example.step)
    let guarded = Self.guarded(scale, from: example.truth, tolerance: 1e-10, step: example.step)
    #expect(guarded.isFixedPoint)
    #expect(5 * guarded.evaluations < 2 * plain.evaluations)
    #expect(
      scale.distance(scale.coordinates(of: guarded.end), scale.coordinates(of: plain.end)) < 1e-6)
  }

  @Test("the estimated distance is not below the distance by much", arguments: InterceptMixture.all)
  func distance(example: InterceptMixture) {
    let scale = WorkingScale(model: example.model, reference: example.truth)
    let end = Self.guarded(scale, from: example.truth, tolerance: 1e-11, step: example.step).end
    let best = scale.coordinates(of: end)
    var guarded = GuardedAcceleration(scale: scale)
    var parameters = example.truth
    for _ in 0..<200 {
      let (logLikelihood, image) = example.step(at: parameters)
      let decision = guarded.advance(at: parameters, objective: logLikelihood, image: image)
      if decision.distance < 1e-6 {
        let distance = scale.distance(scale.coordinates(of: parameters), best)
        #expect(distance < 2e-6)
        return
      }
      parameters = decision.next
    }
    Issue.record("not converged")
  }

  @Test("components that start nearly alike part sooner than by plain EM, and reach the maximum")
  func nearlyAlike() {
    let example = InterceptMixture.apart
    var start = example.truth
    start.means = [[1.5999], [1.6001]]
    start.covariances = diagonals([[5], [5]])
    start.weights = [0.5, 0.5]
    let scale = WorkingScale(model: example.model, reference: start)
    let guarded = Self.guarded(scale, from: start, tolerance: 1e-8, step: example.step)
    #expect(guarded.isFixedPoint)
    let plain = Self.plain(
      scale, from: start, tolerance: 1e-8, limit: 2 * guarded.evaluations, step: example.step)
    #expect(!plain.isFixedPoint)
    let best = Self.guarded(scale, from: example.truth, tolerance: 1e-8, step: example.step)
    #expect(abs(guarded.logLikelihoods.last! - best.logLikelihoods.last!) < 1e-6)
  }

  /// The state after two evaluations, when extrapolated parameters have been given out, with log L
  /// and the plain image of the second.
  func extrapolating(_ example: InterceptMixture) -> (
    guarded: GuardedAcceleration, parameters: PopulationParameters, logLikelihood: Double,
    image: PopulationParameters
  ) {
    var guarded = GuardedAcceleration(
      scale: WorkingScale(model: example.model, reference: example.truth))
    let first = example.step(at: example.truth)
    let plain = guarded.advance(
      at: example.truth, objective: first.logLikelihood, image: first.image)
    #expect(plain.next == first.image && !guarded.isExtrapolated)
    let second = example.step(at: plain.next)
    let decision = guarded.advance(
      at: plain.next, objective: second.logLikelihood, image: second.image)
    #expect(decision.next != second.image && guarded.isExtrapolated)
    return (guarded, decision.next, second.logLikelihood, second.image)
  }

  @Test("where log L falls, is NaN or −∞, the last plain image follows, and is accepted as it is")
  func rejection() {
    let example = InterceptMixture.apart
    let state = extrapolating(example)
    let image = example.step(at: state.parameters).image
    for worse in [state.logLikelihood - 1, .nan, -.infinity] {
      var guarded = state.guarded
      let decision = guarded.advance(
        at: state.parameters, objective: worse, image: image)
      #expect(decision.isRejected && decision.next == state.image)
      #expect(decision.distance == .infinity)
      #expect(!guarded.isExtrapolated)
      let plain = example.step(at: decision.next)
      let after = guarded.advance(
        at: decision.next, objective: plain.logLikelihood, image: plain.image)
      #expect(!after.isRejected)
    }
    var guarded = state.guarded
    let equal = guarded.advance(
      at: state.parameters, objective: state.logLikelihood.nextDown, image: image)
    #expect(!equal.isRejected)
  }

  @Test("parameters that cannot be evaluated are given back for the last plain image")
  func cannotBeEvaluated() {
    let state = extrapolating(.apart)
    var guarded = state.guarded
    let first = guarded.reject()
    #expect(first == state.image)
    // The plain image itself has nothing behind it.
    let second = guarded.reject()
    #expect(second == nil)
    var fresh = GuardedAcceleration(
      scale: WorkingScale(
        model: InterceptMixture.apart.model, reference: InterceptMixture.apart.truth))
    let nothing = fresh.reject()
    #expect(nothing == nil)
  }

  @Test("after a restart a lower log L is accepted, and the next step is EM's own")
  func restart() {
    let example = InterceptMixture.apart
    let state = extrapolating(example)
    var guarded = state.guarded
    guarded.restart()
    let image = example.step(at: state.parameters).image
    let decision = guarded.advance(
      at: state.parameters, objective: state.logLikelihood - 100, image: image)
    #expect(!decision.isRejected && decision.next == image)
    #expect(decision.distance == .infinity)
  }

  @Test("with everything fixed EM's step is taken, at distance 0")
  func nothingFree() {
    let example = InterceptMixture.apart
    var fixed = FixedParameters(componentCount: 2, effectCount: 1)
    fixed.means = [[true], [true]]
    fixed.variances = fixed.means
    fixed.weights = true
    fixed.residualVariance = true
    let scale = WorkingScale(
      model: example.model.with(fixed: fixed), reference: example.truth)
    var guarded = GuardedAcceleration(scale: scale)
    for _ in 0..<3 {
      let decision = guarded.advance(
        at: example.truth, objective: -1, image: example.truth)
      #expect(!decision.isRejected && decision.next == example.truth && decision.distance == 0)
    }
  }

  @Test("what is fixed stays to the last bit in extrapolated steps")
  func fixedStay() {
    let example = InterceptMixture.overlapping
    var fixed = FixedParameters(componentCount: 2, effectCount: 1)
    fixed.means[0][0] = true
    fixed.residualVariance = true
    let scale = WorkingScale(
      model: example.model.with(fixed: fixed), reference: example.truth)
    let start = example.truth
    let run = Self.guarded(scale, from: start, tolerance: 1e-8) { parameters in
      let (logLikelihood, free) = example.step(at: parameters)
      var image = free
      // The variance about a mean that stays.
      let shift = image.means[0][0] - start.means[0][0]
      image.covariances[0][0, 0] += shift * shift
      image.means[0] = start.means[0]
      image.residualVariance = start.residualVariance
      return (logLikelihood, image)
    }
    #expect(run.isFixedPoint && run.evaluations > run.rejections + 5)
    #expect(run.end.means[0] == start.means[0])
    #expect(run.end.residualVariance == start.residualVariance)
    #expect(run.end.means[1] != start.means[1])
  }

  /// Without those whose 24 subjects let a component collapse.
  static let regular: [Example] = [
    .proportional, .fullLognormal, .equalFull, .sharedOnly, .oneEffect, .threeShared,
  ]

  @Test("on integrals over fixed nodes as on closed forms", arguments: regular)
  func expectationStep(example: Example) throws {
    let expectation = example.settledStep(.exact(64))
    let maximization = MaximizationStep(model: example.model)
    func step(_ parameters: PopulationParameters) throws -> (
      logLikelihood: Double, image: PopulationParameters
    ) {
      let statistics = example.statistics(
        expectation, expectation.run(at: parameters, iteration: 2, envelopes: .kept),
        centres: parameters.means)
      return (
        statistics.logLikelihood, try maximization.maximize(statistics, from: parameters)
      )
    }
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    let guarded = try Self.guarded(scale, from: example.parameters, tolerance: 1e-6, step: step)
    #expect(guarded.isFixedPoint)
    let plain = try Self.plain(
      scale, from: example.parameters, tolerance: 1e-6, limit: guarded.evaluations, step: step)
    #expect(!plain.isFixedPoint)
    #expect(guarded.logLikelihoods.last! > plain.logLikelihoods.last!)
    for (a, b) in zip(guarded.logLikelihoods, guarded.logLikelihoods.dropFirst()) {
      #expect(b >= a - 1e-12 * max(1, abs(a)))
    }
  }
}
