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
    for (place, alternative) in job.alternatives.enumerated() {
      let count = alternative.plan.model.componentCount
      let own = "\(folder)/\(Self.name(count))"
      fits.announce("\(counted(count, "component")), \(place + 1) of \(job.alternatives.count)")
      let code = try fits.fit(alternative, output: own, options)
      guard ends.goesOn(after: code) else { return code }
      if options.part == nil, code != .estimation {
        fitted.append(
          try FittedJob(alternative, folder: own, communicator: fits.communicator))
      }
    }
    if options.part != nil { return ends.worst }
    guard !fitted.isEmpty else { return ends.worst }
    var tests: [String: [ComponentSelection.Test]] = [:]
    if let test = job.plan.jobFile.likelihoodRatioTest {
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
          return ends.last
        }
        if !found.isEmpty { folders += LikelihoodRatio.folders.map { "\(name)/\($0)" } }
        for (name, result) in found { tests[name, default: []].append(result) }
      }
    }
    _ = try fits.communicator.onFirstRank(failingWith: .inputOutput) {
      try write(fitted, tests, to: outputs, folders: folders)
    }
    return ends.worst
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
    let larger = Dictionary(
      alternative.fitted.map { ($0.source.name, $0.fit) }, uniquingKeysWith: { first, _ in first })
    let tested = null.fitted.filter {
      names.contains($0.source.name) && larger[$0.source.name] != nil
    }
    guard !tested.isEmpty else { return [] }
    func sources(startingAtEstimates: Bool) -> [DataSetSource] {
      tested.flatMap { fitted in
        (1...test.replicates).map { number in
          .resampled(
            name: Self.name(fitted.source.name, number),
            Resample(
              base: fitted.source, draw: .model(fitted.model), number: number, seed: test.seed,
              start: startingAtEstimates ? fitted.model.estimates : nil, labels: .none))
        }
      }
    }
    var found: [[String: Double]] = []
    for (own, startsAtEstimates) in [(null, true), (alternative, false)] {
      let count = own.componentCount
      fits.announce(
        "likelihood ratio of \(null.componentCount) and \(alternative.componentCount) components, "
          + "\(counted(tested.count * test.replicates, "data set")) fitted with \(count)")
      let job = own.job.resampled(
        sources(startingAtEstimates: startsAtEstimates),
        // More replicates can be asked for later, and other data sets may come to be tested.
        origin: "likelihood-ratio \(null.hash) \(test.seed)",
        plan: own.job.plan.forLikelihoods(startsAtEstimates: startsAtEstimates))
      let folder = "\(folder)/\(startsAtEstimates ? "null" : "alternative")"
      let code = try fits.fit(job, output: folder, options)
      guard ends.goesOn(after: code) else { return nil }
      if code == .estimation {
        found.append([:])
        continue
      }
      let result = try FittedJob(job, folder: folder, communicator: fits.communicator)
      found.append(
        Dictionary(
          result.fitted.map { ($0.source.name, $0.fit.minusTwoLogLikelihood) },
          uniquingKeysWith: { first, _ in first }))
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
        ratio: fitted.fit.minusTwoLogLikelihood - (larger[name]?.minusTwoLogLikelihood ?? .nan),
        replicates: ratios, failed: test.replicates - ratios.count, level: test.level)
      return (name, result)
    }
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
