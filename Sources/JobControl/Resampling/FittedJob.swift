import DataSets
import JobFiles
import MessagePassing
import OutputFolders
import PopulationModel
import Report
import Study

/// The results of a job, as they stand in its output folder, on all ranks.
struct FittedJob {
  let job: LoadedJob
  let folder: String
  let document: FitDocument
  /// Of `fit.json`, and so of all that is drawn from it.
  let hash: String

  /// Reads them; collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  init(_ job: LoadedJob, folder: String, communicator: any Communicator) throws {
    var bytes: [UInt8] =
      try communicator.onFirstRank(failingWith: .noInput) { try Self.bytes(in: folder) } ?? []
    try communicator.broadcast(&bytes, root: 0)
    self.job = job
    self.folder = folder
    hash = sha256(bytes)
    document = try communicator.onEveryRank(failingWith: .data) {
      let document = try FitDocument(json: bytes, path: "\(folder)/fit.json")
      try document.require(shapeOf: job.plan.model, path: "\(folder)/fit.json")
      return document
    }
  }

  /// The results of fits in an output folder.
  /// - Throws: `JobFailure` if they cannot be read.
  static func bytes(in folder: String) throws(JobFailure) -> [UInt8] {
    let path = "\(folder)/fit.json"
    guard let bytes = FileBytes.read(path) else {
      throw JobFailure(
        message: "\(path): cannot be read (\(SystemError())); give --restart to fit all anew.",
        code: .noInput)
    }
    return bytes
  }

  /// A data set with its fit.
  struct Fitted {
    let source: DataSetSource
    let fit: FitDocument.Fit
    let status: String
    /// Whether the fit ended as it should.
    let isRegular: Bool
    let model: FittedModel
  }

  /// The data sets that could be fitted, in order.
  var fitted: [Fitted] {
    let fits = Dictionary(document.dataSets.map { ($0.name, $0) }) { first, _ in first }
    return job.sources.compactMap { source in
      guard let dataSet = fits[source.name], let fit = dataSet.fit else { return nil }
      return Fitted(
        source: source, fit: fit, status: dataSet.status, isRegular: dataSet.isRegular,
        model: FittedModel(model: job.plan.model, estimates: fit.estimates.parameters))
    }
  }

  /// τ of the subjects of each data set; collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  func memberships(communicator: any Communicator) throws -> [String: [[Double]]] {
    let count = job.plan.model.componentCount
    let names = fitted.map(\.source.name)
    let own = try communicator.onFirstRank(failingWith: .data) {
      let classes = try SubjectClasses(path: "\(folder)/subjects.csv", componentCount: count)
      return names.reduce(into: [String: [[Double]]]()) { tables, name in
        tables[name] = (classes.subjects[name] ?? 0..<0).map(classes.membership)
      }
    }
    return try communicator.shared(own ?? [:])
  }
}
