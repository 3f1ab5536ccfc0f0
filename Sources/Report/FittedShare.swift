import Estimation
import PopulationData
import PopulationModel

/// The fit of a data set as one rank has it: the fit itself, and what is known of the rank's own
/// subjects. The subjects of all ranks that have it, one rank after the other, are those of the
/// data set.
package struct FittedShare: Sendable {
  package struct Iteration: Sendable, Equatable {
    package var number: Int
    package var logLikelihood: Double
    /// Of the free parameters, in their order.
    package var values: [Double]

    package init(number: Int, logLikelihood: Double, values: [Double]) {
      self.number = number
      self.logLikelihood = logLikelihood
      self.values = values
    }
  }

  /// Without the maxima of other starts.
  package var dataSet: FitDocument.DataSet
  package var fit: FitDocument.Fit
  /// Of the start that is kept.
  package var iterations: [Iteration]
  /// This rank's.
  package var subjects: [SubjectResult]

  /// A fit of this run.
  /// - Parameter observations: of this rank's subjects; empty if nobody needs them.
  /// - Returns: `nil` of what could not be fitted.
  package init?(
    _ result: DataSetResult, observations: [[ObservationResult]] = []
  ) {
    let document = FitDocument.DataSet(result)
    guard let found = result.fit, let fit = document.fit else { return nil }
    dataSet = document
    self.fit = fit
    let free = found.free
    iterations = found.iterations.map {
      Iteration(
        number: $0.iteration, logLikelihood: $0.logLikelihood,
        values: free.values(in: $0.parameters))
    }
    subjects = SubjectResult.all(of: found)
    for (place, own) in observations.enumerated() { subjects[place].observations = own }
  }

  /// A fit that an earlier run has left.
  package init(
    dataSet: FitDocument.DataSet, fit: FitDocument.Fit, iterations: [Iteration],
    subjects: [SubjectResult]
  ) {
    self.dataSet = dataSet
    self.fit = fit
    self.iterations = iterations
    self.subjects = subjects
  }
}

/// What all fits of a run have in common.
package struct FittedRun: Sendable {
  package var popmixVersion: String
  /// Of the job.
  package var name: String
  package var estimation: FitDocument.Estimation
  /// Wall time of the run, all data sets together; `nil` if it is not known.
  package var seconds: Double?
  /// When it began, `2026-11-26T20:00:00Z`; `nil` if it is not known.
  package var started: String?

  package init(_ document: FitDocument, seconds: Double?, started: String?) {
    popmixVersion = document.popmixVersion
    name = document.job
    estimation = document.estimation
    self.seconds = seconds
    self.started = started
  }
}
