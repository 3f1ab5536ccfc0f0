import DataPartition
import Estimation
import Foundation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// The largest log L over all free parameters but one, by Newton's method with differences of a
/// brute-force quadrature: nothing of it is shared with the code under test.
private struct QuadratureProfile {
  let quadrature: DirectQuadrature
  let free: FreeParameters

  init(_ model: MixtureModel, _ subjects: [Subject], points: Int = 241) {
    quadrature = DirectQuadrature(model: model, subjects: subjects, points: points)
    free = FreeParameters(model)
  }

  private func isPositive(_ parameter: FreeParameter) -> Bool {
    switch parameter {
    case .covariance: true
    case .direct(let place, _): free.model.direct[place].isPositive
    case .residualVariance: true
    default: false
    }
  }

  private func coordinate(_ parameter: FreeParameter, _ value: Double) -> Double {
    if isPositive(parameter) { return Foundation.log(value) }
    if case .weight = parameter { return Foundation.log(value / (1 - value)) }
    return value
  }

  private func value(_ parameter: FreeParameter, _ x: Double) -> Double {
    if isPositive(parameter) { return Foundation.exp(x) }
    if case .weight = parameter { return 1 / (1 + Foundation.exp(-x)) }
    return x
  }

  /// - Parameter fixed: the place of the parameter that stays as it is in `start`.
  func maximum(from start: PopulationParameters, fixed: Int?) throws -> Double {
    let moving = free.list.indices.filter { $0 != fixed }.map { free.list[$0] }
    func logLikelihood(_ x: [Double]) -> Double {
      var parameters = start
      for (parameter, x) in zip(moving, x) {
        free.set(parameter, to: value(parameter, x), in: &parameters)
      }
      return quadrature.logLikelihood(parameters)
    }
    var x = moving.map { coordinate($0, free.value($0, in: start)) }
    var best = logLikelihood(x)
    let h = 1e-3
    for _ in 0..<40 {
      func shifted(_ shifts: (Int, Double)...) -> Double {
        var moved = x
        for (place, step) in shifts { moved[place] += step }
        return logLikelihood(moved)
      }
      var gradient = x
      var curvature = SymmetricMatrix(dimension: x.count)
      for i in x.indices {
        let (ahead, behind) = (shifted((i, h)), shifted((i, -h)))
        gradient[i] = (ahead - behind) / (2 * h)
        curvature[i, i] = -(ahead - 2 * best + behind) / (h * h)
        for j in 0..<i {
          curvature[i, j] =
            -(shifted((i, h), (j, h)) - shifted((i, h), (j, -h)) - shifted((i, -h), (j, h))
            + shifted((i, -h), (j, -h))) / (4 * h * h)
        }
      }
      var damping = 0.0
      var inverse = DenseAlgebra.inverse(ofPositiveDefinite: curvature)
      while inverse == nil {
        damping = max(1, 4 * damping)
        var damped = curvature
        for i in x.indices { damped[i, i] += damping }
        inverse = DenseAlgebra.inverse(ofPositiveDefinite: damped)
      }
      let step = x.indices.map { i in
        x.indices.reduce(0.0) { $0 + inverse![i, $1] * gradient[$1] }
      }
      let promise = zip(step, gradient).reduce(0.0) { $0 + $1.0 * $1.1 }
      if promise < 1e-7 { break }
      var length = 1.0
      while true {
        let next = zip(x, step).map { $0 + length * $1 }
        let value = logLikelihood(next)
        if value > best {
          (x, best) = (next, value)
          break
        }
        length *= 0.5
        try #require(length > 1e-8)
      }
    }
    return best
  }
}

@Suite("Intervals by profile likelihood")
struct ProfileTests {
  private static let rule = EstimationSettings(
    method: .exact, nodes: .gaussHermite, samples: 15, iterations: 2000, tolerance: 1e-7, seed: 1,
    envelopeInflation: 1)

  /// log L is known by a quadrature of its own: at each end its largest value over the other
  /// parameters is q²/2 below its maximum, with q = 1.96 and with Student's. An error of half a
  /// percent of the way to an end changes that by 1 %.
  @Test("at each end the profile by brute-force quadrature is where it should be")
  func againstQuadrature() throws {
    let own = try #require(
      DirectParameterTests.cases.first { $0.name == "a volume without random effect" })
    let dataset = try DirectParameterTests.dataset(30)
    let drawn = DirectQuadrature(model: own.model, subjects: dataset.subjects)
      .simulated(own.parameters, seed: 11)
    var settings = Self.rule
    settings.profiles = .all
    let fit = try serialFit(own.model, drawn, settings, from: own.parameters)
    #expect(fit.stopReason.isRegular)
    let profile = QuadratureProfile(own.model, drawn.subjects)
    let top = try profile.maximum(from: fit.estimates, fixed: nil)
    let error = try #require(fit.samplingError).minusTwoLogLikelihood / 2
    #expect(abs(top - fit.logLikelihood) < 4 * error)
    #expect(error < 5e-4)
    settings.profiles = .names(["omega.k.k.1"])
    settings.profileQuantile = .normal
    let plain = try serialFit(own.model, drawn, settings, from: own.parameters)
    let free = fit.free
    for name in ["omega.k.k.1 plain", "mu.k.2", "mu.V", "omega.k.k.1", "w.1", "sigma2"] {
      let isPlain = name.hasSuffix(" plain")
      let name = name.replacing(" plain", with: "")
      let place = try #require(free.names.firstIndex(of: name))
      let interval = try #require((isPlain ? plain : fit).profiles.first { $0.name == name })
      let subjects =
        30 * (name.hasSuffix(".2") ? 1 - fit.estimates.weights[0] : fit.estimates.weights[0])
      let isOfComponent = name.hasPrefix("mu.k") || name.hasPrefix("omega.k")
      let quantile =
        isPlain
        ? 1.959963984540054
        : studentQuantile(0.975, degrees: (isOfComponent ? subjects : 30) - 1)
      #expect(interval.gain == 0)
      for end in [interval.low, interval.high] {
        let end = try #require(end)
        var start = fit.estimates
        var profile = profile
        if name == "mu.k.2" {
          start = try Self.followed(own.model, drawn, from: start, to: end)
          profile = QuadratureProfile(own.model, drawn.subjects, points: 721)
        }
        free.set(free.list[place], to: end, in: &start)
        let fall = top - (try profile.maximum(from: start, fixed: place))
        let expected = 0.5 * quantile * quantile
        #expect(abs(fall / expected - 1) < 0.005, "\(name) at \(end): \(fall)")
      }
    }
  }

  /// The estimates at which EM arrives with the mean of k in the second component at an end,
  /// followed there from its estimate: so far away there is more than one maximum, and the
  /// component is so wide that the quadrature needs more points.
  private static func followed(
    _ model: MixtureModel, _ dataset: Dataset, from estimates: PopulationParameters, to end: Double
  ) throws -> PopulationParameters {
    let k = try #require(model.effects.firstIndex { $0.name == "k" })
    var fixed = model.fixed
    fixed.means[1][k] = true
    let constrained = model.with(fixed: fixed)
    var place = estimates
    let first = estimates.means[1][k]
    for step in 1...16 {
      place.means[1][k] = first + (end - first) * Double(step) / 16
      let fit = try serialFit(constrained, dataset, rule, from: place)
      #expect(fit.stopReason.isRegular)
      place = fit.estimates
    }
    return place
  }

  @Test("ends of derived parameters are those of the free ones, and of what was asked for by name")
  func derived() throws {
    let reference = try ReferenceCase("clv_mix_full")
    var settings = EstimationSettings.exact(256)
    settings.profiles = .all
    let fit = try reference.fit(settings)
    func interval(_ name: String) throws -> ProfileInterval {
      try #require(fit.profiles.first { $0.name == name }, "\(name)")
    }
    for row in fit.derivedTable where row.name.hasPrefix("sd.") {
      let effect = row.base.dropFirst(3)
      let suffix = row.component.map { ".\($0 + 1)" } ?? ""
      let variance = try interval("omega.\(effect).\(effect)\(suffix)")
      let sd = try interval(row.name)
      #expect(try #require(sd.low) == variance.low!.squareRoot())
      #expect(try #require(sd.high) == variance.high!.squareRoot())
      #expect(sd.low! < row.estimate && row.estimate < sd.high!)
    }
    // Intervals are the same whatever else is profiled, and on whichever scale.
    let correlation = try #require(fit.derivedTable.first { $0.name.hasPrefix("corr.") })
    let standardDeviation = try #require(fit.derivedTable.first { $0.name.hasPrefix("sd.") }).name
    settings.profiles = .names([standardDeviation, correlation.name])
    let other = try reference.fit(settings)
    #expect(other.profiles.map(\.name).prefix(2) == [standardDeviation, correlation.name])
    let ends = try interval(standardDeviation)
    // The search stops within 5e-4 of q.
    let width = ends.high! - ends.low!
    #expect(abs(other.profiles[0].low! - ends.low!) < 1e-3 * width)
    #expect(abs(other.profiles[0].high! - ends.high!) < 1e-3 * width)
    let range = other.profiles[1]
    #expect(-1 <= range.low! && range.low! < correlation.estimate)
    #expect(correlation.estimate < range.high! && range.high! <= 1)
  }

  @Test("a variance that may be nothing has an interval from 0")
  func edge() throws {
    // The volume varies by less than the residual error lets see in so few subjects.
    let model = DirectParameterTests.model(
      outputs: [OutputModel(error: .proportional)], components: 1)
    let parameters = DirectParameterTests.parameters(
      model, means: [DirectParameterTests.means[0]], variances: [0.002, 0.04], sigma2: 0.01)
    let subjects = try DirectParameterTests.dataset(15).subjects
    var settings = Self.rule
    settings.samples = 49
    settings.profiles = .names(["omega.V.V"])
    var edges = 0
    for seed in 1...8 {
      let drawn = DirectQuadrature(model: model, subjects: subjects)
        .simulated(parameters, seed: UInt64(seed))
      let fit = try serialFit(model, drawn, settings, from: parameters)
      let variance = fit.estimates.covariances[0][0, 0]
      // EM itself may end near 0, where there are no standard errors to begin with.
      guard fit.stopReason.isRegular, variance > 1e-4, let interval = fit.profiles.first else {
        continue
      }
      let low = try #require(interval.low, "seed \(seed), variance \(variance)")
      let high = try #require(interval.high, "seed \(seed), variance \(variance)")
      #expect(low < variance && variance < high && high < 0.1)
      if low == 0 { edges += 1 }
    }
    #expect(edges >= 1)
  }

  @Test("1, 2, 3 and 7 ranks give the same bits")
  func ranks() throws {
    let reference = try ReferenceCase("wang_000")
    var settings = Self.rule
    settings.samples = 25
    settings.profiles = .all
    let profiling = settings
    let one = try reference.fit(settings)
    #expect(one.profiles.count > one.free.count)
    #expect(one.profiles.allSatisfy { $0.low != nil && $0.high != nil })
    for size in [2, 3, 7] {
      let results = try ThreadCommunicator.run(ranks: size) { communicator in
        let n = reference.dataset.subjects.count
        let places = Array(n * communicator.rank / size..<n * (communicator.rank + 1) / size)
        return try ExpectationMaximization(
          model: reference.model, dataset: reference.dataset, subjects: places, settings: profiling,
          communicator: communicator
        ).fitAndDescribe(from: reference.start).profiles
      }.map { try $0.get() }
      for profiles in results { #expect(profiles == one.profiles) }
    }
  }
}
