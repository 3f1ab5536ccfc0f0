import DataPartition
import Estimation
import MessagePassing
import PopulationData
import PopulationModel
import Report

extension RunPlan {
  /// The starting values of a fit.
  /// - Parameters:
  ///   - number: of the start, from 1.
  ///   - sample: subjects of the data set to find what the job does not give.
  func start(number: Int, sample: [Subject]) throws -> PopulationParameters {
    let found =
      starting.isComplete
      ? nil : try StartingPoints(model: model, sample: sample, seed: settings.seed).find()
    return starting.completed(with: found).perturbed(number, model: model, seed: settings.seed)
  }
}

/// The fit of one data set from one start, by a group of ranks.
struct PieceFit {
  let plan: RunPlan
  let source: DataSetSource
  /// From 1.
  let start: Int
  let group: any Communicator

  /// Reads and fits; collective over the group.
  /// - Parameters:
  ///   - begins: is told the size of the data set.
  ///   - observe: is told of each iteration.
  /// - Returns: what became of it, with this rank's subjects, the exit code that it proposes, and the seconds of EM.
  /// - Throws: `CommunicationError`.
  func result(
    begins: (DatasetShare) -> Void, observe: (IterationRecord) -> Void
  ) throws -> (DataSetResult, ExitStatus, Double) {
    let share: DatasetShare
    do { share = try plan.load(source, communicator: group) } catch let failure as JobFailure {
      return (
        DataSetResult(
          name: source.name, start: start, share: nil, outcome: .failed(failure.message)),
        failure.code, 0
      )
    }
    begins(share)
    func result(_ outcome: DataSetResult.Outcome) -> DataSetResult {
      DataSetResult(name: source.name, start: start, share: share, outcome: outcome)
    }
    do {
      let isFound = !plan.starting.isComplete
      let sample =
        isFound
        ? try share.spacedSample(limit: StartingPoints.subjectLimit, communicator: group) : []
      let values = try plan.start(number: start, sample: sample)
      let balanced = try share.balanced(communicator: group) { subject in
        // What a node costs beside its predictions is about as much as four of them.
        Double(4 + subject.observationCount + subject.doseCount)
      }
      let begin = ContinuousClock.now
      let fit = try ExpectationMaximization(
        model: plan.model, share: balanced, settings: plan.settings, communicator: group,
        balancer: LoadBalancer()
      ).fit(from: values, startFromData: isFound, observe: observe)
      return (result(.fitted(fit)), .success, begin.duration(to: .now).seconds)
    } catch let error as EstimationError {
      return (result(.failed("\(source.name): \(error)")), .estimation, 0)
    }
  }
}

/// What pieces leave for the output files.
struct PieceTexts {
  private let estimates: EstimatesTable
  private let iterations: IterationsTable
  private let subjects: SubjectsTable

  init(model: MixtureModel) {
    estimates = EstimatesTable(model: model)
    iterations = IterationsTable(model: model)
    subjects = SubjectsTable(model: model)
  }

  var headers: [LedgerSection: [UInt8]] {
    [
      .estimates: estimates.header, .iterations: iterations.header, .subjects: subjects.header,
    ]
  }

  /// - Parameter isFirst: whether this is the first rank of the group, which has all but the other ranks' subjects.
  func sections(of result: DataSetResult, isFirst: Bool) throws -> [LedgerSection: [UInt8]] {
    var sections = [LedgerSection.subjects: subjects.rows(result)]
    guard isFirst else { return sections }
    sections[.estimates] = estimates.row(result)
    sections[.iterations] = iterations.rows(result)
    sections[.document] = try FitDocument.text(FitDocument.DataSet(result))
    sections[.table] = Array((ParameterTable(result)?.text ?? "").utf8)
    sections[.line] = Array(SummaryLine(result).text.utf8)
    return sections
  }
}
