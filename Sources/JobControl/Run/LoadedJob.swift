package import DataSets
package import JobFiles
package import MessagePassing
import OutputFolders
package import Report
import Study

/// A job that all ranks know: read and checked by the first one, which is the only one that needs
/// to see the files.
package struct LoadedJob: Sendable {
  package let plan: RunPlan
  /// The job file as it is.
  package let text: String
  /// The data sets in their order.
  package let sources: [DataSetSource]
  /// The method of a study whose part this is; `nil` for the job itself.
  let method: String?
  /// What its data sets are drawn from, if they are drawn from results of other fits.
  let origin: String?
  /// Where the job asks for several numbers of components, the job of each, in ascending order;
  /// `plan` is that of the largest then.
  package let alternatives: [LoadedJob]
  /// That the job was translated from.
  let controlStream: String?
  /// What the user should know of how the files were found, on the first rank.
  package let notices: [String]

  /// Formats of other programs beside those that the job asks for.
  package var ownFormats: [any ResultFormat] = []

  /// Tables that are wanted beside those that every job has; a study makes none of its methods'
  /// fits.
  var tables: [ResultTable] {
    guard hasOwnOutputs else { return [] }
    let needed: [ResultTable] =
      (ownFormats.isEmpty ? [] : [.moments])
      + (ownFormats.contains { $0.needsObservations } ? [.observations] : [])
    return plan.tables + needed.filter { !plan.tables.contains($0) }
  }

  /// Whether its results are wanted for themselves, not for a study or of data sets that are drawn
  /// from results.
  var hasOwnOutputs: Bool { method == nil && origin == nil }

  /// The job with some of its data sets: every `count`-th, from that in place `number` on.
  package func part(_ part: JobPart) -> LoadedJob {
    with(
      sources: sources.indices.filter { $0 % part.count == part.number - 1 }.map { sources[$0] },
      alternatives: alternatives.map { $0.part(part) })
  }

  /// The job's fits to data sets that are drawn from results.
  /// - Parameters:
  ///   - origin: a text that is another one where the data sets are others.
  ///   - plan: how they are fitted.
  func resampled(_ sources: [DataSetSource], origin: String, plan: RunPlan) -> LoadedJob {
    with(plan: plan, sources: sources, alternatives: [], origin: origin)
  }

  private init(
    plan: RunPlan, text: String, sources: [DataSetSource], method: String? = nil,
    origin: String? = nil, alternatives: [LoadedJob] = [], controlStream: String? = nil,
    notices: [String] = []
  ) {
    self.plan = plan
    self.text = text
    self.sources = sources
    self.method = method
    self.origin = origin
    self.alternatives = alternatives
    self.controlStream = controlStream
    self.notices = notices
  }

  /// The same job but for what is given.
  func with(
    plan: RunPlan? = nil, sources: [DataSetSource]? = nil, alternatives: [LoadedJob],
    origin: String? = nil
  ) -> LoadedJob {
    var job = LoadedJob(
      plan: plan ?? self.plan, text: text, sources: sources ?? self.sources, method: method,
      origin: origin ?? self.origin, alternatives: alternatives, controlStream: controlStream,
      notices: origin == nil ? notices : [])
    job.ownFormats = ownFormats
    return job
  }

  /// The fits of one method of the job's study to its simulated data sets.
  /// - Throws: `JobError.invalid` if the method cannot be run with the job's model.
  func study(_ method: StudySpecification.Method) throws(JobError) -> LoadedJob {
    var jobFile = plan.jobFile
    jobFile.data = nil
    jobFile.estimation = method.options
    let plan = try RunPlan(jobFile)
    let all = try Self.sources(plan).sources
    return LoadedJob(
      plan: plan, text: text, sources: Array(all.prefix(method.dataSets ?? all.count)),
      method: method.name, controlStream: controlStream)
  }

  /// Reads the job file on the first rank and shares it; collective. A control stream is imported
  /// first.
  /// - Parameter output: the output folder that the command line names.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package init(path: String, output: String? = nil, communicator: any Communicator) throws {
    let controlStream = ControlStreamJob.isControlStream(path) ? path : nil
    var notices: [String] = []
    if let controlStream {
      try communicator.onFirstRank(failingWith: .jobFile) {
        let job = try ControlStreamJob(controlStream, output: output)
        try job.write()
        if let notice = job.notice { notices = [notice] }
      }
    }
    let path = ControlStreamJob.jobPath(path)
    let read = try communicator.onFirstRank(failingWith: .jobFile) {
      let text: String
      do throws(JobError) { text = try JobFileReader.text(ofFile: path) } catch {
        if case .invalid = error { throw error }
        throw JobFailure(message: "\(error)", code: .noInput)
      }
      let variants = try Self.variants(of: text, path: path)
      let found = try Self.sources(
        variants[0].plan,
        outputs: [output, Self.outputFolder(of: variants[0].plan)].compactMap { $0 })
      return (text: text, sources: found.sources, notices: found.notices)
    }
    let text = try communicator.shared(read?.text ?? "")
    let variants = try Self.variants(of: text, path: path)
    let plan = variants[variants.count - 1].plan
    // Only the first rank looks for the files that a glob finds.
    let paths = try communicator.shared(
      read?.sources.compactMap(\.path) ?? [])
    let sources =
      plan.jobFile.data == nil
      ? try Self.sources(plan).sources
      : Self.files(paths, plan)
    self.init(
      plan: plan, text: text, sources: sources,
      alternatives: variants.count == 1
        ? []
        : variants.map {
          LoadedJob(
            plan: $0.plan, text: $0.text, sources: sources, controlStream: controlStream,
            notices: notices + (read?.notices ?? []))
        }, controlStream: controlStream, notices: notices + (read?.notices ?? []))
  }

  /// The job, or for a range of numbers of components that of each number.
  private static func variants(of text: String, path: String) throws(JobError)
    -> [(text: String, plan: RunPlan)]
  {
    guard let range = try ComponentRange(in: text, path: path) else {
      let plan = try RunPlan(JobFileReader().read(text, path: path))
      if let test = plan.jobFile.likelihoodRatioTest {
        throw .invalid([
          JobDiagnostic(
            path: path, line: test.place.line, column: test.place.column,
            message:
              "'likelihood-ratio-test' stands beside one number of components, expected a range in 'mixture.components', such as 1..3; "
              + "give one, or remove the section.")
        ])
      }
      return [(text, plan)]
    }
    var variants: [(text: String, plan: RunPlan)] = []
    for number in range.numbers {
      let own = range.text(components: number)
      var jobFile = try JobFileReader().read(own, path: path)
      if number > 1, !range.givesStarts {
        jobFile.estimation.starts = .exactly(ComponentRange.defaultStarts)
      }
      variants.append((own, try RunPlan(jobFile)))
    }
    return variants
  }

  /// - Parameter outputs: folders whose results are no data.
  private static func sources(
    _ plan: RunPlan, outputs: [String] = []
  ) throws(JobError) -> (sources: [DataSetSource], notices: [String]) {
    guard plan.jobFile.data == nil else {
      let found = try plan.jobFile.dataFiles(without: outputs)
      return (files(found.paths, plan), found.notices)
    }
    return (
      plan.simulatedNames.enumerated().map { .simulated(name: $1, number: $0 + 1) }, []
    )
  }

  /// Files are named as the job names them, relative to its folder, so that results do not depend
  /// on the working folder.
  private static func files(_ paths: [String], _ plan: RunPlan) -> [DataSetSource] {
    let folder = plan.jobFile.path.lastIndex(of: "/").map { plan.jobFile.path[...$0] } ?? ""
    return paths.map { path in
      .file(path, name: path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path)
    }
  }

  /// The output folder as the job says, or as the command line does.
  package func outputFolder(override: String?) -> String {
    override ?? Self.outputFolder(of: plan)
  }

  private static func outputFolder(of plan: RunPlan) -> String {
    let folder = plan.jobFile.output.value
    guard !folder.hasPrefix("/"), let slash = plan.jobFile.path.lastIndex(of: "/") else {
      return folder
    }
    return plan.jobFile.path[...slash] + folder
  }
}

/// Some of the data sets of a job, for runs that share it: one of several parts.
package struct JobPart: Sendable, Equatable {
  /// From 1.
  package let number: Int
  package let count: Int

  package init(number: Int, of count: Int) {
    precondition((1...count).contains(number))
    self.number = number
    self.count = count
  }
}
