import NumericKernels
package import PopulationData
import PopulationModel

/// Draws the observations of subjects again from a fitted mixture, with each subject's own doses,
/// times and covariates: the data sets of a parametric bootstrap. Drawn values beyond a limit are
/// reported as the data report theirs, see `CensoringLimits`.
package struct ModelResampler: Sendable {
  private let source: ReplicateSource
  private let limits: CensoringLimits

  /// - Parameter limits: those of the whole data set, or none where values beyond them are no
  ///   intervals.
  package init(_ fit: FittedModel, seed: UInt64, limits: CensoringLimits) {
    source = ReplicateSource(fit, seed: seed)
    self.limits = limits
  }

  /// A subject with observations that are drawn, and its component, from 0.
  /// - Parameters:
  ///   - place: of the subject in the data set, which together with `number` addresses the random
  ///     numbers.
  ///   - number: of the data set, from 1.
  package func draw(_ subject: Subject, place: Int, number: Int) -> (
    subject: Subject, component: Int
  ) {
    let program = EventProgram(subject, for: source.fit.model.structural)
    let count = program.observed.count
    let (first, lane) = (number / 8, number % 8)
    var result = subject
    let ranges = limits.ranges(of: subject)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: count) { values in
      guard let base = values.baseAddress else { return }
      source.draw(program, place: place, first: first, count: 1, into: base)
      var j = 0
      for occasion in subject.occasions.indices {
        for (row, old) in subject.occasions[occasion].observations.enumerated() {
          let (value, censoring) = ranges[j].reported(values[j][lane])
          result.occasions[occasion].observations[row] = Observation(
            time: old.time, value: value, compartment: old.compartment, line: old.line,
            precedingDoses: old.precedingDoses, output: old.output, covariates: old.covariates,
            censoring: censoring)
          j += 1
        }
      }
    }
    return (result, source.component(program, place: place, replicate: number))
  }
}
