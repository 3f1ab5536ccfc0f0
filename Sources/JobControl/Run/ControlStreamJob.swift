package import ControlStreams
package import JobFiles
import OutputFolders
import PopulationData
import Report

/// The job that a NONMEM control stream is translated into, a file beside it.
package struct ControlStreamJob {
  package let path: String
  package let text: String
  package let notes: [String]

  /// Endings of control streams.
  static let endings = [".ctl", ".mod", ".nmctl", ".con"]

  /// Whether a file is a control stream, by its name.
  package static func isControlStream(_ path: String) -> Bool {
    endings.contains { path.lowercased().hasSuffix($0) }
  }

  /// The job's file: of `run1.ctl` `run1.yaml`; a job's own path otherwise.
  package static func jobPath(_ path: String) -> String {
    guard isControlStream(path), let dot = path.lastIndex(of: ".") else { return path }
    return path[..<dot] + ".yaml"
  }

  /// As `text`, but with the other place for outputs as NONMEM has them: an earlier translation may
  /// have had it.
  private let otherText: String
  private let inputs: InputFiles

  /// Reads and translates a control stream.
  ///
  /// Outputs as NONMEM has them go next to the control stream, unless a file of NONMEM or somebody
  /// else is in the place of one: then all go into the output folder.
  /// - Parameter output: the output folder, if it is not that of the job.
  /// - Throws: `JobFailure` if it cannot be read; `ControlStreamError` with all that cannot be
  ///   translated.
  package init(_ path: String, output: String? = nil) throws {
    guard let bytes = FileBytes.read(path) else {
      throw JobFailure(message: "\(path): cannot be read (\(SystemError())).", code: .noInput)
    }
    // Comments of old files are often Windows-1252.
    let text = plainText(bytes)
    let adjacent = try ControlStreamImport.job(from: text, path: path) { name, _ in name }
    let inOutput = try ControlStreamImport.job(from: text, path: path) { _, _ in nil }
    self.path = Self.jobPath(path)
    let inputs = InputFiles([(adjacent.dataPath, "the data"), (path, "the control stream")])
    self.inputs = inputs
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let job = try Self.checked(adjacent, of: path)
    let results = output ?? folder + job.output.value
    let files = OutputFiles(results, ledger: .ofFits, inputs: inputs)
    let foreign = try Self.formatPaths(of: job, folder: folder, results: results)
      .first { try !files.isFree($0) }
    (self.text, otherText) =
      foreign == nil ? (adjacent.text, inOutput.text) : (inOutput.text, adjacent.text)
    notice = foreign.map {
      "\($0): is not of popmix and stays; outputs as NONMEM has them go to the folder nonmem of the output."
    }
    notes = adjacent.notes + (notice.map { [$0] } ?? [])
  }

  /// Where outputs as NONMEM has them may go.
  private static func formatPaths(
    of job: JobFile, folder: String, results: String
  ) -> [String] {
    // What cannot be planned is told when it is to be fitted.
    guard let plan = try? RunPlan(job) else { return [] }
    let place = FormatPlace(
      folder: results, jobFolder: folder,
      dataSets: [FormatPlace.DataSet(name: "data", stem: "data", path: nil)], data: plan.format)
    return KnownFormat.all.compactMap { $0.format(plan) }
      .flatMap { $0.paths(place).map(\.path) }
  }

  /// The job of a control stream, read.
  /// - Throws: `ControlStreamError` if it says what no job can.
  package static func checked(
    _ job: ImportedJob, of path: String
  ) throws(ControlStreamError) -> JobFile {
    do { return try JobFileReader().read(job.text, path: jobPath(path)) } catch {
      guard case .invalid(let faults) = error else {
        throw ControlStreamError(path: path, ofItsJob: ["\(error)"])
      }
      throw ControlStreamError(path: path, ofItsJob: faults.map(\.message))
    }
  }

  /// What to tell of files that are in the way next to the control stream.
  let notice: String?

  /// Writes the job beside the control stream.
  /// - Parameters:
  ///   - other: another path.
  ///   - replacing: whether a job that is there and says something else is written over.
  /// - Throws: `JobFailure` where it is not; `OutputError`.
  package func write(to other: String? = nil, replacing: Bool = false) throws {
    let path = other ?? self.path
    let target = OutputTarget(path, .job)
    guard let stamp = FileStamp(path) else {
      let temporary = try OutputFile.stage(Array(text.utf8), for: path)
      return try OutputFile.move(temporary, to: path, replacing: false)
    }
    if let name = inputs.name(of: stamp) {
      throw FileInPlace.input(name).failure(target, entry: nil)
    }
    let isFile = FileStamp(path, followsLinks: true)?.isRegular == true
    let there = isFile ? FileBytes.read(path) : nil
    if there == Array(text.utf8) { return }
    guard stamp.isRegular else {
      throw FileInPlace.special(stamp.kind).failure(target, entry: nil)
    }
    guard there == Array(otherText.utf8) || replacing else {
      throw JobFailure(
        message:
          "\(path): there is a job of that name, and it differs from what the control stream says now; fit it as it is, or have it written anew by `popmix import --force`.",
        code: .cannotCreate)
    }
    guard let there, Self.isJob(there) else {
      throw JobFailure(
        message:
          "\(path): a file is there that is no job, and only jobs are written over; move it away, or \(target.origin.remedy).",
        code: .cannotCreate)
    }
    try OutputFile.write(text, to: path)
  }

  /// Whether a file has the line that each job has.
  private static func isJob(_ bytes: [UInt8]) -> Bool {
    bytes.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: "popmix:".utf8) }
  }
}
