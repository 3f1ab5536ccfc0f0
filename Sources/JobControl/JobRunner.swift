import Estimation
import FoundationEssentials
import MessagePassing
import PopulationData
import Report

/// Fits the data sets of a job, one after another, each by all ranks.
public struct JobRunner {
  let job: LoadedJob
  let communicator: any Communicator
  let observer: any JobObserver
  let environment: RunEnvironment

  public init(
    job: LoadedJob, communicator: any Communicator, observer: any JobObserver,
    environment: RunEnvironment
  ) {
    self.job = job
    self.communicator = communicator
    self.observer = observer
    self.environment = environment
  }

  /// Reads, fits and writes; collective.
  /// - Returns: the exit code, the same on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  public func fit(output folder: String) throws -> ExitStatus {
    let clock = ContinuousClock()
    let begin = clock.now
    let started = Date.now
    let dataSets = try job.sources.map {
      try LoadedDataSet($0, plan: job.plan, communicator: communicator)
    }
    let reading = begin.duration(to: clock.now)
    try refuseIfNoneIsReadable(dataSets)
    _ = try communicator.onFirstRank(failingWith: .cannotCreate) {
      try OutputFile.makeFolder(folder)
    }

    let fitting = clock.now
    var results: [DataSetResult] = []
    var codes: [ExitStatus] = []
    for (number, dataSet) in dataSets.enumerated() {
      let (result, code) = try fit(dataSet, number: number + 1, of: dataSets.count)
      results.append(result)
      codes.append(code)
      if communicator.rank == 0 {
        observer.finished(result, number: number + 1, of: dataSets.count)
      }
    }
    let failures = codes.filter { $0 != .success }
    if failures.count == codes.count { return failures[0] }

    let run = FitDocument.Run(
      popmixVersion: environment.version, jobFile: job.plan.jobFile.path, jobText: job.text,
      ranks: communicator.size, host: environment.host, mpi: environment.mpi,
      started: started.formatted(.iso8601), seconds: begin.duration(to: clock.now).seconds,
      secondsReading: reading.seconds, secondsFitting: fitting.duration(to: clock.now).seconds)
    try write(results, run: run, to: folder)
    return failures.isEmpty ? .success : .someFailed
  }

  /// If no data set can be read there is nothing to fit, and the output folder is left alone.
  private func refuseIfNoneIsReadable(_ dataSets: [LoadedDataSet]) throws {
    var failures: [JobFailure] = []
    for dataSet in dataSets {
      guard case .failure(let failure) = dataSet.content else { return }
      failures.append(failure)
    }
    throw JobFailure(
      message: failures.map(\.message).joined(separator: "\n"), code: failures[0].code)
  }

  private func fit(_ dataSet: LoadedDataSet, number: Int, of count: Int) throws -> (
    DataSetResult, ExitStatus
  ) {
    func result(_ dataset: Dataset?, _ outcome: DataSetResult.Outcome) -> DataSetResult {
      DataSetResult(
        name: dataSet.name, fingerprint: dataset?.fingerprint, sha256: dataSet.sha256,
        subjectIDs: dataset?.subjects.map(\.id) ?? [],
        observationCounts: dataset?.subjects.map(\.observationCount) ?? [],
        notUsed: dataset?.report.lines() ?? [], outcome: outcome)
    }
    let dataset: Dataset
    switch dataSet.content {
    case .failure(let failure): return (result(nil, .failed(failure.message)), failure.code)
    case .success(let read): dataset = read
    }
    let isFirst = communicator.rank == 0
    if isFirst {
      observer.begins(
        dataSet.name, number: number, of: count, subjects: dataset.subjects.count,
        observations: dataset.observationCount)
    }
    let plan = job.plan
    do {
      let needsData = !plan.starting.isComplete
      let found =
        needsData
        ? try StartingPoints(model: plan.model, dataset: dataset, seed: plan.settings.seed).find()
        : nil
      let assignment = SubjectAssignment(
        costs: dataset.subjects.map(SubjectAssignment.cost), rankCount: communicator.size)
      let estimation = ExpectationMaximization(
        model: plan.model, dataset: dataset, subjects: assignment.subjects[communicator.rank],
        settings: plan.settings, communicator: communicator)
      let fit = try estimation.fit(
        from: plan.starting.completed(with: found), startFromData: needsData
      ) { record in
        if isFirst { observer.iterated(record, settings: plan.settings) }
      }
      return (result(dataset, .fitted(fit)), .success)
    } catch let error as EstimationError {
      return (result(dataset, .failed("\(dataSet.name): \(error)")), .estimation)
    }
  }

  private func write(_ results: [DataSetResult], run: FitDocument.Run, to folder: String) throws {
    let files = ["fit.json", "estimates.csv", "subjects.csv"]
    _ = try communicator.onFirstRank(failingWith: .inputOutput) {
      let document = FitDocument(
        job: job.plan.jobFile.name, run: run, model: job.plan.model, settings: job.plan.settings,
        results: results)
      let texts = [
        try document.text(), EstimatesTable(model: job.plan.model, results: results).text,
        SubjectsTable(model: job.plan.model, results: results).text,
      ]
      // It may have been removed since the fit began.
      do { try OutputFile.makeFolder(folder) } catch {
        throw JobFailure(message: "\(error)", code: .inputOutput)
      }
      // All are tried: after a long fit, one that can be written is better than none.
      var faults: [OutputError] = []
      for (file, text) in zip(files, texts) {
        do throws(OutputError) { try OutputFile.write(text, to: "\(folder)/\(file)") } catch {
          faults.append(error)
        }
      }
      guard faults.isEmpty else {
        throw JobFailure(
          message: faults.map(\.description).joined(separator: "\n"), code: .inputOutput)
      }
      observer.wrote(results, folder: folder, files: files)
    }
  }
}

/// What a run says of itself in its results.
public struct RunEnvironment: Sendable {
  public let version: String
  public let host: String
  public let mpi: String

  public init(version: String, host: String, mpi: String) {
    self.version = version
    self.host = host
    self.mpi = mpi
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
