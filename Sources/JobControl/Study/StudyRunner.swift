import Estimation
import JobFiles
import MessagePassing
package import OutputFolders
import Report
import Study

/// Does a simulation study: fits the simulated data sets by each method, and sets the estimates
/// beside the truth.
package struct StudyRunner {
  let job: LoadedJob
  let fits: FitSequence

  package init(job: LoadedJob, fits: FitSequence) {
    self.job = job
    self.fits = fits
  }

  /// Fits, compares and writes; collective. What is done already, of a method or a part of it, is
  /// not done again.
  /// - Returns: the exit code, the same on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package func run(output folder: String, options: FitOptions) throws -> ExitStatus {
    guard let trial = job.plan.trial else {
      throw JobFailure(
        message:
          "\(job.plan.jobFile.path): the job has no section 'simulation', which says what the data sets of a "
          + "study are drawn from; add one.", code: .jobFile)
    }
    let methods = try fits.communicator.onEveryRank(failingWith: .jobFile) {
      try job.studyMethods()
    }
    // Before hours of fits.
    let published =
      try fits.communicator.onFirstRank(failingWith: .jobFile) {
        try PublishedFigures(job.plan).figures
      } ?? []
    let outputs = try fits.outputs(job, in: folder, names: Self.names, options)
    for method in methods {
      try fits.require(method.job, in: "\(folder)/\(method.name)", options)
    }
    var ends = Ends()
    var compared: [StudyMethod] = []
    for (number, method) in methods.enumerated() {
      fits.announce("method \(method.name), \(number + 1) of \(methods.count)")
      let (end, fitted) = try fits.fit(
        method.job, output: "\(folder)/\(method.name)", options, keeping: .memberships)
      guard ends.goesOn(after: end) else { return end }
      if options.part != nil { continue }
      // At once, so that the subjects of one method only are in memory.
      let one = try fits.communicator.onFirstRank(failingWith: .inputOutput) {
        StudyMethod(
          name: method.name, settings: method.job.plan.settings,
          replicates: try StudyReplicates(
            trial: trial, dataSets: method.job.sources, fitted: fitted
          ).all(), published: published)
      }
      if let one { compared.append(one) }
    }
    if options.part != nil { return ends.worst }
    _ = try fits.communicator.onFirstRank(failingWith: .inputOutput) {
      try write(compared, to: outputs)
    }
    return ends.worst
  }

  private static let names = ["study.json", "study.csv", "replicates.csv", "study.md"]

  private func write(_ methods: [StudyMethod], to outputs: OutputFiles) throws {
    let document = StudyDocument(
      popmixVersion: fits.environment.version, job: job.plan.jobFile.name,
      dataSets: job.plan.simulatedNames.count, methods: methods)
    // One data set has no errors to tell of, only estimates.
    let isSingle = methods.allSatisfy { $0.summary.count == 1 }
    let texts = methods.map(StudyText.init)
    let shown = isSingle ? [MethodsText(methods).terminal] : texts.map(\.terminal)
    let pages = isSingle ? [MethodsText(methods).markdown] : texts.map(\.markdown)
    let tables = StudyTables(methods)
    let title = "# \(job.plan.jobFile.name)\n\n"
    let files: [(name: String, bytes: [UInt8])] = [
      ("study.json", try document.text()), ("study.csv", tables.figures),
      ("replicates.csv", tables.replicates),
      ("study.md", Array((title + pages.joined(separator: "\n")).utf8)),
    ]
    try fits.write(
      files, kind: .study, shown: shown, to: outputs, folders: methods.map(\.name))
  }
}

extension LoadedJob {
  /// One method of a study.
  struct Method {
    let name: String
    /// The fits of its data sets.
    let job: LoadedJob
  }

  /// The methods of the job's study; without a section `study` the one of `estimation`.
  func studyMethods() throws(JobError) -> [Method] {
    let options = plan.jobFile.estimation
    let specifications =
      plan.jobFile.study?.methods ?? [
        StudySpecification.Method(
          name: options.settings.method.name, options: options, dataSets: nil)
      ]
    var methods: [Method] = []
    for specification in specifications {
      methods.append(Method(name: specification.name, job: try study(specification)))
    }
    return methods
  }
}
