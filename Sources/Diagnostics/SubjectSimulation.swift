import NumericKernels
package import PopulationData
package import PopulationModel
import Simulation

/// One subject's observations beside replicates of them, which are drawn from the fitted mixture.
package struct SimulatedObservations: Sendable, Equatable {
  /// Means of the replicates, NONMEM's EPRED: the mean of the observation over the population,
  /// without a linearisation.
  package var means: [Double]
  /// L⁻¹(y − E) with the mean E and the covariance V = LLᵀ of the replicates, NONMEM's EWRES: of a
  /// right model they have the mean 0 and the variance 1, and are not correlated within a subject.
  /// NaN where replicates do not differ. Values beyond a limit are drawn, see
  /// `ReplicateCloud.drawCensored`.
  package var weightedResiduals: [Double]
  /// npde, see `PredictionDistributionErrors`.
  package var errors: [Double]
}

/// Draws replicates of subjects, one subject at a time.
///
/// What a subject has is a function of the fit, the seed, its place in the data set and its
/// records, so that it does not matter who computes it.
package struct SubjectSimulation: Sendable {
  private let simulator: Simulator
  private let seed: UInt64
  private let vectors: Int
  private let limits: CensoringLimits

  /// R, a multiple of eight.
  package var replicates: Int { 8 * vectors }

  /// What R is at least, if it is not said.
  package static let leastReplicates = 1000
  private static let mostReplicates = 5000

  /// As many as there are observations, from 1000 to 5000, and no more than make 25 million drawn
  /// values but for the least.
  /// - Parameter observations: of the data set.
  package static func replicates(forObservations observations: Int) -> Int {
    let affordable = SubjectSample.valueLimit / max(1, observations)
    return max(leastReplicates, min(observations, mostReplicates, affordable))
  }

  /// - Parameters:
  ///   - replicates: R, which is raised to a multiple of eight.
  ///   - limits: those of the whole data set.
  package init(
    _ fit: FittedModel, replicates: Int, limits: CensoringLimits = CensoringLimits(),
    seed: UInt64 = 1
  ) {
    precondition(replicates > 0)
    simulator = Simulator(fit.model, fit.estimates)
    self.seed = seed
    vectors = (replicates + 7) / 8
    self.limits = limits
  }

  /// - Parameter place: of the subject in the data set.
  func observations(of program: EventProgram, subject: Subject, place: Int)
    -> SimulatedObservations
  {
    let m = program.observed.count
    let count = max(1, (m + 1) * vectors)
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
    defer { memory.deallocate() }
    memory.initialize(repeating: Lanes.all(0), count: count)
    simulator.draw(
      program, at: .replicates(seed: seed, place: place), first: 0, count: vectors, into: memory)
    let cloud = ReplicateCloud(
      values: memory, weights: memory + m * vectors, rows: m, vectors: vectors)
    return cloud.compare(
      with: program.observed,
      censoring: CensoredRows(
        observations: subject.occasions.flatMap(\.observations),
        ranges: limits.ranges(of: subject),
        observed: censoredValues(place: place, observed: true),
        replicates: censoredValues(place: place, observed: false)))
  }

  /// - Parameter place: of the subject in the data set.
  package func observations(of subject: Subject, place: Int) -> SimulatedObservations {
    observations(
      of: EventProgram(subject, for: simulator.model.structural), subject: subject, place: place)
  }

  /// Where values of a subject's replicates, or the observed ones, might have been beyond a limit.
  private func censoredValues(place: Int, observed: Bool) -> RandomAddress {
    RandomAddress(
      key: RandomAddress.key(mixing: seed), purpose: .censoredValues, iteration: observed ? 1 : 0,
      subject: place)
  }
}

/// The replicates of one subject, a row of vectors for each observation.
struct ReplicateCloud {
  let values: UnsafeMutablePointer<Lanes>
  /// 1, or 0 for a replicate with a value that is not finite, which does not count.
  let weights: UnsafeMutablePointer<Lanes>
  let rows: Int
  let vectors: Int

  func compare(with observed: [Double], censoring: CensoredRows) -> SimulatedObservations {
    let replicates = leaveOutWhatIsNotFinite()
    guard replicates > Double(rows) + 1 else {
      let nothing = [Double](repeating: .nan, count: rows)
      return SimulatedObservations(means: nothing, weightedResiduals: nothing, errors: nothing)
    }
    var observed = observed
    let means = (0..<rows).map { j in sum { values[j * vectors + $0] } / replicates }
    drawCensored(censoring, observed: &observed)
    for j in 0..<rows {
      let mean = sum { values[j * vectors + $0] } / replicates
      for v in 0..<vectors {
        values[j * vectors + v] = (values[j * vectors + v] - mean) * weights[v]
      }
      observed[j] -= mean
    }
    let squares = squares()
    // What replicates do not vary in, the observed vector must not seem to.
    let own = SemidefiniteFactor(squares)
    let weightedResiduals = Self.whitened(observed, own).map {
      $0 * (replicates - 1).squareRoot()
    }
    let factor = factor(squares, observed, replicates: replicates) { own[$0, $0] > 0 }
    return SimulatedObservations(
      means: means, weightedResiduals: weightedResiduals,
      errors: errors(observed, factor, replicates: replicates))
  }

  /// L⁻¹x, NaN where the pivot is 0.
  private static func whitened(_ x: [Double], _ factor: SemidefiniteFactor) -> [Double] {
    var z: [Double] = []
    for j in x.indices {
      let pivot = factor[j, j]
      var rest = x[j]
      for l in 0..<j where factor[l, l] > 0 { rest -= factor[j, l] * z[l] }
      z.append(pivot > 0 && rest.isFinite ? rest / pivot : .nan)
    }
    return z
  }

  /// npde; decorrelates the replicates.
  /// - Parameter observed: without the mean of the replicates, as these.
  private func errors(_ observed: [Double], _ factor: SemidefiniteFactor, replicates: Double)
    -> [Double]
  {
    var observed = observed
    return (0..<rows).map { j in
      let pivot = factor[j, j]
      // Replicates that do not differ, given the rows before, say nothing of the observation.
      let scale = pivot > 0 ? 1 / pivot : 0
      for l in 0..<j where factor[j, l] != 0 {
        for v in 0..<vectors {
          values[j * vectors + v] -= factor[j, l] * values[l * vectors + v]
        }
        observed[j] -= factor[j, l] * observed[l]
      }
      for v in 0..<vectors { values[j * vectors + v] *= scale }
      observed[j] *= scale
      guard pivot > 0, observed[j].isFinite else {
        observed[j] = 0
        return .nan
      }
      let value = observed[j]
      let below = sum { v in
        Lanes.all(0).replacing(with: weights[v], where: values[j * vectors + v] .< value)
      }
      let end = 0.5 / replicates
      return normalQuantile(Lanes.all(min(max(below / replicates, end), 1 - end)))[0]
    }
  }

  /// Fills the weights.
  /// - Returns: how many replicates count.
  private func leaveOutWhatIsNotFinite() -> Double {
    for v in 0..<vectors {
      var weight = Lanes.all(1)
      for j in 0..<rows {
        let value = values[j * vectors + v]
        // x − x is not 0 for infinite numbers and NaN.
        weight.replace(with: 0, where: (value - value) .!= 0)
      }
      weights[v] = weight
      for j in 0..<rows { values[j * vectors + v].replace(with: 0, where: weight .== 0) }
    }
    return sum { weights[$0] }
  }

  private func sum(_ term: (Int) -> Lanes) -> Double {
    var sum = Lanes.all(0)
    for v in 0..<vectors { sum += term(v) }
    return sum.treeSum
  }

  /// Σ (x − E)(x − E)ᵀ of the replicates.
  private func squares() -> SymmetricMatrix {
    var squares = SymmetricMatrix(dimension: rows)
    for i in 0..<rows {
      for j in 0...i {
        squares[i, j] = sum { values[i * vectors + $0] * values[j * vectors + $0] }
      }
    }
    return squares
  }

  /// L, from the covariance of the replicates and the observed vector.
  private func factor(
    _ squares: SymmetricMatrix, _ observed: [Double], replicates: Double,
    where isUsed: (Int) -> Bool
  ) -> SemidefiniteFactor {
    var squares = squares
    let share = replicates / (replicates + 1)
    for i in 0..<rows {
      for j in 0...i {
        squares[i, j] = (squares[i, j] + share * observed[i] * observed[j]) / replicates
      }
    }
    return SemidefiniteFactor(squares, where: isUsed)
  }
}
