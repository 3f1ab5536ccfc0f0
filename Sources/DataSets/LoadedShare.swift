package import DataPartition
import Glibc
package import JobFiles
package import MessagePassing
package import OutputFolders
import PopulationData
import PopulationModel
import Spelling
package import Study

extension RunPlan {
  /// A data set, of which each rank of a group has its share; collective.
  /// - Throws: `JobFailure`, the same on all ranks, if it cannot be used; `CommunicationError`.
  package func load(_ source: DataSetSource, communicator: any Communicator) throws -> DatasetShare
  {
    let share: DatasetShare
    switch source {
    case .resampled(let name, let resample):
      return try resampled(resample, name: name, communicator: communicator).share
    case .simulated(let name, let number):
      share = try simulated(number, name: name, communicator: communicator)
    case .file(let path, _):
      // To open a pipe waits until somebody writes to it, perhaps for ever; and starts read a file
      // again and again.
      _ = try communicator.onFirstRank(failingWith: .noInput) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return }
        throw JobFailure(
          message:
            "\(path): the data file cannot be read (it is a pipe, a file is needed); check the path.",
          code: .noInput)
      }
      do {
        share = try DatasetShare.read(
          path: path, name: path, format: jobFile.data == nil ? .standard : format,
          communicator: communicator)
      } catch let failure as DatasetFailure {
        throw JobFailure(
          message: failure.message, code: failure.isUnreadable ? .noInput : .data)
      }
    }
    try validate(share, name: source.path ?? source.name, communicator: communicator)
    return share
  }

  /// Names of the covariates that a data set's subjects have.
  package func covariateNames(of source: DataSetSource) -> [String] {
    guard case .file = source, jobFile.data != nil else { return [] }
    return format.covariates.map(\.name)
  }

  /// Draws a rank's share of a data set.
  private func simulated(_ number: Int, name: String, communicator: any Communicator) throws
    -> DatasetShare
  {
    guard let trial else { preconditionFailure("a simulated data set has a trial") }
    let n = trial.design.subjectCount
    let (rank, size) = (communicator.rank, communicator.size)
    let own = try communicator.onEveryRank {
      try draw(number, of: trial, subjects: n * rank / size..<n * (rank + 1) / size)
    }
    let share = try DatasetShare(name: name, subjects: own.subjects, communicator: communicator)
    guard share.subjectCount > 0 else {
      throw JobFailure(
        message:
          "\(name): no simulated subject has an observation, as all leave before the first one or are below the limit; correct "
          + "'simulation.drop-out-hazard' or 'simulation.quantification-limit'.", code: .data)
    }
    return share
  }

  /// Refuses observations that are known by an interval where nothing is said of these, values
  /// without a logarithm where one is needed, and outputs that there are not.
  private func validateObservations(of subject: Subject) throws(ModelError) {
    let known = model.outputs.map(\.number)
    for occasion in subject.occasions {
      for observation in occasion.observations {
        if observation.isCensored || observation.limit != nil, !model.isCensored {
          throw .censored(subject: subject.id, line: observation.line)
        }
        let output = model.outputs[model.outputPlace(number: observation.output)]
        if output.error.isOfLogarithm, !observation.isCensored, !(observation.value > 0) {
          throw .notPositive(
            subject: subject.id, line: observation.line, value: observation.value)
        }
        if known.count > 1, !known.contains(observation.output) {
          throw .unknownOutput(
            subject: subject.id, line: observation.line, found: observation.output, known: known)
        }
      }
    }
  }

  /// Refuses covariates of effects and weights whose transform is no finite number, as the
  /// logarithm of 0.
  private func validateCovariates(of subject: Subject) throws(ModelError) {
    let used =
      model.covariateEffects.map { ($0.covariate, $0.column, $0.transform) }
      + model.weightCovariates.map { ($0.covariate, $0.column, $0.transform) }
    for (name, column, transform) in used {
      guard let row = subject.covariates.first, column < row.count,
        !transform.value(row[column]).isFinite
      else { continue }
      throw .record(
        subject: subject.id, line: subject.line(ofCovariates: 0),
        reason: """
          the covariate \(name) is \(row[column]), and \(transform.formula(name)) needs values above 0; correct the value, \
          list it under `missing`, leave the subject out with `ignore`, or use `scale: linear`
          """)
    }
  }

  /// Refuses what the model cannot follow.
  func validate(_ share: DatasetShare, name: String, communicator: any Communicator) throws {
    var first: ModelError?
    var count = 0
    for subject in share.subjects {
      do throws(ModelError) {
        try model.structural.validate(subject, residual: model.residual)
        try validateCovariates(of: subject)
        try validateObservations(of: subject)
      } catch {
        if first == nil { first = error }
        count += 1
      }
    }
    let total = Int(try communicator.allGather(Int64(count)).reduce(0, +))
    guard total > 0 else { return }
    // The first is told in full, as they are mostly of one kind; lower ranks have the rows before.
    try communicator.onEveryRank {
      guard let first else { return }
      let place = first.line.map { "\(name):\($0): " } ?? "\(name): "
      let others =
        total == 1
        ? "" : " The rows of \(counted(total - 1, "other subject")) have such a fault too."
      throw JobFailure(message: place + "\(first)" + others, code: .data)
    }
  }
}

extension RunPlan {
  /// Some subjects of a data set of the simulation.
  /// - Throws: `JobFailure` if values overflow.
  package func draw(_ number: Int, of trial: SimulatedTrial, subjects: Range<Int>)
    throws(JobFailure)
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
