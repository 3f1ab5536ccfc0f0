import DataSets
import JobFiles
package import MessagePassing
import OutputFolders
import PopulationData
import Report
import Study

/// Writes the data sets that a job's simulation draws.
package struct SimulationWriter {
  let job: LoadedJob
  let communicator: any Communicator

  package init(job: LoadedJob, communicator: any Communicator) {
    self.job = job
    self.communicator = communicator
  }

  /// Writes each data set and, beside it, the component and parameters behind each subject;
  /// collective.
  ///
  /// Of many data sets each rank writes some, of few all ranks write each together.
  /// - Parameter replacing: whether files are replaced that popmix has not written.
  /// - Returns: the files' names, data sets first.
  package func write(to folder: String, replacing: Bool = false) throws -> [String] {
    guard let trial = job.plan.trial else {
      throw JobFailure(
        message: "\(job.plan.jobFile.path): the job has no section 'simulation', from which data "
          + "sets could be drawn; add one.",
        code: .jobFile)
    }
    let names = job.plan.simulatedNames
    let truths = names.map { String($0.dropLast(4)) + ".truth.csv" }
    let paths = names.indices.map {
      (data: "\(folder)/\(names[$0])", truth: "\(folder)/\(truths[$0])")
    }
    let files = OutputFiles(
      folder, ledger: .ofFits, inputs: InputFiles(job, includesData: false), replaces: replacing)
    try files.require(by: communicator) {
      paths.flatMap { [$0.data, $0.truth] }.map { OutputTarget($0, .simulation) }
    }
    _ = try communicator.onFirstRank(failingWith: .cannotCreate) {
      try OutputFile.makeFolder(folder)
    }
    let n = trial.design.subjectCount
    if names.count < communicator.size || n > Self.largeSize {
      let (rank, size) = (communicator.rank, communicator.size)
      var staged: [StagedFile] = []
      for (number, path) in paths.enumerated() {
        let draw = try communicator.onEveryRank {
          try job.plan.draw(
            number + 1, of: trial, subjects: n * rank / size..<n * (rank + 1) / size)
        }
        try stage(trial.dataHeader, trial.dataRows(draw), for: path.data, into: &staged)
        try stage(trial.truthHeader, trial.truthRows(draw), for: path.truth, into: &staged)
      }
      try files.place(staged, origin: .simulation, as: .simulation, by: communicator)
    } else {
      try files.write(as: .simulation, origin: .simulation, by: communicator) { staged in
        for number in stride(from: communicator.rank, to: names.count, by: communicator.size) {
          let draw = try job.plan.draw(number + 1, of: trial, subjects: 0..<n)
          staged.append(
            try OutputFiles.stage(trial.dataHeader + trial.dataRows(draw), for: paths[number].data))
          staged.append(
            try OutputFiles.stage(
              trial.truthHeader + trial.truthRows(draw), for: paths[number].truth))
        }
      }
    }
    return names + truths
  }

  /// Subjects from which on a data set is worth the trouble of all ranks.
  private static let largeSize = 20_000

  /// Writes a header and behind it the rows of all ranks into a temporary file.
  private func stage(
    _ header: [UInt8], _ rows: [UInt8], for path: String, into staged: inout [StagedFile]
  ) throws {
    let temporary = try OutputFile.stage(
      communicator.rank == 0 ? header + rows : rows, for: path, by: communicator)
    let one = try communicator.onFirstRank(failingWith: .inputOutput) {
      try StagedFile(path: path, temporary: temporary)
    }
    if let one { staged.append(one) }
  }
}
