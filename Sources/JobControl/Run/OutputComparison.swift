import Glibc
package import MessagePassing
package import OutputFolders
package import Report
import Spelling

/// The outputs of several runs, read and set side by side.
package struct OutputComparison: Sendable {
  /// On the first rank.
  package let comparison: FitComparison?
  /// What the outputs mean for the exit code: some or all of the fits may have failed.
  package let code: ExitStatus

  /// Reads outputs on the first rank; collective.
  /// - Parameters:
  ///   - paths: output folders, or the files `fit.json` in them.
  ///   - dataSet: the only data set to compare.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package init(paths: [String], dataSet: String?, communicator: any Communicator) throws {
    comparison = try communicator.onFirstRank(failingWith: .inputOutput) {
      let found = try paths.map { (path: $0, document: try Self.document($0)) }
      let all = FitComparison(FitOutput.labelled(found))
      guard let dataSet else { return all }
      if let one = all.only(dataSet) { return one }
      let names = all.dataSets.map(\.name)
      let near = nearestName(to: dataSet, among: names).map { "; did you mean '\($0)'?" } ?? ""
      throw JobFailure(
        message: "--data-set: no output has a data set '\(dataSet)', but "
          + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "") + near,
        code: .usage)
    }
    let failures = comparison?.failures
    let status: ExitStatus =
      switch failures {
      case .some(let count) where count.failed == count.all: .estimation
      case .some(let count) where count.failed > 0: .someFailed
      default: .success
      }
    code = ExitStatus(rawValue: try communicator.shared(status.rawValue)) ?? .internal
  }

  private static func document(_ path: String) throws(JobFailure) -> FitDocument {
    let file = isFolder(path) ? "\(path)/fit.json" : path
    guard let bytes = FileBytes.read(file) else {
      let code = errno
      if let methods = studyMethods(path) {
        throw JobFailure(
          message: "\(path): is the output of a study; name the folders of its methods: "
            + methods.map { "\(path)/\($0)" }.joined(separator: " "), code: .noInput)
      }
      let isUnfinished = file != path && code == ENOENT && isFolder("\(path)/ledger")
      throw JobFailure(
        message: isUnfinished
          ? "\(path): the run is not finished, as there is a ledger and no fit.json; give its command again, "
            + "without --part."
          : "\(file): there are no results that can be read (\(String(cString: strerror(code)))); "
            + "name the output folder of a fit.", code: .noInput)
    }
    do { return try FitDocument(json: bytes, path: file) } catch {
      throw JobFailure(message: "\(error)", code: .data)
    }
  }

  /// The methods of a study whose output the folder is.
  private static func studyMethods(_ path: String) -> [String]? {
    let file = "\(path)/study.json"
    return FileBytes.read(file).flatMap { try? StudyDocument(json: $0, path: file) }
      .map { $0.methods.map(\.name) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
