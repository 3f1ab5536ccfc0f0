import Glibc
import JobFiles
import OutputFolders
import PopulationData
import Report

/// The output folder of a fit, or of one method of a study.
struct OutputFolder {
  let path: String
  let fit: FitDocument
  let run: RunDocument?
  /// The job as it was fitted; its path is that of the job file, as far as it is known.
  let plan: RunPlan
  /// As the job file has them now, if it asks for the same fits.
  let units: [String: String]

  /// - Parameter jobPath: where the job file is now, if it is not where it was.
  /// - Throws: `JobFailure`.
  init(_ path: String, jobPath: String?) throws {
    self.path = path
    if access("\(path)/fit.json", F_OK) != 0, access("\(path)/ledger", F_OK) == 0 {
      throw JobFailure(
        message:
          "\(path): there is a ledger and no fit.json, so that the run is not finished or all fits have failed; give the command of the fit again.",
        code: .noInput)
    }
    if access("\(path)/fit.json", F_OK) != 0, access("\(path)/components.json", F_OK) == 0 {
      throw JobFailure(
        message:
          "\(path): has fits with several numbers of components; give the folder of one of them, such as \(path)/components-2.",
        code: .noInput)
    }
    let bytes = try Self.bytes("\(path)/fit.json")
    do throws(DocumentError) { fit = try FitDocument(json: bytes, path: "\(path)/fit.json") } catch
    {
      throw JobFailure(message: "\(error)", code: .data)
    }
    run = FileBytes.read("\(path)/run.json").flatMap {
      try? RunDocument(json: $0, path: "\(path)/run.json")
    }
    let job = jobPath ?? run?.jobFile ?? "job.yaml"
    do {
      plan = try RunPlan(JobFileReader().read(fit.jobText, path: job))
    } catch {
      throw JobFailure(
        message:
          "\(path)/fit.json: the job in it cannot be read by this version of popmix (\(error)); fit again.",
        code: .data)
    }
    let fitted = JobFileReader.canonicalText(of: fit.jobText)
    let now = (try? JobFileReader.text(ofFile: job)).flatMap { text in
      JobFileReader.canonicalText(of: text) == fitted
        ? try? JobFileReader().read(text, path: job) : nil
    }
    units = (now ?? plan.jobFile).units
  }

  /// - Throws: `JobFailure` if the file cannot be read.
  static func bytes(_ path: String) throws -> [UInt8] {
    do throws(DatasetError) { return try DatasetReader.contents(of: path) } catch {
      var reason = "\(error)"
      if case .unreadable(_, let system) = error { reason = system }
      throw JobFailure(
        message:
          "\(path): the results cannot be read (\(reason)); give the output folder of a finished fit or study.",
        code: .noInput)
    }
  }

  func subjects(of dataSet: FitDocument.DataSet) throws -> SubjectRows {
    try SubjectRows(
      TableFile(path: "\(path)/subjects.csv"), dataSet: dataSet, model: plan.model)
  }

  func iterations(of dataSet: FitDocument.DataSet) throws -> IterationRows {
    try IterationRows(TableFile(path: "\(path)/iterations.csv"), dataSet: dataSet)
  }

  /// Where the job file may be, the likeliest first.
  func jobPaths(given: String?) -> [String] {
    if let given { return [given] }
    var paths = run.map { [$0.jobFile] } ?? []
    // The output folder may have moved together with the job.
    let output = plan.jobFile.output.value
    for folder in [path, realPath(path)].compactMap({ $0 }) {
      let trimmed = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
      if !output.hasPrefix("/"), trimmed.hasSuffix("/" + output) {
        paths.append(String(trimmed.dropLast(output.count)) + "job.yaml")
      } else if trimmed == output {
        paths.append("job.yaml")
      }
    }
    return paths
  }

  private func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
