import Estimation
import PopulationData
import PopulationModel

/// The fit of a data set as one rank has it: the fit itself, and what is known of the rank's own
/// subjects. The subjects of all ranks that have it, one rank after the other, are those of the
/// data set.
public struct FittedShare: Sendable {
  public struct Iteration: Sendable, Equatable {
    public var number: Int
    public var logLikelihood: Double
    /// Of the free parameters, in their order.
    public var values: [Double]

    public init(number: Int, logLikelihood: Double, values: [Double]) {
      self.number = number
      self.logLikelihood = logLikelihood
      self.values = values
    }
  }

  /// Without the maxima of other starts.
  public var dataSet: FitDocument.DataSet
  public var fit: FitDocument.Fit
  /// Of the start that is kept.
  public var iterations: [Iteration]
  /// This rank's.
  public var subjects: [SubjectResult]

  /// A fit of this run.
  /// - Parameter observations: of this rank's subjects; empty if nobody needs them.
  /// - Returns: `nil` of what could not be fitted.
  public init?(
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
  public init(
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
public struct FittedRun: Sendable {
  public var popmixVersion: String
  /// Of the job.
  public var name: String
  public var estimation: FitDocument.Estimation
  /// Wall time of the run, all data sets together; `nil` if it is not known.
  public var seconds: Double?
  /// When it began, `2026-11-26T20:00:00Z`; `nil` if it is not known.
  public var started: String?

  public init(_ document: FitDocument, seconds: Double?, started: String?) {
    popmixVersion = document.popmixVersion
    name = document.job
    estimation = document.estimation
    self.seconds = seconds
    self.started = started
  }
}
