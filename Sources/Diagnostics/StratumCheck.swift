import NumericKernels
import PopulationData
import PopulationModel
import Study

/// The work of a visual predictive check on one stratum.
struct StratumCheck {
  private let source: ReplicateSource
  private let programs: [(place: Int, program: EventProgram)]
  let bins: TimeBins
  /// The observations, corrected.
  let points: [(time: Double, value: Double)]
  /// P_bin/P of each observation.
  private let corrections: [Double]
  /// Where each observation's value goes, so that those of a bin stand together.
  private let slots: [Int]
  /// Drawn values below it do not count.
  private let limit: Double
  /// The slots of each bin.
  private let ranges: [Range<Int>]

  /// Vectors of eight replicates that are drawn together.
  private static let batch = 8

  init(
    _ source: ReplicateSource, subjects: [(place: Int, subject: Subject)], isCorrected: Bool,
    limit: Double? = nil, binCount: Int?
  ) {
    self.source = source
    self.limit = limit ?? -.infinity
    programs = subjects.map {
      ($0.place, EventProgram($0.subject, for: source.fit.model.structural))
    }
    let observations = subjects.flatMap { $0.subject.occasions.flatMap(\.observations) }
    let bins = TimeBins(observations.map(\.time), binCount: binCount)
    var members = [[Int]](repeating: [], count: bins.count)
    for (observation, bin) in bins.places.enumerated() { members[bin].append(observation) }
    var slots = [Int](repeating: 0, count: observations.count)
    var ranges: [Range<Int>] = []
    var next = 0
    for bin in members {
      ranges.append(next..<next + bin.count)
      for observation in bin {
        slots[observation] = next
        next += 1
      }
    }
    self.bins = bins
    self.slots = slots
    self.ranges = ranges
    let corrections =
      isCorrected
      ? Self.corrections(programs.map(\.program), fit: source.fit, members: members)
      : [Double](repeating: 1, count: observations.count)
    self.corrections = corrections
    points = zip(observations, corrections).map { ($0.time, $0.value * $1) }
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

  /// The bands of each bin's quantiles, and how many drawn values were not finite.
  func bands(replicates: Int) -> (bands: [[VisualPredictiveCheck.Band]], leftOut: Int) {
    let probabilities = VisualPredictiveCheck.probabilities
    let total = slots.count
    var found = [[[Double]]](
      repeating: [[Double]](repeating: [], count: probabilities.count), count: bins.count)
    var leftOut = 0
    let most = programs.map(\.program.observed.count).max() ?? 0
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, most * Self.batch)) { drawn in
      let table = UnsafeMutableBufferPointer<Double>.allocate(capacity: 8 * Self.batch * total)
      defer { table.deallocate() }
      table.initialize(repeating: 0)
      for first in stride(from: 0, to: replicates, by: 8 * Self.batch) {
        draw(firstVector: first / 8, drawn.baseAddress!, into: table)
        for replicate in 0..<min(8 * Self.batch, replicates - first) {
          for (bin, range) in ranges.enumerated() {
            let begin = replicate * total
            let values = UnsafeMutableBufferPointer(
              rebasing: table[begin + range.lowerBound..<begin + range.upperBound])
            let finite = values.sortFinite()
            leftOut += values.count - finite.count
            guard !finite.isEmpty else { continue }
            for (q, probability) in probabilities.enumerated() {
              found[bin][q].append(quantile(finite, probability))
            }
          }
        }
      }
    }
    let bands = found.map { quantiles in
      quantiles.map { values in
        let sorted = values.sorted()
        return VisualPredictiveCheck.Band(
          low: quantile(sorted, 0.025), median: quantile(sorted, 0.5),
          high: quantile(sorted, 0.975))
      }
    }
    return (bands, leftOut)
  }

  /// Fills the table, a row of all slots for each replicate.
  private func draw(
    firstVector: Int, _ drawn: UnsafeMutablePointer<Lanes>,
    into table: UnsafeMutableBufferPointer<Double>
  ) {
    let total = slots.count
    var observation = 0
    for (place, program) in programs {
      source.draw(program, place: place, first: firstVector, count: Self.batch, into: drawn)
      for j in program.observed.indices {
        let slot = slots[observation]
        let correction = corrections[observation]
        for v in 0..<Self.batch {
          let value = drawn[j * Self.batch + v]
          let values = (value * correction).replacing(with: .nan, where: value .< limit)
          for lane in 0..<8 { table[(8 * v + lane) * total + slot] = values[lane] }
        }
        observation += 1
      }
    }
  }

  /// The bins with their observed quantiles.
  func bins(_ bands: [[VisualPredictiveCheck.Band]]) -> [VisualPredictiveCheck.Bin] {
    var members = [[Int]](repeating: [], count: bins.count)
    for (observation, bin) in bins.places.enumerated() { members[bin].append(observation) }
    return zip(members, bands).map { members, bands in
      let times = members.map { points[$0].time }.sorted()
      let values = members.map { points[$0].value }.sorted()
      return VisualPredictiveCheck.Bin(
        timeRange: times[0]...times[times.count - 1], time: quantile(times, 0.5),
        count: members.count,
        observed: VisualPredictiveCheck.probabilities.map { quantile(values, $0) },
        simulated: bands)
    }
  }
}
