import PopulationModel

/// The size of a fit.
package struct FitSize: Codable, Sendable, Equatable {
  package var model: String
  /// p
  package var effects: Int
  /// n
  package var subjects: Int
  /// m
  package var observations: Int
  /// K
  package var components: Int
  /// T
  package var samples: Int

  package init(
    model: String, effects: Int, subjects: Int, observations: Int, components: Int, samples: Int
  ) {
    self.model = model
    self.effects = effects
    self.subjects = subjects
    self.observations = observations
    self.components = components
    self.samples = samples
  }
}

/// What one fit of a given size costs.
package struct GrowthPoint: Codable, Sendable, Equatable {
  package let method: String
  /// What is varied: n, T, m, K or model.
  package let series: String
  package let size: FitSize
  /// Processor seconds of a fit of `Growth.iterations` iterations, the least of several.
  package let seconds: Double
  /// Nanoseconds of each sample in an iteration, without what a fit does once.
  package let nanosecondsPerSample: Double
  /// Microseconds of each subject for what a fit does once: envelopes from a mode search, the
  /// E-step at the estimates.
  package let onceMicrosecondsPerSubject: Double

  package init(
    method: String, series: String, size: FitSize, seconds: Double, nanosecondsPerSample: Double,
    onceMicrosecondsPerSubject: Double
  ) {
    self.method = method
    self.series = series
    self.size = size
    self.seconds = seconds
    self.nanosecondsPerSample = nanosecondsPerSample
    self.onceMicrosecondsPerSubject = onceMicrosecondsPerSubject
  }
}

/// The time of an iteration's integral of one subject and component as a line in T.
package struct GrowthLine: Codable, Sendable, Equatable {
  package let method: String
  /// What an integral costs whatever T, in nanoseconds.
  package let nanosecondsPerIntegral: Double
  package let nanosecondsPerSample: Double

  package init(method: String, nanosecondsPerIntegral: Double, nanosecondsPerSample: Double) {
    self.method = method
    self.nanosecondsPerIntegral = nanosecondsPerIntegral
    self.nanosecondsPerSample = nanosecondsPerSample
  }

  /// The line with the least sum of squared relative errors.
  /// - Parameter points: T and nanoseconds of an integral, of at least two different T.
  package init(method: String, points: [(samples: Double, nanoseconds: Double)]) {
    var (s, sx, sxx, sy, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (x, y) in points {
      let weight = 1 / (y * y)
      s += weight
      sx += weight * x
      sxx += weight * x * x
      sy += weight * y
      sxy += weight * x * y
    }
    let slope = (s * sxy - sx * sy) / (s * sxx - sx * sx)
    self.init(
      method: method, nanosecondsPerIntegral: (sy - slope * sx) / s, nanosecondsPerSample: slope)
  }
}

/// How the time of a fit grows with subjects, samples, observations and components.
///
/// Times are those of the processor. A fit is timed with `iterations` iterations and with one: the
/// difference is what iterations cost, the rest what is done once. With fixed nodes iterations need
/// not cost the same, so that the figures belong to this number of iterations.
package struct Growth: Codable, Sendable, Equatable {
  package static let iterations = 6

  package let points: [GrowthPoint]
  package let lines: [GrowthLine]

  package init(points: [GrowthPoint], lines: [GrowthLine]) {
    self.points = points
    self.lines = lines
  }

  /// - Parameters:
  ///   - methods: families as in `FitMethod`, without the number: "paper", "lattice".
  ///   - isQuick: leaves out the largest fits, and repeats each less often.
  package static func measure(
    methods: [String] = ["paper", "lattice"], isQuick: Bool = false,
    progress: (String) -> Void = { _ in }
  ) throws -> Growth {
    var points: [GrowthPoint] = []
    var lines: [GrowthLine] = []
    for method in methods {
      for series in series(isQuick: isQuick) {
        progress("growth of \(method) with \(series.name)")
        for (model, size) in series.sizes {
          points.append(
            try measure(
              method, series: series.name, model, size, duration: isQuick ? 0.1 : 0.3))
        }
      }
      let line = points.filter { $0.method == method && $0.series == "T" }.map {
        (
          samples: Double($0.size.samples),
          nanoseconds: $0.nanosecondsPerSample * Double($0.size.samples)
        )
      }
      lines.append(GrowthLine(method: method, points: line))
    }
    return Growth(points: points, lines: lines)
  }

  private static func series(isQuick: Bool)
    -> [(name: String, sizes: [(model: GrowthModel, size: FitSize)])]
  {
    func size(
      _ model: GrowthModel = .volumeAndRate, n: Int = 100, m: Int = 5, k: Int = 2, t: Int = 256
    ) -> (GrowthModel, FitSize) {
      (
        model,
        FitSize(
          model: model.name, effects: model.effectCount, subjects: n, observations: m,
          components: k, samples: t)
      )
    }
    return [
      ("n", (isQuick ? [100, 1000] : [100, 1000, 10_000]).map { size(n: $0, t: 64) }),
      ("T", (isQuick ? [64, 256, 1024] : [64, 128, 256, 1024, 4096]).map { size(t: $0) }),
      ("m", [5, 20, 100].map { size(m: $0) }),
      ("K", [1, 2, 3, 4].map { size(k: $0) }),
      ("model", GrowthModel.all.map { size($0) }),
    ]
  }

  private static func measure(
    _ family: String, series: String, _ model: GrowthModel, _ size: FitSize, duration: Double
  ) throws -> GrowthPoint {
    let problem = try model.problem(
      subjects: size.subjects, observations: size.observations, components: size.components)
    guard let method = FitMethod("\(family)-\(size.samples)", effectCount: size.effects) else {
      preconditionFailure("the methods of the growth are known")
    }
    func time(_ iterations: Int) throws -> Double {
      let limited = method.limited(to: iterations)
      return try elapsed {
        _ = try limited.fit(problem.model, problem.dataset, from: problem.truth, seed: 1)
      }.processor
    }
    var short = Double.infinity
    var long = Double.infinity
    var spent = 0.0
    var pairs = 0
    // One of each in turn, at least three times.
    while pairs < 3 || spent < duration {
      let times = (try time(1), try time(iterations))
      (short, long) = (min(short, times.0), min(long, times.1))
      spent += times.0 + times.1
      pairs += 1
    }
    let step = (long - short) / Double(iterations - 1)
    let samples = Double(size.subjects * size.components * size.samples)
    return GrowthPoint(
      method: family, series: series, size: size, seconds: long,
      nanosecondsPerSample: step / samples * 1e9,
      onceMicrosecondsPerSubject: (short - step) / Double(size.subjects) * 1e6)
  }
}
