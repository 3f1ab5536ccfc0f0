import Figures
import Glibc
import OutputFolders
import Report

/// What a report consists of, once it is written.
package struct WrittenReport: Sendable {
  /// Path of the page.
  package let page: String
  package let pageBytes: Int
  package let figureCount: Int
  /// What is missing and why; sentences.
  package let notices: [String]
}

/// Reads an output folder and makes figures and a page.
package struct ReportMaker {
  let options: ReportOptions
  let version: String
  let gnuplot: Gnuplot
  /// Told what is being done.
  let progress: (String) -> Void

  /// - Throws: `JobFailure` if there is no gnuplot.
  package init(
    _ options: ReportOptions, version: String, progress: @escaping (String) -> Void = { _ in }
  ) throws {
    self.options = options
    self.version = version
    self.progress = progress
    do throws(FigureError) { gnuplot = try Gnuplot.found() } catch {
      throw JobFailure(message: "\(error)", code: .unavailable)
    }
  }

  /// Makes the report.
  /// - Throws: `JobFailure`; nothing half-written is left.
  package func make() throws -> WrittenReport {
    let destination = options.destination ?? options.output + "/report"
    if let job = options.jobPath, access(job, R_OK) != 0 {
      throw JobFailure(
        message:
          "\(job): the job file that --job names cannot be read (\(String(cString: strerror(errno)))); give its place.",
        code: .noInput)
    }
    var builder = PageBuilder(gnuplot: gnuplot, progress: progress)
    let study = try StudyFolder(options.output)
    let folders: [(name: String?, folder: OutputFolder)] =
      if let study {
        try study.methods.map {
          ($0, try OutputFolder("\(options.output)/\($0)", jobPath: options.jobPath))
        }
      } else {
        [(nil, try OutputFolder(options.output, jobPath: options.jobPath))]
      }
    let files = OutputFiles(
      report: destination, inputs: inputs(folders.map(\.folder)),
      replaces: options.replacesForeign)
    try written {
      try files.require([
        OutputTarget("\(destination)/report.html", .report),
        // Which figures there are is known when they are made.
        OutputTarget("\(destination)/figures/any.svg", .report),
      ])
    }
    if let study { try builder.add(study) }
    for (name, folder) in folders {
      try builder.add(folder, method: name, options: options, version: version)
    }
    let first = folders.first?.folder.fit
    let title =
      "\(first?.job ?? study?.document.job ?? "popmix"): \(study == nil ? "fit" : "study")"
    let page = try builder.page(
      title: title,
      lead: study == nil
        ? "Fit of a nonlinear mixed-effects mixture model by popmix."
        : "Study by simulation: data sets drawn from known values and fitted by \(folders.count) method\(folders.count == 1 ? "" : "s") of popmix.",
      footer: "Made by popmix \(version). The page needs no network.")
    let figures = builder.drawn.flatMap { name, drawn in
      [("figures/\(name).svg", drawn.svg), ("figures/\(name).pdf", drawn.pdf)]
    }
    let kept = try written {
      try files.writeReport(
        (figures + [("report.html", page)]).map {
          (OutputTarget("\(destination)/\($0.0)", .report), $0.1)
        })
    }
    return WrittenReport(
      page: "\(destination)/report.html", pageBytes: page.count, figureCount: builder.drawn.count,
      notices: builder.notices + kept)
  }

  /// Does what may fail for the files of the report.
  private func written<Result>(_ work: () throws -> Result) throws -> Result {
    do { return try work() } catch let error as OutputError {
      if case .folder = error { throw JobFailure(message: "\(error)", code: .cannotCreate) }
      throw JobFailure(message: "\(error)", code: .inputOutput)
    }
  }

  /// What the report is made of.
  private func inputs(_ folders: [OutputFolder]) -> [(path: String, name: String)] {
    folders.flatMap { folder in
      let jobs = folder.jobPaths(given: options.jobPath)
      let data = jobs.flatMap { job in
        let parent = job.lastIndex(of: "/").map { job[...$0] } ?? ""
        return folder.fit.dataSets.map { data -> (path: String, name: String) in
          (data.name.hasPrefix("/") ? data.name : parent + data.name, "the data")
        }
      }
      return data + jobs.map { ($0, "the job file") }
    }
  }
}
