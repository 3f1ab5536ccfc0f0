import ArgumentParser
import FitReport
import JobControl
import MessagePassing
import OutputFolders
import Report

/// `popmix report OUTPUT`
struct ReportCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make a page and figures of the results of a fit or a study.",
    discussion: """
      Writes report.html, one page with all figures in it that needs no network, and the figures as SVG and PDF files. gnuplot draws \
      them. Figures that need the data are made if the data are where they were, or where --job says, and have not changed.
      """)

  @Argument(help: "The output folder of popmix fit or popmix study.", completion: .directory)
  var results: String

  @Option(
    name: [.long, .short], help: "Folder of the report; the folder report in OUTPUT if left out.")
  var output: String?

  @Option(
    help:
      "Where the job file is now, if it has moved since the fit; data are found from its folder.",
    completion: .file(extensions: ["yaml", "yml"]))
  var job: String?

  @Option(
    name: .customLong("data-set"),
    help: ArgumentHelp(
      "Make the figures of this data set, as it is called in estimates.csv; may be given several times (default: the first regular one).",
      valueName: "name"))
  var dataSets: [String] = []

  @Option(
    help: ArgumentHelp(
      "Subjects with a panel of their own: best, worst, or IDs with commas between them (default: some of the best and some of the worst).",
      valueName: "which"))
  var subjects: String?

  @Flag(
    name: .customLong("prediction-correction"),
    help: "Correct the visual predictive check for doses and times that differ within a bin.")
  var isPredictionCorrected = false

  @Option(
    help: ArgumentHelp(
      "Make the visual predictive check for each value of this column of the data, or for four ranges of it.",
      valueName: "column"))
  var stratify: String?

  @Flag(
    help: "Also replace files that popmix has not written, or that have been changed since.")
  var overwrite = false

  @Flag(name: [.long, .short], help: "Print errors and what is missing only.")
  var quiet = false

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    _ = try communicator.onFirstRank(failingWith: .internal) {
      var options = ReportOptions(output: results)
      options.destination = output
      options.jobPath = job
      options.replacesForeign = overwrite
      options.dataSets = dataSets
      options.subjects = chosenSubjects
      options.isPredictionCorrected = isPredictionCorrected
      options.stratification = stratify
      let isTalking = !quiet && StandardStream.error.isTerminal
      let maker = try ReportMaker(options, version: PopmixCommand.version) { text in
        if isTalking { StandardStream.error.write("\r\u{1B}[K\(text.printable)") }
      }
      let made = Result { try maker.make() }
      if isTalking { StandardStream.error.write("\r\u{1B}[K") }
      let written = try made.get()
      for notice in written.notices { Program.complain(notice) }
      guard !quiet else { return }
      let size = fixed(Double(written.pageBytes) / 1e6, 1)
      StandardStream.output.write(
        "report: \(written.page), \(size) MB, \(Self.figures(written.figureCount))\n".printable)
    }
    return .success
  }

  private static func figures(_ count: Int) -> String {
    switch count {
    case 0: "no figures, as there is no fit that could be drawn"
    case 1: "1 figure, also as SVG and PDF in figures beside it"
    default: "\(count) figures, also as SVG and PDF in figures beside it"
    }
  }

  private var chosenSubjects: ChosenSubjects {
    switch subjects {
    case nil: .bestAndWorst
    case "best"?: .best
    case "worst"?: .worst
    case let ids?: .ids(ids.split(separator: ",").map(String.init))
    }
  }
}
