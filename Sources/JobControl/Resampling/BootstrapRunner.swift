import DataSets
import Estimation
import JobFiles
import MessagePassing
package import OutputFolders
import PopulationModel
import Report
import Spelling
import Study

/// Fits the data sets of a job, draws others from them and fits these, and tells how the estimates
/// spread.
package struct BootstrapRunner {
  let job: LoadedJob
  let fits: FitSequence

  package init(job: LoadedJob, fits: FitSequence) {
    self.job = job
    self.fits = fits
  }

  /// Fits, draws and writes; collective. What is done already is not done again.
  /// - Returns: the exit code, the same on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package func run(output folder: String, options: FitOptions) throws -> ExitStatus {
    guard let specification = job.plan.jobFile.bootstrap else {
      throw JobFailure(
        message:
          "\(job.plan.jobFile.path): the job has no section 'bootstrap', which says how data sets are drawn; add one, as "
          + "'bootstrap: {replicates: 1000}'.", code: .jobFile)
    }
    let own = "\(folder)/bootstrap"
    let outputs = try fits.outputs(
      job, in: folder, names: Self.names, others: formatPaths(in: folder), options,
      beginsAnew: false)
    try fits.require(
      job.resampled([], origin: "bootstrap", plan: job.plan.forReplicates), in: own, options)
    let needsMemberships =
      specification.kind != .parametric && job.plan.model.componentCount > 1
    let first = try fits.fit(
      job, output: folder, options,
      keeping: needsMemberships ? [.hash, .memberships] : .hash)
    guard let base = try first.fits?.shared(by: fits.communicator) else { return first.end }
    let drawn = draws(of: base, specification)
    fits.announce(
      "bootstrap, \(counted(drawn.sources.count, "\(specification.kind.rawValue) data set"))")
    let second = try fits.fit(drawn, output: own, options)
    guard let replicates = second.fits else { return second.end }
    _ = try fits.communicator.onFirstRank(failingWith: .inputOutput) {
      try writeFormats(base, replicates, specification, to: outputs)
      try write(base, replicates, specification, to: outputs)
    }
    return second.end == .success ? first.end : second.end
  }

  /// The job whose data sets are drawn from those of another.
  private func draws(of base: FittedJob, _ specification: BootstrapSpecification) -> LoadedJob {
    let isParametric = specification.kind == .parametric
    let hasComponents = job.plan.model.componentCount > 1
    let stratum = specification.stratify.flatMap { name in
      job.plan.jobFile.data?.covariates.firstIndex { $0.name.value == name.value }
    }
    let sources = base.fitted.flatMap { fitted in
      (1...specification.replicates).map { number -> DataSetSource in
        let name = fitted.source.name
        return .resampled(
          name: Self.name(name, number),
          Resample(
            base: fitted.source,
            draw: isParametric ? .model(fitted.model) : .subjects(stratum: stratum),
            number: number, seed: specification.seed, start: fitted.model.estimates,
            labels: !hasComponents
              ? .none : isParametric ? .drawn : .memberships(base.fits.memberships[name] ?? [])))
      }
    }
    // More replicates can be asked for later.
    let origin =
      "bootstrap \(base.fits.hash) \(specification.kind.rawValue) \(specification.stratify?.value ?? "") \(specification.seed)"
    return job.resampled(sources, origin: origin, plan: job.plan.forReplicates)
  }

  /// Of a data set that is drawn.
  private static func name(_ base: String, _ number: Int) -> String { "\(base)#\(number)" }

  /// Estimates of the data sets that are drawn, and of the data, in formats of other programs.
  private func writeFormats(
    _ base: FittedJob, _ replicates: FittedJob, _ specification: BootstrapSpecification,
    to outputs: OutputFiles
  ) throws {
    let place = FormatPlace(job, folder: outputs.folder)
    let drawn = replicates.byName
    var files: [(target: OutputTarget, bytes: [UInt8])] = []
    for format in job.formats {
      for dataSet in base.fits.dataSets where dataSet.fit != nil {
        guard let path = format.bootstrapPath(of: dataSet.name, place) else { continue }
        let own = (1...specification.replicates).compactMap {
          drawn[Self.name(dataSet.name, $0)]
        }
        files.append((OutputTarget(path), format.bootstrap(of: dataSet, replicates: own)))
      }
    }
    try outputs.write(files, as: .bootstrap)
  }

  private static let names = [
    "bootstrap.json", "bootstrap.csv", "bootstrap-replicates.csv", "bootstrap.md",
  ]

  /// All that may be written in formats of other programs.
  private func formatPaths(in folder: String) -> [String] {
    let place = FormatPlace(job, folder: folder)
    return job.formats.flatMap { format in
      place.dataSets.compactMap { format.bootstrapPath(of: $0.name, place) }
    }
  }

  private func write(
    _ base: FittedJob, _ replicates: FittedJob, _ specification: BootstrapSpecification,
    to outputs: OutputFiles
  ) throws {
    let drawn = replicates.byName
    let results = base.fitted.map { fitted in
      BootstrapResult(
        dataSet: fitted.source.name, fit: fitted.fit,
        replicates: (1...specification.replicates).compactMap {
          drawn[Self.name(fitted.source.name, $0)]
        })
    }
    let document = BootstrapDocument(
      popmixVersion: fits.environment.version, job: job.plan.jobFile.name,
      kind: specification.kind.rawValue, stratifiedBy: specification.stratify?.value,
      seed: specification.seed, results: results)
    let texts = results.map { BootstrapText($0, kind: specification.kind.rawValue) }
    let tables = BootstrapTables(results)
    let title = "# \(job.plan.jobFile.name)\n\n"
    try fits.write(
      [
        ("bootstrap.json", try document.text()), ("bootstrap.csv", tables.summary),
        ("bootstrap-replicates.csv", tables.replicates),
        ("bootstrap.md", Array((title + texts.map(\.markdown).joined(separator: "\n")).utf8)),
      ], kind: .bootstrap, shown: texts.count <= 3 ? texts.map(\.terminal) : [], to: outputs,
      folders: ["bootstrap"])
  }
}
