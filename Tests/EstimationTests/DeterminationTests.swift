import Estimation
import NumericKernels
import PopulationModel
import Testing

@Suite("What the data do not determine")
struct DeterminationTests {
  private static func example(_ times: [Double], subjects: Int = 40) -> LinearExample {
    LinearExample(
      times: times, subjectCount: subjects, means: [[5, -0.7]], deviations: [0.8, 0.3],
      sigma: 0.5, seed: 3)
  }

  private static func fit(
    _ example: LinearExample, from means: [Double] = [4, -0.3], variances: [Double] = [0.4, 0.2],
    correlation: Double? = nil
  ) throws -> FitResult {
    var settings = EstimationSettings.rule
    settings.verifies = true
    var start = PopulationParameters(
      weights: [1], means: [means], covariances: diagonals([variances]), residualVariance: 0.3)
    if let correlation {
      start.covariances[0][1, 0] = correlation * (variances[0] * variances[1]).squareRoot()
    }
    return try serialFit(
      example.model(form: correlation == nil ? .diagonal : .full), example.dataset, settings,
      from: start)
  }

  /// The highest log L of m values of each of n subjects about their own means, in closed form.
  private static func oneWay(_ values: [[Double]]) -> Double {
    let n = Double(values.count)
    let m = Double(values[0].count)
    let means = values.map { $0.reduce(0, +) / m }
    let centre = means.reduce(0, +) / n
    let between = means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    let within = zip(values, means).reduce(0) { sum, one in
      sum + one.0.reduce(0) { $0 + ($1 - one.1) * ($1 - one.1) }
    }
    let sigma2 = within / (n * (m - 1))
    let total = m * between / n
    return -0.5
      * (n * m * (log(2 * Double.pi) + 1) + n * (m - 1) * log(sigma2) + n * log(total))
  }

  @Test(
    "a slope at one time only, and an intercept and a slope that are seen as one sum, are flat",
    arguments: [[0, 0, 0], [1, 1, 1], [2, 2], [1, 1, 1, 1, 1]])
  func notDetermined(times: [Double]) throws {
    let example = Self.example(times)
    let highest = Self.oneWay(example.values)
    for means in [[4, -0.3], [6, 1]] {
      let fit = try Self.fit(example, from: means)
      #expect(fit.stopReason.label == "flat")
      #expect(fit.stopReason.isRegular)
      // The estimates are no maximum, and the likelihood has none that is higher.
      #expect(abs(fit.logLikelihood - highest) < 1e-3)
      #expect(abs(example.logLikelihood(at: fit.estimates) - highest) < 1e-3)
    }
  }

  @Test(
    "variances that start ten to 10²⁰ times too small end at the same maximum",
    arguments: [0.1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9, 1e-20])
  func smallStart(share: Double) throws {
    let example = Self.example([0, 1, 2, 4])
    let fit = try Self.fit(example, variances: [0.64 * share, 0.09 * share])
    let usual = try Self.fit(example)
    #expect(usual.stopReason.label == "converged")
    #expect(fit.stopReason.label == "converged")
    // Both are places of the likelihood in closed form, with the same height.
    let heights = [fit, usual].map { example.logLikelihood(at: $0.estimates) }
    #expect(abs(heights[0] - heights[1]) < 1e-4)
  }

  @Test(
    "correlated effects whose variances start too small end at the maximum, or do not say so",
    arguments: [
      (0.01, 0.0, true), (0.01, 0.95, true), (0.01, -0.99, false), (1e-4, 0.5, false),
      (1e-8, -0.95, false), (1e-14, 0.99, true),
    ])
  func smallBlock(share: Double, correlation: Double, converges: Bool) throws {
    for seed in [UInt64(3), 4] {
      let example = LinearExample(
        times: [0, 1, 2, 4], subjectCount: 40, means: [[5, -0.7]], deviations: [0.8, 0.3],
        sigma: 0.5, seed: seed)
      let fit = try Self.fit(
        example, variances: [0.64 * share, 0.09 * share], correlation: correlation)
      let usual = try Self.fit(example, correlation: 0)
      #expect(usual.stopReason.label == "converged")
      if converges { #expect(fit.stopReason.label == "converged") }
      guard fit.stopReason.isRegular else { continue }
      let heights = [fit, usual].map { example.logLikelihood(at: $0.estimates) }
      #expect(abs(heights[0] - heights[1]) < 1e-4)
    }
  }

  @Test("two times determine both, and so do as few subjects as there are estimates")
  func determined() throws {
    #expect(try Self.fit(Self.example([0, 2, 2])).stopReason.label == "converged")
    let few = try Self.fit(Self.example([0, 1, 3, 6], subjects: 5))
    #expect(few.free.count == 5)
    #expect(["converged", "at boundary"].contains(few.stopReason.label))
  }
}
