import Glibc
import MessagePassing
import Report

/// The outputs of several runs, read and set side by side.
public struct OutputComparison: Sendable {
  /// On the first rank.
  public let comparison: FitComparison?
  /// What the outputs mean for the exit code: some or all of the fits may have failed.
  public let code: ExitStatus

  /// Reads outputs on the first rank; collective.
  /// - Parameters:
  ///   - paths: output folders, or the files `fit.json` in them.
  ///   - dataSet: the only data set to compare.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  public init(paths: [String], dataSet: String?, communicator: any Communicator) throws {
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
    let shared = try communicator.shared("\(status.rawValue)")
    code = Int32(shared).flatMap(ExitStatus.init) ?? .internal
  }

  private static func document(_ path: String) throws(JobFailure) -> FitDocument {
    let file = isFolder(path) ? "\(path)/fit.json" : path
    let bytes: [UInt8]
    switch contents(file) {
    case .success(let found): bytes = found
    case .failure(let code):
      let isUnfinished = file != path && code.rawValue == ENOENT && isFolder("\(path)/ledger")
      throw JobFailure(
        message: isUnfinished
          ? "\(path): the run is not finished, as there is a ledger and no fit.json; give its command again, "
            + "without --part."
          : "\(file): there are no results that can be read (\(String(cString: strerror(code.rawValue)))); "
            + "name the output folder of a fit.", code: .noInput)
    }
    do { return try FitDocument(reading: bytes) } catch {
      throw JobFailure(message: "\(file): \(error)", code: .data)
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private struct Code: Error { let rawValue: Int32 }

  private static func contents(_ path: String) -> Result<[UInt8], Code> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(Code(rawValue: errno)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return .failure(Code(rawValue: errno)) }
      if count == 0 { return .success(bytes) }
      bytes += buffer[..<count]
    }
  }
}
