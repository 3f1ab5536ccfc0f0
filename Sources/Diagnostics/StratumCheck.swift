import NumericKernels
import PopulationData
import PopulationModel
import Simulation
import Study

/// The work of a visual predictive check on one stratum.
struct StratumCheck {
  private let simulator: Simulator
  private let seed: UInt64
  private let programs: [(place: Int, program: EventProgram)]
  let bins: TimeBins
  /// The observations, corrected; of censored ones the limit.
  let points: [(time: Double, value: Double, censoring: Observation.Censoring)]
  /// P_bin/P of each observation.
  private let corrections: [Double]
  /// Where each observation's value goes, so that those of a bin stand together.
  private let slots: [Int]
  /// How a value of each observation is reported.
  private let reporting: [Reporting]
  /// Whether some have a limit below, and above.
  private let hasLower: Bool
  private let hasUpper: Bool
  /// The slots of each bin.
  private let slotRanges: [Range<Int>]

  /// How a drawn value is reported: below `least` not at all, below `lower` as this, above `upper`
  /// as this.
  private struct Reporting {
    var least = -Double.infinity
    var lower = -Double.infinity
    var upper = Double.infinity
  }

  /// What a bin has of a replicate, or of all.
  struct Bands {
    var quantiles: [VisualPredictiveCheck.Band]
    var below: VisualPredictiveCheck.Band
    var above: VisualPredictiveCheck.Band
  }

  /// Vectors of eight replicates that are drawn together.
  private static let batch = 8

  init(
    _ fit: FittedModel, subjects: [(place: Int, subject: Subject)], isCorrected: Bool,
    limits: CensoringLimits = CensoringLimits(), leaveOutBelow limit: Double? = nil,
    seed: UInt64, binCount: Int?
  ) {
    simulator = Simulator(fit.model, fit.estimates)
    self.seed = seed
    let reported = subjects.flatMap { limits.ranges(of: $0.subject) }
    reporting = reported.map {
      Reporting(
        least: max(limit ?? -.infinity, $0.least ?? -.infinity),
        lower: $0.lower?.value ?? -.infinity, upper: $0.upper?.value ?? .infinity)
    }
    hasLower = reported.contains { $0.lower != nil }
    hasUpper = reported.contains { $0.upper != nil }
    programs = subjects.map {
      ($0.place, EventProgram($0.subject, for: fit.model.structural))
    }
    let observations = subjects.flatMap { $0.subject.occasions.flatMap(\.observations) }
    let bins = TimeBins(observations.map(\.time), binCount: binCount)
    var members = [[Int]](repeating: [], count: bins.count)
    for (observation, bin) in bins.places.enumerated() { members[bin].append(observation) }
    var slots = [Int](repeating: 0, count: observations.count)
    var slotRanges: [Range<Int>] = []
    var next = 0
    for bin in members {
      slotRanges.append(next..<next + bin.count)
      for observation in bin {
        slots[observation] = next
        next += 1
      }
    }
    self.bins = bins
    self.slots = slots
    self.slotRanges = slotRanges
    let corrections =
      isCorrected
      ? Self.corrections(programs.map(\.program), fit: fit, members: members)
      : [Double](repeating: 1, count: observations.count)
    self.corrections = corrections
    points = zip(observations, corrections).map { ($0.time, $0.value * $1, $0.censoring) }
  }

  /// The limits of quantification, ascending.
  var limits: [Double] {
    Set(reporting.flatMap { [$0.lower, $0.upper] }.filter(\.isFinite)).sorted()
  }

  private static func corrections(
    _ programs: [EventProgram], fit: FittedModel, members: [[Int]]
  ) -> [Double] {
    let typical = programs.flatMap { program in
      let values = fit.predictions(
        program,
        at: fit.estimates.weights.indices.map {
          (fit.model.priorMean($0, covariates: program.baseline, fit.estimates), $0)
        })
      let weights = fit.model.priorWeights(covariates: program.baseline, fit.estimates)
      return program.observed.indices.map { j in
        values.indices.reduce(0) { $0 + weights[$1] * values[$1][j] }
      }
    }
    var corrections = [Double](repeating: 1, count: typical.count)
    for bin in members {
      let middle = quantile(bin.map { typical[$0] }.filter(\.isFinite).sorted(), 0.5)
      for observation in bin {
        let factor = middle / typical[observation]
        if middle > 0, typical[observation] > 0, factor.isFinite {
          corrections[observation] = factor
        }
      }
    }
    return corrections
  }

  /// The bands of each bin's quantiles and shares, and how many drawn values were not finite, or
  /// are not reported.
  func bands(replicates: Int) -> (bands: [Bands], leftOut: Int) {
    let probabilities = VisualPredictiveCheck.probabilities
    let total = slots.count
    // Quantiles, and the shares below and above.
    var found = [[[Double]]](
      repeating: [[Double]](repeating: [], count: probabilities.count + 2), count: bins.count)
    var leftOut = 0
    let most = programs.map(\.program.observed.count).max() ?? 0
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, most * Self.batch)) { drawn in
      let table = UnsafeMutableBufferPointer<Double>.allocate(capacity: 8 * Self.batch * total)
      defer { table.deallocate() }
      table.initialize(repeating: 0)
      // −1 of a value below its limit, 1 of one above, 0 of others.
      let sides = UnsafeMutableBufferPointer<Int8>.allocate(
        capacity: hasLower || hasUpper ? 8 * Self.batch * total : 0)
      defer { sides.deallocate() }
      sides.initialize(repeating: 0)
      for first in stride(from: 0, to: replicates, by: 8 * Self.batch) {
        draw(firstVector: first / 8, drawn.baseAddress!, into: table, sides)
        for replicate in 0..<min(8 * Self.batch, replicates - first) {
          for (bin, range) in slotRanges.enumerated() {
            let begin = replicate * total
            let own = begin + range.lowerBound..<begin + range.upperBound
            let values = UnsafeMutableBufferPointer(rebasing: table[own])
            let finite = values.sortFinite()
            leftOut += values.count - finite.count
            guard !finite.isEmpty else { continue }
            for (q, probability) in probabilities.enumerated() {
              found[bin][q].append(quantile(finite, probability))
            }
            guard !sides.isEmpty else { continue }
            for (side, place) in [(Int8(-1), 0), (1, 1)] {
              let count = sides[own].count { $0 == side }
              found[bin][probabilities.count + place].append(
                Double(count) / Double(finite.count))
            }
          }
        }
      }
    }
    let bands = found.map { statistics in
      let all = statistics.map { values in
        let sorted = values.sorted()
        return VisualPredictiveCheck.Band(
          low: quantile(sorted, 0.025), median: quantile(sorted, 0.5),
          high: quantile(sorted, 0.975))
      }
      return Bands(
        quantiles: Array(all.prefix(probabilities.count)), below: all[probabilities.count],
        above: all[probabilities.count + 1])
    }
    return (bands, leftOut)
  }

  /// Fills the tables, a row of all slots for each replicate.
  private func draw(
    firstVector: Int, _ drawn: UnsafeMutablePointer<Lanes>,
    into table: UnsafeMutableBufferPointer<Double>, _ sides: UnsafeMutableBufferPointer<Int8>
  ) {
    let total = slots.count
    var observation = 0
    for (place, program) in programs {
      simulator.draw(
        program, at: .replicates(seed: seed, place: place), first: firstVector,
        count: Self.batch, into: drawn)
      for j in program.observed.indices {
        let slot = slots[observation]
        let correction = corrections[observation]
        let report = reporting[observation]
        for v in 0..<Self.batch {
          let value = drawn[j * Self.batch + v]
          let isBelow = value .< report.lower
          let isAbove = value .> report.upper
          let isOut = value .< report.least
          let reported = value.replacing(with: report.lower, where: isBelow)
            .replacing(with: report.upper, where: isAbove)
          let values = (reported * correction).replacing(with: .nan, where: isOut)
          for lane in 0..<8 { table[(8 * v + lane) * total + slot] = values[lane] }
          guard !sides.isEmpty else { continue }
          for lane in 0..<8 {
            sides[(8 * v + lane) * total + slot] =
              values[lane].isFinite ? (isBelow[lane] ? -1 : isAbove[lane] ? 1 : 0) : 0
          }
        }
        observation += 1
      }
    }
  }

  /// The bins with their observed quantiles and shares.
  func bins(_ bands: [Bands]) -> [VisualPredictiveCheck.Bin] {
    var members = [[Int]](repeating: [], count: bins.count)
    for (observation, bin) in bins.places.enumerated() { members[bin].append(observation) }
    return zip(members, bands).map { members, bands in
      let times = members.map { points[$0].time }.sorted()
      let values = members.map { points[$0].value }.sorted()
      func share(_ isCensored: (Observation.Censoring) -> Bool, _ band: VisualPredictiveCheck.Band)
        -> VisualPredictiveCheck.Share
      {
        VisualPredictiveCheck.Share(
          observed: Double(members.count { isCensored(points[$0].censoring) })
            / Double(members.count), simulated: band)
      }
      return VisualPredictiveCheck.Bin(
        timeRange: times[0]...times[times.count - 1], time: quantile(times, 0.5),
        count: members.count,
        observed: VisualPredictiveCheck.probabilities.map { quantile(values, $0) },
        simulated: bands.quantiles,
        below: hasLower
          ? share({ if case .below = $0 { true } else { false } }, bands.below) : nil,
        above: hasUpper
          ? share({ if case .above = $0 { true } else { false } }, bands.above) : nil)
    }
  }
}
