import FoundationEssentials
import Glibc
import JobControl
import PopulationData

/// The output folder of a fit, or of one method of a study.
struct OutputFolder {
  let path: String
  let fit: SavedFit
  let run: SavedRun?
  /// The job as it was fitted; its path is that of the job file, as far as it is known.
  let plan: RunPlan

  /// - Parameter jobPath: where the job file is now, if it is not where it was.
  /// - Throws: `JobFailure`.
  init(_ path: String, jobPath: String?) throws {
    self.path = path
    let bytes = try Self.bytes("\(path)/fit.json", of: "fit")
    do {
      fit = try JSONDecoder.popmix.decode(SavedFit.self, from: Data(bytes))
    } catch {
      throw JobFailure(
        message:
          "\(path)/fit.json: the file is damaged or of another version of popmix; fit again.",
        code: .data)
    }
    guard fit.schema == "popmix-fit" else {
      throw JobFailure(
        message:
          "\(path)/fit.json: its schema is \(fit.schema), popmix-fit was expected; give the output folder of a fit.",
        code: .data)
    }
    run = try? JSONDecoder.popmix.decode(
      SavedRun.self, from: Data(Self.bytes("\(path)/run.json", of: "run")))
    let job = jobPath ?? run?.jobFile ?? "job.yaml"
    do {
      plan = try RunPlan(JobFileReader().read(fit.jobText, path: job))
    } catch {
      throw JobFailure(
        message:
          "\(path)/fit.json: the job in it cannot be read by this version of popmix (\(error)); fit again.",
        code: .data)
    }
  }

  /// - Parameter command: what would have written the file.
  static func bytes(_ path: String, of command: String) throws -> [UInt8] {
    do throws(DatasetError) { return try DatasetReader.contents(of: path) } catch {
      var reason = "\(error)"
      if case .unreadable(_, let system) = error { reason = system }
      throw JobFailure(
        message:
          "\(path): the results cannot be read (\(reason)); give the output folder of a finished fit or study.",
        code: .noInput)
    }
  }

  func subjects(of dataSet: String) throws -> SubjectRows {
    try SubjectRows(
      TableFile(path: "\(path)/subjects.csv"), dataSet: dataSet, model: plan.model)
  }

  func iterations(of dataSet: String) throws -> IterationRows {
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
