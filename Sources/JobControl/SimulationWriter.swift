import MessagePassing
import Report
import Study

/// Writes the data sets that a job's simulation draws.
public struct SimulationWriter {
  let job: LoadedJob
  let communicator: any Communicator

  public init(job: LoadedJob, communicator: any Communicator) {
    self.job = job
    self.communicator = communicator
  }

  /// Writes each data set and, beside it, the component and parameters behind each subject; each rank its share, collective.
  /// - Returns: the files' names, data sets first.
  public func write(to folder: String) throws -> [String] {
    guard let trial = job.plan.trial else {
      throw JobFailure(
        message: "\(job.plan.jobFile.path): the job has no section 'simulation', from which data "
          + "sets could be drawn; add one.",
        code: .jobFile)
    }
    _ = try communicator.onFirstRank(failingWith: .cannotCreate) {
      try OutputFile.makeFolder(folder)
    }
    let names = job.plan.simulatedNames
    let truths = names.map { String($0.dropLast(4)) + ".truth.csv" }
    var failure: (message: String, code: Int32)?
    do {
      for number in stride(from: communicator.rank, to: names.count, by: communicator.size) {
        let draw = try job.plan.draw(number + 1, of: trial)
        try OutputFile.write(trial.dataTable(draw), to: "\(folder)/\(names[number])")
        try OutputFile.write(trial.truthTable(draw), to: "\(folder)/\(truths[number])")
      }
    } catch {
      failure = ("\(error)", ((error as? JobFailure)?.code ?? .inputOutput).rawValue)
    }
    if let agreed = try communicator.agree(failure) {
      throw JobFailure(
        message: agreed.message, code: ExitStatus(rawValue: agreed.code) ?? .internal)
    }
    return names + truths
  }
}

extension RunPlan {
  /// One data set of the simulation.
  /// - Throws: `JobFailure` if values overflow.
  func draw(_ number: Int, of trial: SimulatedTrial) throws(JobFailure) -> SimulatedTrial.Draw {
    let draw = trial.draw(number)
    guard draw.isFinite else {
      throw JobFailure(
        message:
          "\(jobFile.path): the values of 'simulation' give observations or parameters that are no "
          + "finite numbers; correct 'simulation.values'.",
        code: .jobFile)
    }
    return draw
  }
}
