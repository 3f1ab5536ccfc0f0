import CVector
package import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// What each subject does to the estimates, by one step of Newton's method: without subject i the
/// score of the others at the estimates is −s_i, and the maximum moves by about
///
///     ϕ̂_(i) − ϕ̂ ≈ −I⁻¹ s_i
///
/// with the score s_i and the observed information I of all subjects, the infinitesimal jackknife.
/// Twice the log-likelihood that the estimates without the subject lose by all data is then s_iᵀ
/// I⁻¹ s_i, the likelihood displacement of R. D. Cook, "Assessment of local influence", J Roy Stat
/// Soc B 48 (1986) 133–169. Its sum over the subjects is about q if the model is right.
///
/// In standard errors √(I⁻¹)_aa no estimate moves by more than the root of the displacement,
/// whatever the subject. A subject that carries much of the information about a parameter itself
/// moves it farther than this says, as I is taken with the subject.
package final class SubjectInfluence {
  /// The names of the parameters, in the order of the changes.
  package let names: [String]
  private let fit: FitResult
  private let scores: BlockScores
  /// I⁻¹, row by row.
  private let inverseRows: [Double]
  private let perStandardError: [Double]

  /// - Returns: `nil` without the observed information.
  package init?(_ fit: FitResult) {
    // Moments of effects that do not vary say nothing of their means.
    guard let inverse = fit.covariance.observed, inverse.dimension > 0,
      fit.stopReason.boundaries.isEmpty
    else { return nil }
    self.fit = fit
    let places = 0..<inverse.dimension
    inverseRows = places.flatMap { a in places.map { inverse[a, $0] } }
    let free = fit.free
    names = free.names
    scores = BlockScores(free: free, parameters: fit.estimates)
    perStandardError = inverse.diagonal.map { 1 / $0.squareRoot() }
  }

  /// Calls a function for each of the rank's subjects, by its place among them.
  /// - Parameter body: is given the likelihood displacement, and what each estimate would change by
  ///   without the subject, in standard errors.
  package func forEachSubject(
    _ body: (_ place: Int, _ displacement: Double, _ changes: [Double]) -> Void
  ) {
    forEachBlock { first, width, displacements, changes in
      for lane in 0..<width {
        body(first + lane, displacements[lane], names.indices.map { changes[$0][lane] })
      }
    }
  }

  /// The same for eight subjects side by side.
  private func forEachBlock(
    _ body: (
      _ first: Int, _ width: Int, _ displacements: Lanes, _ changes: UnsafePointer<Lanes>
    ) -> Void
  ) {
    let model = fit.model
    let layout = fit.posteriors.layout
    let count = fit.posteriors.count
    let q = names.count
    let effects = model.covariateEffects.map { ($0.column, $0.transform) }
    let covariates = effects + model.weightCovariates.map { ($0.column, $0.transform) }
    let capacity = layout.count + covariates.count + 2 * q
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: capacity) { memory in
      guard let row = memory.baseAddress else { return }
      let own = row + layout.count
      let score = own + covariates.count
      let changes = score + q
      let elements = UnsafeMutableRawPointer(row).assumingMemoryBound(to: Double.self)
      let values = fit.posteriors.values
      let subjects = fit.subjects
      let hasCovariates = !covariates.isEmpty
      for first in stride(from: 0, to: count, by: 8) {
        let width = min(8, count - first)
        var observations = Lanes.all(0)
        for lane in 0..<8 {
          // Lanes without a subject have the last one's numbers.
          let place = first + min(lane, width - 1)
          let start = place * layout.count
          for e in 0..<layout.count { elements[8 * e + lane] = values[start + e] }
          // In place: a copy of the subject would count references.
          observations[lane] = subjects.withUnsafeBufferPointer {
            Double($0[place].observationCount)
          }
          guard hasCovariates else { continue }
          for (c, covariate) in covariates.enumerated() {
            own[c][lane] = covariate.1.value(subjects[place].covariates[0][covariate.0])
          }
        }
        scores.fill(score, observationCounts: observations, covariates: own) { k in
          let results = row + layout.logIntegral(k)
          return BlockScores.Source(
            results: results, membership: exp(results[0] - row[layout.logLikelihood]))
        }
        var displacement = Lanes.all(0)
        inverseRows.withUnsafeBufferPointer { inverse in
          for a in 0..<q {
            var sum = Lanes.all(0)
            for b in 0..<q { sum += inverse[a * q + b] * score[b] }
            displacement += score[a] * sum
            changes[a] = -perStandardError[a] * sum
          }
        }
        body(first, width, displacement, changes)
      }
    }
  }
}

extension SubjectInfluence {
  /// The most influential subjects of all ranks; collective, and the same on all ranks.
  /// - Parameter influence: of a rank's own subjects.
  static func summary(
    _ influence: SubjectInfluence, communicator: any Communicator
  ) throws -> InfluenceSummary {
    let all = try communicator.collected(influence.ownSummary())
    return InfluenceSummary(
      most: sorted(all.flatMap(\.most)), moverCount: all.reduce(0) { $0 + $1.moverCount })
  }

  /// Of the rank's own subjects.
  private func ownSummary() -> InfluenceSummary {
    // Sorted as they come; names are for those that are left.
    var most: [(place: Int, displacement: Double, parameter: Int, change: Double)] = []
    var least = -Double.infinity
    var movers = 0
    let limit = InfluenceSummary.namedSubjects
    let count = names.count
    most.reserveCapacity(limit + 1)
    forEachBlock { first, width, displacements, changes in
      // The largest of each lane, and the first of equals.
      var (place, size, value) = (Lanes.all(0), larger(changes[0], -changes[0]), changes[0])
      for a in 1..<max(1, count) {
        let own = larger(changes[a], -changes[a])
        place = cvector_select_less(size, own, Lanes.all(Double(a)), place)
        value = cvector_select_less(size, own, changes[a], value)
        size = cvector_select_less(size, own, own, size)
      }
      for lane in 0..<width {
        let largest = Int(place[lane])
        let change = value[lane]
        if abs(change) > InfluenceSummary.threshold { movers += 1 }
        // Not a number is above nothing.
        let displacement = displacements[lane]
        guard displacement > least else { continue }
        let rank = most.firstIndex { $0.displacement < displacement } ?? most.count
        most.insert((first + lane, displacement, largest, change), at: rank)
        if most.count > limit {
          most.removeLast()
          least = most[limit - 1].displacement
        }
      }
    }
    let named = most.map { one in
      InfluentialSubject(
        index: fit.subjects[one.place].index, id: fit.subjects[one.place].id,
        displacement: one.displacement, parameter: names[one.parameter], change: one.change)
    }
    return InfluenceSummary(most: Self.sorted(named), moverCount: movers)
  }

  private static func sorted(_ subjects: [InfluentialSubject]) -> [InfluentialSubject] {
    Array(
      subjects.sorted { ($1.displacement, $0.index) < ($0.displacement, $1.index) }
        .prefix(InfluenceSummary.namedSubjects))
  }
}
