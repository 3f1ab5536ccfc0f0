import DataPartition
import DataSets
import Estimation
import Inference
import JobFiles
import MessagePassing
import OutputFolders
import PopulationData
import PopulationModel
import Report

/// The fit of one data set from one start, by a group of ranks.
struct PieceFit {
  let plan: RunPlan
  let piece: JobPiece
  let group: any Communicator
  let checkpoints: Checkpoints
  let run: RunControl
  let starts: StartCache
  /// Is told what the search for starting values does.
  let searches: (String) -> Void
  /// Is told of checkpoints that cannot be written, on the first rank of the group.
  let warn: (String) -> Void

  /// What became of a fit.
  struct Outcome {
    let result: DataSetResult
    /// The exit code that it proposes.
    var code = ExitStatus.success
    /// Of EM.
    var seconds = 0.0
    /// Whether it has failed on its way from a possible start.
    var isLost = false
    /// Whether there may be a checkpoint of it.
    var hasCheckpoint = false
  }

  /// Reads and fits; collective over the group.
  /// - Parameters:
  ///   - begins: is told the size of the data set, and the iterations that an earlier run has done.
  ///   - observe: is told of each iteration.
  /// - Returns: what became of it, with this rank's subjects.
  /// - Throws: `FitStopped` if the run stops; `CommunicationError`.
  func outcome(
    begins: (DatasetShare, Int) -> Void, observe: (IterationRecord) -> Void
  ) throws -> Outcome {
    let (name, start) = (piece.source.name, piece.start)
    let share: DatasetShare
    var reference: LabelReference?
    do {
      if case .resampled(let name, let resample) = piece.source {
        let drawn = try plan.resampled(resample, name: name, communicator: group)
        (share, reference) = (drawn.share, drawn.reference)
      } else {
        share = try plan.load(piece.source, communicator: group)
      }
    } catch let failure as JobFailure {
      return Outcome(
        result: DataSetResult(
          name: name, start: start, share: nil, outcome: .failed(failure.message)),
        code: failure.code)
    }
    let found = checkpoints.found[piece.key]
    begins(share, found?.iterations ?? 0)
    func result(_ outcome: DataSetResult.Outcome) -> DataSetResult {
      DataSetResult(name: name, start: start, share: share, outcome: outcome)
    }
    do {
      let balanced = try share.balanced(communicator: group) { subject in
        // What a node costs beside its predictions is about as much as four of them.
        Double(4 + subject.observationCount + subject.doseCount)
      }
      let control = control(balanced)
      let begin = ContinuousClock.now
      let fit = try fit(share, balanced, control, observe)
      var fitted = result(.fitted(fit))
      fitted.labels = try reference?.alignment(of: fit, communicator: group)
      return Outcome(
        result: fitted, seconds: begin.duration(to: .now).seconds,
        hasCheckpoint: control.hasSaved || found != nil)
    } catch let error as EstimationError {
      return Outcome(
        result: result(.failed("\(name): \(error)")), code: .estimation,
        isLost: error.hasLostItsWay, hasCheckpoint: true)
    } catch let failure as JobFailure {
      // A checkpoint that has become unreadable since the run began: the other fits go on.
      return Outcome(result: result(.failed(failure.message)), code: failure.code)
    }
  }

  private func fit(
    _ share: DatasetShare, _ balanced: DatasetShare, _ control: PieceControl,
    _ observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    let estimation = ExpectationMaximization(
      model: plan.model, share: balanced, settings: plan.settings, communicator: group,
      balancer: LoadBalancer())
    if let saved = try checkpoints.saved(piece.key, share: balanced, group: group) {
      return try checkingTwins(
        estimation.fitAndDescribe(resuming: saved, control: control, observe: observe), share)
    }
    if case .resampled(_, let resample) = piece.source, let start = resample.start {
      return try estimation.fitAndDescribe(
        from: start.perturbed(piece.start, model: plan.model, seed: plan.settings.seed),
        startFromData: false, control: control, observe: observe)
    }
    let start = try plannedStart(share)
    let fit = try estimation.fitAndDescribe(
      from: start.parameters, startFromData: start.search != nil, search: start.search,
      control: control, observe: observe)
    return try checkingTwins(fit, share)
  }

  private func control(_ share: DatasetShare) -> PieceControl {
    let p = Double(plan.model.effectCount)
    let perComponent = 8 * (15 + 2 * p + p * (p + 1))
    return PieceControl(
      run: run, piece: piece.key, group: group,
      bytes: Double(share.subjectCount * plan.model.componentCount) * perComponent,
      saveFit: { fit in
        try checkpoints.save(fit, of: piece.key, share: share, group: group)
      }, warn: warn)
  }
}

/// What a piece leaves for the output files.
struct PieceOutput {
  var sections: [LedgerSection: [UInt8]]
  /// Where in its text for `fit.json` the maxima of all starts belong; on the first rank.
  var maximaPlace: Int?
  /// What `fit.json` has of it, without these maxima; on the first rank.
  var dataSet: FitDocument.DataSet?
  /// The fit with this rank's subjects, where a format of another program is wanted.
  var share: FittedShare?
}

/// What pieces leave for the output files.
struct PieceTexts {
  private let estimates: EstimatesTable
  private let iterations: IterationsTable
  private let subjects: SubjectsTable
  private let observations: ObservationsTable
  private let influence: InfluenceTable
  private let moments: MomentsTable
  /// Those that the job asks for.
  private let tables: [ResultTable]
  /// Whether formats of other programs are wanted, and need what is said of observations.
  private let hasFormats: Bool
  private let hasObservations: Bool

  init(_ job: LoadedJob) {
    let plan = job.plan
    let model = plan.model
    tables = job.tables
    hasFormats = !job.formats.isEmpty
    hasObservations = job.formats.contains { $0.needsObservations }
    observations = ObservationsTable(model: model)
    influence = InfluenceTable(model: model)
    moments = MomentsTable(model: model)
    let hasPrior = !plan.settings.prior.isEmpty
    estimates = EstimatesTable(
      model: model, hasProfiles: plan.settings.profiles != .none, hasPrior: hasPrior)
    iterations = IterationsTable(model: model, hasPrior: hasPrior)
    subjects = SubjectsTable(model: model)
  }

  var headers: [LedgerSection: [UInt8]] {
    [
      .estimates: estimates.header, .iterations: iterations.header, .subjects: subjects.header,
      .observations: observations.header, .influence: influence.header,
      .moments: moments.header,
    ]
  }

  /// - Parameter isFirst: whether this is the first rank of the group, which has all but the other
  ///   ranks' subjects.
  func output(of result: DataSetResult, isFirst: Bool) throws -> PieceOutput {
    var sections = [LedgerSection.subjects: subjects.rows(result)]
    // What takes long to compute, once for all that it is wanted for.
    let diagnostics =
      tables.contains(.observations) ? observations.diagnostics(result) : []
    for table in tables {
      sections[table.section] =
        switch table {
        case .observations: observations.rows(diagnostics, dataSet: result.name)
        case .influence: influence.rows(result)
        case .moments: moments.rows(result)
        }
    }
    let share =
      hasFormats
      ? FittedShare(
        result, observations: hasObservations ? observations.results(diagnostics) : [])
      : nil
    guard isFirst else { return PieceOutput(sections: sections, share: share) }
    sections[.estimates] = estimates.row(result)
    sections[.iterations] = iterations.rows(result)
    let dataSet = share?.dataSet ?? FitDocument.DataSet(result)
    let element = try FitDocument.element(dataSet)
    sections[.document] = element.text
    sections[.table] = Array((ParameterTable(result)?.text ?? "").utf8)
    sections[.line] = Array(SummaryLine(result).text.utf8)
    return PieceOutput(
      sections: sections, maximaPlace: element.maximaPlace, dataSet: dataSet, share: share)
  }
}
