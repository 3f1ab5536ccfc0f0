package import DataPartition
package import Estimation
package import JobFiles
package import MessagePassing
import NumericKernels
import OutputFolders
import PopulationData
package import PopulationModel
import Simulation
package import Study

/// How a data set is drawn from another one, or from the fit of it.
package struct Resample: Sendable {
  package enum Draw: Sendable {
    /// As many subjects with replacement, within the values of a covariate (its place) if one is
    /// given.
    case subjects(stratum: Int?)
    /// New observations of all subjects, from a fit.
    case model(FittedModel)
  }

  package let base: DataSetSource
  let draw: Draw
  /// From 1.
  let number: Int
  let seed: UInt64
  /// Where its fits begin; `nil`: as the job says.
  package let start: PopulationParameters?
  /// What the components of the fit are compared with.
  let labels: Labels

  package init(
    base: DataSetSource, draw: Draw, number: Int, seed: UInt64, start: PopulationParameters?,
    labels: Labels
  ) {
    self.base = base
    self.draw = draw
    self.number = number
    self.seed = seed
    self.start = start
    self.labels = labels
  }

  package enum Labels: Sendable {
    /// Nothing.
    case none
    /// The components that the subjects were drawn with.
    case drawn
    /// τ of the subjects of the base.
    case memberships([[Double]])
  }
}

/// A data set that was drawn, and what is known of its subjects' components.
package struct ResampledShare {
  package let share: DatasetShare
  /// `nil` if nothing is.
  package let reference: LabelReference?
}

/// Probabilities of the components that a fit's components are compared with.
package struct LabelReference {
  /// For each subject of the data set by its place a row of `table`.
  let rows: [Int]
  /// r(k)
  let table: [[Double]]

  /// Which component of a fit is which; collective.
  /// - Returns: `nil` with one component.
  package func alignment(of fit: FitResult, communicator: any Communicator) throws
    -> LabelAlignment?
  {
    let count = fit.model.componentCount
    guard count > 1 else { return nil }
    var sums = ExactAccumulator(count: count * count)
    for (subject, posterior) in zip(fit.subjects, fit.posteriors) {
      let membership = posterior.membership
      for (k, share) in table[rows[subject.index]].enumerated() {
        for l in 0..<count where (share * membership[l]).isFinite {
          sums.add(share * membership[l], to: k * count + l)
        }
      }
    }
    try sums.combine(with: communicator)
    let values = sums.values
    return LabelAlignment(gains: (0..<count).map { Array(values[$0 * count..<($0 + 1) * count]) })
  }
}

extension RunPlan {
  /// Draws a data set, of which each rank of a group has its share; collective.
  /// - Throws: `JobFailure`, the same on all ranks, if it cannot be used; `CommunicationError`.
  package func resampled(_ resample: Resample, name: String, communicator: any Communicator) throws
    -> ResampledShare
  {
    let base = try load(resample.base, communicator: communicator)
    switch resample.draw {
    case .subjects(let stratum):
      return try resampledSubjects(
        of: base, resample, stratum: stratum, name: name, communicator: communicator)
    case .model(let fit):
      return try redrawn(base, resample, from: fit, name: name, communicator: communicator)
    }
  }

  private func resampledSubjects(
    of base: DatasetShare, _ resample: Resample, stratum: Int?, name: String,
    communicator: any Communicator
  ) throws -> ResampledShare {
    let n = base.subjectCount
    // All ranks know all strata.
    var values = [Int64](repeating: 0, count: n)
    if let stratum {
      for subject in base.subjects {
        values[subject.index] = Int64(bitPattern: subject.covariates[0][stratum].bitPattern)
      }
      try communicator.allReduceSum(&values)
    }
    let drawn = Resample.draw(
      strata: values, number: resample.number,
      key: RandomAddress.key(mixing: resample.seed, base.fingerprint))
    let first = base.firstIndex
    var copies = [Int](repeating: 0, count: base.subjects.count)
    for place in drawn where copies.indices.contains(place - first) { copies[place - first] += 1 }
    let subjects = zip(base.subjects, copies).flatMap { repeatElement($0, count: $1) }
    let share = try DatasetShare(name: name, subjects: subjects, communicator: communicator)
    guard case .memberships(let table) = resample.labels else {
      return ResampledShare(share: share, reference: nil)
    }
    return ResampledShare(
      share: share, reference: LabelReference(rows: drawn.sorted(), table: table))
  }

  private func redrawn(
    _ base: DatasetShare, _ resample: Resample, from fit: FittedModel, name: String,
    communicator: any Communicator
  ) throws -> ResampledShare {
    let limits = fit.model.isCensored ? base.limits : CensoringLimits()
    let simulator = Simulator(fit.model, fit.estimates)
    let seed = RandomAddress.key(mixing: resample.seed, base.fingerprint)
    let draws = base.subjects.map {
      simulator.draw(
        $0, at: .replicates(seed: seed, place: $0.index), number: resample.number, limits: limits)
    }
    try communicator.onEveryRank(failingWith: .estimation) {
      guard let wrong = draws.first(where: { !$0.subject.hasFiniteValues }) else { return }
      throw JobFailure(
        message:
          "\(name): subject \(wrong.subject.id) was drawn with an observation that is no finite number, as the estimates "
          + "allow parameters outside the model's domain.", code: .estimation)
    }
    let share = try DatasetShare(
      name: name, subjects: draws.map(\.subject), communicator: communicator)
    try validate(share, name: name, communicator: communicator)
    guard case .drawn = resample.labels else { return ResampledShare(share: share, reference: nil) }
    var components = [Int64](repeating: 0, count: base.subjectCount)
    for draw in draws { components[draw.subject.index] = Int64(draw.component) }
    try communicator.allReduceSum(&components)
    let count = fit.model.componentCount
    return ResampledShare(
      share: share,
      reference: LabelReference(
        rows: components.map(Int.init),
        table: (0..<count).map { k in (0..<count).map { $0 == k ? 1 : 0 } }))
  }
}

extension Resample {
  /// Places of the subjects of a data set that is drawn with replacement: from each stratum as many
  /// as it has.
  /// - Parameters:
  ///   - strata: of each subject.
  ///   - number: of the data set, from 1.
  package static func draw(strata: [Int64], number: Int, key: UInt64) -> [Int] {
    let members = Dictionary(grouping: strata.indices) { strata[$0] }
    var places: [Int] = []
    places.reserveCapacity(strata.count)
    for (_, own) in members.sorted(by: { $0.value[0] < $1.value[0] }) {
      for _ in own {
        let u = RandomAddress(key: key, purpose: .resampledSubjects, subject: places.count)
          .uniform(sample: number, dimension: 0)
        places.append(own[min(own.count - 1, Int(u * Double(own.count)))])
      }
    }
    return places
  }
}

extension Subject {
  fileprivate var hasFiniteValues: Bool {
    occasions.allSatisfy { $0.observations.allSatisfy(\.value.isFinite) }
  }
}
