import PopulationData
import PopulationModel

/// The times of one method's fits of the published example, and how far they end from the exact
/// answer.
package struct FitFigures: Codable, Sendable, Equatable {
  package let method: String
  /// T, where it starts
  package let samples: Int
  /// E-steps of a fit, median; the last one is at the estimates.
  package let expectationSteps: Double
  /// Seconds of a fit by the clock on the wall, reading apart.
  package let seconds: Timing
  /// Processor seconds of a fit, which other processes disturb less.
  package let processorSeconds: Timing
  /// Processor nanoseconds of each sample in each E-step, by the median fit.
  package let nanosecondsPerSample: Double
  /// Processor seconds of the reference's median fit in the same run over those of this one;
  /// `nil` without a reference.
  package let speedup: Double?
  /// Largest relative error of the estimates, median over seeds.
  package let medianError: Double
  /// The same of the worst seed.
  package let worstError: Double
  /// Largest |log L − exact| over seeds.
  package let logLikelihoodError: Double

  package init(
    method: String, samples: Int, expectationSteps: Double, seconds: Timing,
    processorSeconds: Timing, nanosecondsPerSample: Double, speedup: Double?, medianError: Double,
    worstError: Double,
    logLikelihoodError: Double
  ) {
    self.method = method
    self.samples = samples
    self.expectationSteps = expectationSteps
    self.seconds = seconds
    self.processorSeconds = processorSeconds
    self.nanosecondsPerSample = nanosecondsPerSample
    self.speedup = speedup
    self.medianError = medianError
    self.worstError = worstError
    self.logLikelihoodError = logLikelihoodError
  }
}

/// Fits of the published example by several methods in turn, so that what else the machine does
/// falls on all alike.
package struct Fits: Codable, Sendable, Equatable {
  /// Seconds to read the data set from memory, the least of many.
  package let readingSeconds: Double
  package let figures: [FitFigures]

  package init(readingSeconds: Double, figures: [FitFigures]) {
    self.readingSeconds = readingSeconds
    self.figures = figures
  }

  package static let standardMethods = [
    "scalar-1000", "paper-1000", "lattice-64", "lattice-128", "lattice-512", "sobol-512",
    "gauss-hermite-5", "gauss-hermite-7", "gauss-hermite-9", "verified-gauss-hermite-5",
  ]

  /// - Parameters:
  ///   - methods: the first one is the reference of the ratios if its way is `scalar`.
  ///   - rounds: each has its own seed, from 1; short fits are repeated within a round.
  ///   - progress: is told of each round.
  package static func measure(
    methods: [FitMethod], rounds: Int, progress: (String) -> Void = { _ in }
  ) throws -> Fits {
    let example = try PublishedExample()
    let bytes = PublishedExample.file
    let reading = try leastSeconds(of: 100) {
      let dataset = try DatasetReader.read(bytes: bytes, name: "wang_000")
      precondition(dataset.subjects.count == 100, "the example has 100 subjects")
    }
    var trials = [Trial](repeating: Trial(), count: methods.count)
    // Round 0 warms up caches and clock, and tells how often short fits are to be repeated.
    for round in 0...rounds {
      progress(round == 0 ? "fits, warming up" : "fits, round \(round) of \(rounds)")
      for (m, method) in methods.enumerated() {
        try trials[m].run(method, example, seed: UInt64(max(1, round)), isWarmUp: round == 0)
      }
    }
    let reference = zip(methods, trials).first { $0.0.isReference }.map {
      median($0.1.processorSeconds)
    }
    return Fits(
      readingSeconds: reading,
      figures: zip(methods, trials).map { method, trial in
        trial.figures(method, example, reference: reference)
      })
  }
}

extension FitMethod {
  fileprivate var isReference: Bool { if case .scalar = way { true } else { false } }
}

/// What has been measured of one method.
private struct Trial {
  /// Seconds for the repetitions of a method in a round, at least one fit.
  private static let roundLength = 0.03

  var processorSeconds: [Double] = []
  private var seconds: [Double] = []
  private var repetitions = 1
  private var steps: [Double] = []
  private var errors: [Double] = []
  private var logLikelihoodErrors: [Double] = []

  mutating func run(
    _ method: FitMethod, _ example: PublishedExample, seed: UInt64, isWarmUp: Bool
  ) throws {
    for repetition in 0..<repetitions {
      var outcome: FitMethod.Outcome?
      let time = try elapsed {
        outcome = try method.fit(example.model, example.dataset, from: example.start, seed: seed)
      }
      if isWarmUp {
        repetitions = max(1, min(20, Int(Self.roundLength / time.wall)))
        continue
      }
      seconds.append(time.wall)
      processorSeconds.append(time.processor)
      guard repetition == 0, let outcome else { continue }
      steps.append(Double(outcome.expectationSteps))
      errors.append(example.relativeError(outcome.estimates))
      logLikelihoodErrors.append(abs(outcome.logLikelihood - example.exactLogLikelihood))
    }
  }

  func figures(_ method: FitMethod, _ example: PublishedExample, reference: Double?) -> FitFigures {
    let processor = Timing(processorSeconds)
    let steps = median(steps)
    let integrals = example.dataset.subjects.count * example.model.componentCount
    return FitFigures(
      method: method.name, samples: method.samples, expectationSteps: steps,
      seconds: Timing(seconds),
      processorSeconds: processor,
      nanosecondsPerSample: processor.median * 1e9 / (steps * Double(integrals * method.samples)),
      speedup: reference.map { $0 / processor.median }, medianError: median(errors),
      worstError: errors.max()!, logLikelihoodError: logLikelihoodErrors.max()!)
  }
}
