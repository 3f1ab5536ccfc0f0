import Figures
import FoundationEssentials
import Glibc
import JobControl
import PopulationData
import Report

/// What a report consists of, once it is written.
public struct WrittenReport: Sendable {
  /// Path of the page.
  public let page: String
  public let pageBytes: Int
  public let figureCount: Int
  /// What is missing and why; sentences.
  public let notices: [String]
}

/// Reads an output folder and makes figures and a page.
public struct ReportMaker {
  let options: ReportOptions
  let version: String
  let gnuplot: Gnuplot
  /// Told what is being done.
  let progress: (String) -> Void

  /// - Throws: `JobFailure` if there is no gnuplot.
  public init(
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
  public func make() throws -> WrittenReport {
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
    let earlier = Self.figures(ofPage: "\(destination)/report.html")
    do throws(OutputError) {
      try OutputFile.makeFolder(destination + "/figures")
      for (name, drawn) in builder.drawn {
        try OutputFile.write(drawn.svg, to: "\(destination)/figures/\(name).svg")
        try OutputFile.write(drawn.pdf, to: "\(destination)/figures/\(name).pdf")
      }
      try OutputFile.write(page, to: "\(destination)/report.html")
    } catch {
      if case .folder = error { throw JobFailure(message: "\(error)", code: .cannotCreate) }
      throw JobFailure(message: "\(error)", code: .inputOutput)
    }
    for name in Set(earlier).subtracting(builder.drawn.map(\.name)) {
      unlink("\(destination)/figures/\(name).svg")
      unlink("\(destination)/figures/\(name).pdf")
    }
    return WrittenReport(
      page: "\(destination)/report.html", pageBytes: page.count, figureCount: builder.drawn.count,
      notices: builder.notices)
  }

  /// Names of the figures of a page that an earlier run has made there: those that are not made again would seem to belong to this one.
  private static func figures(ofPage path: String) -> [String] {
    guard let bytes = try? DatasetReader.contents(of: path) else { return [] }
    let mark = Array("<figure id=\"figure-".utf8)
    return bytes.split(separator: UInt8(ascii: "\n")).filter { $0.starts(with: mark) }.map { line in
      String(
        decoding: line.dropFirst(mark.count).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }.filter { Text.identifier($0) == $0 }
  }
}
