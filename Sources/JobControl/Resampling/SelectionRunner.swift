import DataSets
import Estimation
import JobFiles
import MessagePassing
package import OutputFolders
import PopulationModel
import Report
import Spelling
import Study

/// Fits the data sets of a job with several numbers of components, and tells which number the
/// criteria choose.
package struct SelectionRunner {
  let job: LoadedJob
  let fits: FitSequence

  /// - Parameter job: with alternatives.
  package init(job: LoadedJob, fits: FitSequence) {
    self.job = job
    self.fits = fits
  }

  /// Fits, tests and writes; collective. What is done already is not done again.
  /// - Returns: the exit code, the same on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package func run(output folder: String, options: FitOptions) throws -> ExitStatus {
    let outputs = try fits.outputs(
      job, in: folder, names: ["components.json", "components.csv", "components.md"], options)
    try requireAll(folder, options)
    var ends = Ends()
    var fitted: [FittedJob] = []
    var folders = job.alternatives.map { Self.name($0.plan.model.componentCount) }
    let isTested = job.plan.jobFile.likelihoodRatioTest != nil
    for (place, alternative) in job.alternatives.enumerated() {
      let count = alternative.plan.model.componentCount
      fits.announce("\(counted(count, "component")), \(place + 1) of \(job.alternatives.count)")
      let one = try fits.fit(
        alternative, output: "\(folder)/\(Self.name(count))", options,
        keeping: isTested ? .hash : [])
      guard ends.goesOn(after: one.end) else { return one.end }
      if let own = one.fits { fitted.append(try own.shared(by: fits.communicator)) }
    }
    guard !fitted.isEmpty else { return ends.worst }
    guard let tests = try tests(of: fitted, in: folder, options, &ends, &folders) else {
      return ends.last
    }
    _ = try fits.communicator.onFirstRank(failingWith: .inputOutput) {
      try write(fitted, tests, to: outputs, folders: folders)
    }
    return ends.worst
  }

  /// Tests each number of components against the next, as far as the job asks for it; collective.
  /// - Parameter folders: gets those of the fits that are made for it.
  /// - Returns: the tests of each data set; `nil` if the run ended, as `ends` says.
  private func tests(
    of fitted: [FittedJob], in folder: String, _ options: FitOptions, _ ends: inout Ends,
    _ folders: inout [String]
  ) throws -> [String: [ComponentSelection.Test]]? {
    guard let test = job.plan.jobFile.likelihoodRatioTest else { return [:] }
    var tests: [String: [ComponentSelection.Test]] = [:]
    for (null, alternative) in zip(fitted, fitted.dropFirst())
    where null.componentCount + 1 == alternative.componentCount {
      let name = LikelihoodRatio.name(null.componentCount, alternative.componentCount)
      let pair = LikelihoodRatio(
        null: null, alternative: alternative, test: test, fits: fits,
        folder: "\(folder)/\(name)")
      // A number that is not rejected is not tested against larger ones.
      let open = null.fitted.map(\.source.name).filter { name in
        tests[name].map {
          $0.last?.isRejected == true && $0.last?.components == null.componentCount - 1
        }
          ?? (null.componentCount == fitted[0].componentCount)
      }
      guard let found = try pair.run(dataSets: open, options: options, ends: &ends) else {
        return nil
      }
      if !found.isEmpty { folders += LikelihoodRatio.folders.map { "\(name)/\($0)" } }
      for (name, result) in found { tests[name, default: []].append(result) }
    }
    return tests
  }

  private static func name(_ components: Int) -> String { "components-\(components)" }

  /// Refuses what any of the fits could not be written to, before the first of them; collective.
  private func requireAll(_ folder: String, _ options: FitOptions) throws {
    for alternative in job.alternatives {
      let count = alternative.plan.model.componentCount
      try fits.require(alternative, in: "\(folder)/\(Self.name(count))", options)
      guard job.plan.jobFile.likelihoodRatioTest != nil else { continue }
      let plain = alternative.resampled([], origin: "likelihood-ratio", plan: alternative.plan)
      let pairs = [(count, count + 1, "null"), (count - 1, count, "alternative")]
      for (smaller, larger, own) in pairs {
        let path = "\(folder)/\(LikelihoodRatio.name(smaller, larger))/\(own)"
        try fits.require(plain, in: path, options)
      }
    }
  }

  private func write(
    _ fitted: [FittedJob], _ tests: [String: [ComponentSelection.Test]], to outputs: OutputFiles,
    folders: [String]
  ) throws {
    let results = job.sources.compactMap { source -> SelectionResult? in
      let name = source.name
      let candidates = fitted.compactMap { own in
        own.fitted.first { $0.source.name == name }?.candidate
      }
      guard !candidates.isEmpty else { return nil }
      return SelectionResult(
        dataSet: name,
        selection: ComponentSelection(candidates: candidates, tests: tests[name] ?? []))
    }
    let texts = results.map(SelectionText.init)
    let document = SelectionDocument(
      popmixVersion: fits.environment.version, job: job.plan.jobFile.name, results: results)
    let title = "# \(job.plan.jobFile.name)\n\n"
    try fits.write(
      [
        ("components.json", try document.text()),
        ("components.csv", SelectionTables(results).candidates),
        ("components.md", Array((title + texts.map(\.markdown).joined(separator: "\n")).utf8)),
      ], kind: .components,
      shown: texts.count <= 20 ? texts.map(\.terminal) : [SelectionText.totals(results)],
      to: outputs, folders: folders)
  }
}

/// The parametric bootstrap of the likelihood ratio of two numbers of components.
struct LikelihoodRatio {
  let null: FittedJob
  let alternative: FittedJob
  let test: LikelihoodRatioTest
  let fits: FitSequence
  let folder: String

  /// Draws data sets from the fits of the smaller model, and fits both models to them; collective.
  /// - Parameter names: of the data sets to test.
  /// - Returns: the test of each data set that both models could be fitted to; `nil` if the run
  ///   ended, as `ends` says.
  func run(dataSets names: [String], options: FitOptions, ends: inout Ends) throws
    -> [(name: String, test: ComponentSelection.Test)]?
  {
    let larger = alternative.objectives
    let tested = null.fitted.filter {
      names.contains($0.source.name) && larger[$0.source.name] != nil
    }
    guard !tested.isEmpty else { return [] }
    var found: [[String: Double]] = []
    for startsAtEstimates in [true, false] {
      let drawn = draws(of: tested, startsAtEstimates: startsAtEstimates)
      fits.announce(
        "likelihood ratio of \(null.componentCount) and \(alternative.componentCount) components, "
          + "\(counted(drawn.sources.count, "data set")) fitted with "
          + "\(drawn.plan.model.componentCount)")
      let (end, fitted) = try fits.fit(
        drawn, output: "\(folder)/\(startsAtEstimates ? "null" : "alternative")", options)
      guard ends.goesOn(after: end) else { return nil }
      found.append(try fits.communicator.shared(fitted?.objectives ?? [:]))
    }
    return tested.map { fitted in
      let name = fitted.source.name
      let ratios = (1...test.replicates).compactMap { number -> Double? in
        let own = Self.name(name, number)
        guard let smaller = found[0][own], let larger = found[1][own] else { return nil }
        return smaller - larger
      }
      let result = ComponentSelection.Test(
        components: null.componentCount,
        ratio: fitted.fit.minusTwoLogLikelihood - (larger[name] ?? .nan),
        replicates: ratios, failed: test.replicates - ratios.count, level: test.level)
      return (name, result)
    }
  }

  /// The job that fits the smaller model from the estimates, or the larger one as its job says, to
  /// data sets that are drawn from fits of the smaller.
  private func draws(of tested: [FittedJob.Fitted], startsAtEstimates: Bool) -> LoadedJob {
    let sources = tested.flatMap { fitted in
      (1...test.replicates).map { number -> DataSetSource in
        .resampled(
          name: Self.name(fitted.source.name, number),
          Resample(
            base: fitted.source, draw: .model(fitted.model), number: number, seed: test.seed,
            start: startsAtEstimates ? fitted.model.estimates : nil, labels: .none))
      }
    }
    let job = startsAtEstimates ? null.job : alternative.job
    return job.resampled(
      sources,
      // More replicates can be asked for later, and other data sets may come to be tested.
      origin: "likelihood-ratio \(null.fits.hash) \(test.seed)",
      plan: job.plan.forLikelihoods(startsAtEstimates: startsAtEstimates))
  }

  private static func name(_ base: String, _ number: Int) -> String { "\(base)#\(number)" }

  /// Of the folder of two numbers of components.
  static func name(_ smaller: Int, _ larger: Int) -> String {
    "likelihood-ratio/\(smaller)-\(larger)"
  }

  /// In it, one for each.
  static let folders = ["null", "alternative"]
}

extension FittedJob {
  /// K
  var componentCount: Int { job.plan.model.componentCount }

  /// −2 log L of each data set that could be fitted.
  var objectives: [String: Double] {
    Dictionary(
      fitted.map { ($0.source.name, $0.fit.minusTwoLogLikelihood) },
      uniquingKeysWith: { first, _ in first })
  }
}

extension FittedJob.Fitted {
  /// As one of several numbers of components.
  var candidate: ComponentSelection.Candidate {
    ComponentSelection.Candidate(
      components: model.model.componentCount, status: status, isRegular: isRegular,
      minusTwoLogLikelihood: fit.minusTwoLogLikelihood,
      samplingError: fit.samplingError?.minusTwoLogLikelihood,
      parameters: FreeParameters(model.model).count, aic: fit.aic, bic: fit.bic,
      icl: fit.icl ?? fit.bic, entropy: fit.entropy ?? 0, relativeEntropy: fit.relativeEntropy,
      leastWeight: model.estimates.weights.min() ?? 1)
  }
}
