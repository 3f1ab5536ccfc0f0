import NumericKernels
import PopulationData
import PopulationModel

/// Normalised prediction distribution errors (NPDE): K. Brendel, E. Comets, C. Laffont, C. Laveille & F. Mentré, Pharm Res 23 (2006)
/// 2036–2049; E. Comets, K. Brendel & F. Mentré, Comput Methods Programs Biomed 90 (2008) 154–166.
///
/// R replicates of a subject's m observations are drawn from the fitted mixture. With their mean E and covariance V = LLᵀ the observed
/// and the replicated vectors are decorrelated, y* = L⁻¹(y − E). The share of replicates with a smaller value than the observation's is its
/// prediction distribution error pd, 1/(2R) where it would be 0 and 1 − 1/(2R) where it would be 1; npde = Φ⁻¹(pd). If the model is
/// right, npde are standard normal.
///
/// One departure from the papers: V is the covariance of the replicates and the observed vector, R + 1 in all. So the observed one is
/// treated as each of the others, and its place among them is equally likely to be any, exactly and for any R. With V of the
/// replicates alone, which fits these better than a new vector, npde of a right model have a variance of about 1 + m/R: with a hundred
/// observations a subject and a thousand replicates, 1.1. Where m/R is small the difference is far below the simulation error. (E changes no
/// pd.)
///
/// Decorrelated is not independent: m observations share a subject's random effects, and V removes the correlation only, which is not all
/// there is in a mixture or a nonlinear model. So tests that take npde as independent reject a right model too often. With the true
/// parameters of the published design (five observations a subject) the tests at 5 % reject in 4 to 5 % (mean), 10 to 14 % (variance), 5 %
/// (normality) and 5 to 6 % (all three) of 200 data sets of 100 and of 400 subjects; with one observation a subject in 5 %. Parameters
/// estimated from the same data work the other way, and more strongly: one of 200 fits is rejected by all three together.
///
/// pd are multiples of 1/R, which a test of normality notices when there are many more numbers than replicates. So R grows with the
/// data, and the test takes at most R numbers.
public struct PredictionDistributionErrors: Sendable {
  /// npde by subject and observation; empty for a subject that was not looked at, NaN where there is none: where predictions are not
  /// finite, or replicates do not differ.
  public let values: [[Double]]
  /// R, a multiple of eight.
  public let replicates: Int
  /// Subjects that were looked at: large data sets are thinned evenly, to 2000 subjects and 25 million drawn values.
  public let subjectsUsed: Int
  /// Of all npde: their mean and variance, and tests against the standard normal.
  public let summary: NormalSummary

  /// What R is at least, if it is not said.
  public static let leastReplicates = 1000
  private static let mostReplicates = 5000

  /// - Parameter replicates: R, which is raised to a multiple of eight; if left out as many as there are observations, from 1000 to 5000
  ///   and to at most 25 million drawn values.
  public init(
    _ fit: FittedModel, subjects: [Subject], replicates: Int? = nil, seed: UInt64 = 1
  ) {
    precondition(replicates ?? 1 > 0)
    let source = ReplicateSource(fit, seed: seed)
    let places = SubjectSample.places(
      Array(subjects.indices), of: subjects, replicates: replicates ?? Self.leastReplicates)
    let observations = places.reduce(0) { $0 + subjects[$1].observationCount }
    let affordable = SubjectSample.valueLimit / max(1, observations)
    let usual = max(Self.leastReplicates, min(observations, Self.mostReplicates, affordable))
    let vectors = ((replicates ?? usual) + 7) / 8
    var values = [[Double]](repeating: [], count: subjects.count)
    for place in places {
      values[place] = Self.errors(source, subject: subjects[place], place: place, vectors: vectors)
    }
    self.values = values
    self.replicates = 8 * vectors
    subjectsUsed = places.count
    summary = NormalSummary(
      values.flatMap { $0.filter(\.isFinite) }, normalityLimit: 8 * vectors)
  }

  /// Number of npde.
  public var count: Int { summary.count }
  public var mean: Double { summary.mean }
  public var variance: Double { summary.variance }
  /// Of Student's test that the mean is 0.
  public var meanPValue: Double? { summary.meanPValue }
  /// Of the χ² test that the variance is 1.
  public var variancePValue: Double? { summary.variancePValue }
  /// Of Shapiro and Wilk's test.
  public var normalityPValue: Double? { summary.normalityPValue }
  /// The least of the three, times three (Bonferroni).
  public var globalPValue: Double? { summary.globalPValue }

  /// npde of one subject.
  private static func errors(
    _ source: ReplicateSource, subject: Subject, place: Int, vectors: Int
  ) -> [Double] {
    let program = EventProgram(subject, for: source.fit.model.structural)
    let m = program.observed.count
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: (m + 1) * vectors)
    defer { memory.deallocate() }
    memory.initialize(repeating: Lanes.all(0), count: (m + 1) * vectors)
    source.draw(program, place: place, first: 0, count: vectors, into: memory)
    var cloud = ReplicateCloud(
      values: memory, weights: memory + m * vectors, rows: m, vectors: vectors)
    return cloud.errors(of: program.observed)
  }
}

/// The replicates of one subject, a row of vectors for each observation.
private struct ReplicateCloud {
  let values: UnsafeMutablePointer<Lanes>
  /// 1, or 0 for a replicate with a value that is not finite, which does not count.
  let weights: UnsafeMutablePointer<Lanes>
  let rows: Int
  let vectors: Int

  mutating func errors(of observed: [Double]) -> [Double] {
    let replicates = leaveOutWhatIsNotFinite()
    guard replicates > Double(rows) + 1 else {
      return [Double](repeating: .nan, count: rows)
    }
    var observed = observed
    for j in 0..<rows {
      let mean = sum { values[j * vectors + $0] } / replicates
      for v in 0..<vectors {
        values[j * vectors + v] = (values[j * vectors + v] - mean) * weights[v]
      }
      observed[j] -= mean
    }
    let factor = factor(observed, replicates: replicates)
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
  private mutating func leaveOutWhatIsNotFinite() -> Double {
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

  /// L, from the covariance of the replicates and the observed vector.
  /// - Parameter observed: without the mean of the replicates, as these.
  private func factor(_ observed: [Double], replicates: Double) -> SemidefiniteFactor {
    var squares = SymmetricMatrix(dimension: rows)
    for i in 0..<rows {
      for j in 0...i {
        squares[i, j] = sum { values[i * vectors + $0] * values[j * vectors + $0] }
      }
    }
    // What replicates do not vary in, the observed vector must not seem to.
    let pivots = SemidefiniteFactor(squares)
    let share = replicates / (replicates + 1)
    for i in 0..<rows {
      for j in 0...i {
        squares[i, j] = (squares[i, j] + share * observed[i] * observed[j]) / replicates
      }
    }
    return SemidefiniteFactor(squares) { pivots[$0, $0] > 0 }
  }
}
