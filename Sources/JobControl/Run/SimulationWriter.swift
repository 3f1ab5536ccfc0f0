import MessagePassing
import PopulationData
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

  /// Writes each data set and, beside it, the component and parameters behind each subject; collective.
  ///
  /// Of many data sets each rank writes some, of few all ranks write each together.
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
    let paths = names.indices.map {
      (data: "\(folder)/\(names[$0])", truth: "\(folder)/\(truths[$0])")
    }
    let n = trial.design.subjectCount
    if names.count < communicator.size || n > Self.largeSize {
      let (rank, size) = (communicator.rank, communicator.size)
      for (number, path) in paths.enumerated() {
        let draw = try communicator.onEveryRank {
          try job.plan.draw(
            number + 1, of: trial, subjects: n * rank / size..<n * (rank + 1) / size)
        }
        try write(trial.dataHeader, trial.dataRows(draw), to: path.data)
        try write(trial.truthHeader, trial.truthRows(draw), to: path.truth)
      }
    } else {
      try communicator.onEveryRank {
        for number in stride(from: communicator.rank, to: names.count, by: communicator.size) {
          let draw = try job.plan.draw(number + 1, of: trial, subjects: 0..<n)
          try OutputFile.write(
            trial.dataHeader + trial.dataRows(draw), to: paths[number].data)
          try OutputFile.write(trial.truthHeader + trial.truthRows(draw), to: paths[number].truth)
        }
      }
    }
    return names + truths
  }

  /// Subjects from which on a data set is worth the trouble of all ranks.
  private static let largeSize = 20_000

  /// Writes a header and behind it the rows of all ranks.
  private func write(_ header: [UInt8], _ rows: [UInt8], to path: String) throws {
    try OutputFile.write(communicator.rank == 0 ? header + rows : rows, to: path, by: communicator)
  }
}

extension RunPlan {
  /// Some subjects of a data set of the simulation.
  /// - Throws: `JobFailure` if values overflow.
  func draw(_ number: Int, of trial: SimulatedTrial, subjects: Range<Int>) throws(JobFailure)
    -> SimulatedTrial.Draw
  {
    let draw = trial.draw(number, subjects: subjects)
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
