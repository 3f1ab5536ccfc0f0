import DataPartition
import DataSets
import Estimation
import Inference
import JobControl
import JobFiles
import MessagePassing
import PopulationModel

/// A fit of one data set from one start, to be stepped: each step is an iteration of EM or of
/// Newton's method, and the state between them can be read.
///
///     let fit = try Fit(of: Job(path: "job.yaml"))
///     while !fit.hasEnded {
///       try fit.step()
///       print(fit.iterations, fit.logLikelihood ?? .nan, fit.values)
///     }
///     let results = try fit.finish()
public final class Fit {
  /// The name of a parameter, and its value in natural units.
  public struct Value: Equatable, Sendable {
    public let name: String
    public let value: Double
  }

  public let dataSet: String
  /// The number of subjects in the data set.
  public let subjectCount: Int
  private let maximization: ExpectationMaximization
  private let free: FreeParameters
  private let start: PlannedStart
  private var state: IterationState
  /// What `finish` has found; its iterations are not those that can be stepped.
  private var results: Results?

  /// Reads the data set and places the start, of a job with a range of components with the largest
  /// number of them; searches for starting values that the job does not
  /// give.
  /// - Parameters:
  ///   - dataSet: one of the job's; the first if it is left out.
  ///   - start: its number, from 1, as in a job with several starts.
  /// - Throws: `PopmixError` if there is no such data set, or it cannot be used.
  public init(of job: Job, dataSet: String? = nil, start number: Int = 1) throws(PopmixError) {
    let sources = job.loaded.sources
    guard let source = sources.first(where: { dataSet == nil || $0.name == dataSet }), number > 0
    else {
      throw PopmixError(
        "the job has no data set \(dataSet ?? "") with a start \(number), expected one of "
          + sources.map(\.name).joined(separator: ", ") + " and a number from 1.")
    }
    let plan = job.loaded.plan
    let communicator = SerialCommunicator()
    self.dataSet = source.name
    free = FreeParameters(plan.model)
    (maximization, start, state, subjectCount) = try PopmixError.wrapping {
      let share = try plan.load(source, communicator: communicator)
      let start = try plan.plannedStart(number: number, share: share)
      let maximization = ExpectationMaximization(
        model: plan.model, share: share, settings: plan.settings, communicator: communicator)
      return (
        maximization, start, maximization.begin(from: start.parameters), share.subjectCount
      )
    }
  }

  /// How many iterations are done.
  public var iterations: Int { state.records.count }

  /// log L where the last iteration began, by the nodes of that iteration; `nil` before the first.
  public var logLikelihood: Double? { state.records.last?.logLikelihood }

  /// The free parameters where the next iteration begins, components in the order of the start.
  public var values: [Value] {
    zip(free.names, free.values(in: state.parameters)).map { Value(name: $0, value: $1) }
  }

  /// Why the iterations have ended; `nil` as long as they go on. Whether that is a maximum is for
  /// `finish` to say, which verifies it.
  public var ending: String? { state.stop?.description }

  public var hasEnded: Bool { state.stop != nil }

  /// Does one iteration; nothing where they have ended, or after `finish`.
  /// - Throws: `PopmixError` where the likelihood is 0.
  public func step() throws(PopmixError) {
    guard !hasEnded, results == nil else { return }
    try PopmixError.wrapping { try maximization.step(&state) }
  }

  /// Goes on to the end, verifies it, and finds standard errors: what `popmix fit` does from the
  /// same start. The same results if it is called again.
  /// - Throws: `PopmixError` where the likelihood is 0.
  public func finish() throws(PopmixError) -> Results {
    if let results { return results }
    let found = try PopmixError.wrapping {
      Results(
        try maximization.fitAndDescribe(
          from: start.parameters, startFromData: start.search != nil, search: start.search,
          begun: state), of: dataSet)
    }
    results = found
    return found
  }
}
