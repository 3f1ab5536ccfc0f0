import MessagePassing
import Study

/// A job that all ranks know: read and checked by the first one, which is the only one that needs to see the files.
public struct LoadedJob: Sendable {
  public let plan: RunPlan
  /// The job file as it is.
  public let text: String
  /// The data sets in their order.
  public let sources: [DataSetSource]
  /// The method of a study whose part this is; `nil` for the job itself.
  let method: String?

  /// Tables that are wanted beside those that every job has; a study makes none of its methods' fits.
  var tables: [ResultTable] { method == nil ? plan.jobFile.tables : [] }

  /// The job with some of its data sets: every `count`-th, from that in place `number` on.
  public func part(_ part: JobPart) -> LoadedJob {
    LoadedJob(
      plan: plan, text: text,
      sources: sources.indices.filter { $0 % part.count == part.number - 1 }.map { sources[$0] },
      method: method)
  }

  private init(plan: RunPlan, text: String, sources: [DataSetSource], method: String?) {
    self.plan = plan
    self.text = text
    self.sources = sources
    self.method = method
  }

  /// The fits of one method of the job's study to its simulated data sets.
  /// - Throws: `JobError.invalid` if the method cannot be run with the job's model.
  func study(_ method: StudySpecification.Method) throws(JobError) -> LoadedJob {
    var jobFile = plan.jobFile
    jobFile.data = nil
    jobFile.estimation = method.options
    let plan = try RunPlan(jobFile)
    let all = try Self.sources(plan)
    return LoadedJob(
      plan: plan, text: text, sources: Array(all.prefix(method.dataSets ?? all.count)),
      method: method.name)
  }

  /// Reads the job file on the first rank and shares it; collective.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  public init(path: String, communicator: any Communicator) throws {
    let read = try communicator.onFirstRank(failingWith: .jobFile) {
      let text: String
      do throws(JobError) { text = try JobFileReader.text(ofFile: path) } catch {
        if case .invalid = error { throw error }
        throw JobFailure(message: "\(error)", code: .noInput)
      }
      let plan = try RunPlan(JobFileReader().read(text, path: path))
      return (text: text, sources: try Self.sources(plan))
    }
    method = nil
    text = try communicator.shared(read?.text)
    plan = try RunPlan(JobFileReader().read(text, path: path))
    // Only the first rank looks for the files that a glob finds.
    let paths = try communicator.shared(
      read?.sources.map { $0.path ?? "" }.joined(separator: "\0"))
    sources =
      plan.jobFile.data == nil
      ? try Self.sources(plan) : Self.files(paths.split(separator: "\0").map(String.init), plan)
  }

  private static func sources(_ plan: RunPlan) throws(JobError) -> [DataSetSource] {
    if plan.jobFile.data != nil { return files(try plan.jobFile.dataFiles(), plan) }
    return plan.simulatedNames.enumerated().map { .simulated(name: $1, number: $0 + 1) }
  }

  /// Files are named as the job names them, relative to its folder, so that results do not depend on the working folder.
  private static func files(_ paths: [String], _ plan: RunPlan) -> [DataSetSource] {
    let folder = plan.jobFile.path.lastIndex(of: "/").map { plan.jobFile.path[...$0] } ?? ""
    return paths.map { path in
      .file(path, name: path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path)
    }
  }

  /// The output folder as the job says, or as the command line does.
  public func outputFolder(override: String?) -> String {
    if let override { return override }
    let folder = plan.jobFile.output.value
    guard !folder.hasPrefix("/"), let slash = plan.jobFile.path.lastIndex(of: "/") else {
      return folder
    }
    return plan.jobFile.path[...slash] + folder
  }
}

/// Some of the data sets of a job, for runs that share it: one of several parts.
public struct JobPart: Sendable, Equatable {
  /// From 1.
  public let number: Int
  public let count: Int

  public init(number: Int, of count: Int) {
    precondition((1...count).contains(number))
    self.number = number
    self.count = count
  }
}

/// Where the rows of a data set come from.
public enum DataSetSource: Sendable, Equatable {
  case file(String, name: String)
  /// Drawn from the job's simulation, counted from 1.
  case simulated(name: String, number: Int)

  var path: String? { if case .file(let path, _) = self { path } else { nil } }

  public var name: String {
    switch self {
    case .file(_, let name), .simulated(let name, _): name
    }
  }
}

extension RunPlan {
  /// Names of the files that `simulate` writes: job name and number, padded so that they sort.
  public var simulatedNames: [String] {
    guard let count = jobFile.simulation?.dataSets else { return [] }
    let width = "\(count)".count
    return (1...count).map { number in
      let digits = "\(number)"
      return "\(jobFile.name)_" + String(repeating: "0", count: width - digits.count) + digits
        + ".csv"
    }
  }
}
