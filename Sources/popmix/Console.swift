import Estimation
import JobControl
import Logging
import Report

/// Tells a person what the job does: tables on standard output; progress on standard error, as one line that is written over on
/// a terminal and as plain lines with a time in a log file.
struct Console: JobObserver {
  private let logger: Logger
  private let isQuiet: Bool
  private let isTerminal: Bool

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isTerminal = StandardStream.error.isTerminal
    var logger = Logger(label: "popmix") { _ in LineLogHandler() }
    logger.logLevel = isQuiet ? .warning : .info
    self.logger = logger
  }

  func begins(
    _ name: String, number: Int, of count: Int, subjects: Int, observations: Int
  ) {
    let position = count > 1 ? "data set \(number) of \(count), " : ""
    say(
      "\(position)\(name): \(counted(subjects, "subject")), "
        + counted(observations, "observation"))
  }

  func iterated(_ record: IterationRecord, settings: EstimationSettings) {
    guard !isQuiet else { return }
    let number = record.iteration + 1
    let limit = settings.method == .paper ? " of \(settings.iterations)" : ""
    let logLikelihood = fixed(record.logLikelihood, 4)
    let text =
      record.step.map {
        "iteration \(number)\(limit): log L \(logLikelihood), step \(significant($0, 2))"
      } ?? "at the estimates: log L \(logLikelihood)"
    if isTerminal {
      // Erase to the end of the line first: the line before may have been longer.
      StandardStream.error.write("\r\u{1B}[K\(text)")
      if record.step == nil { StandardStream.error.write("\r\u{1B}[K") }
    } else if Self.isWorthALine(number) || record.step == nil {
      logger.info("\(text)")
    }
  }

  func finished(_ result: DataSetResult, number: Int, of count: Int) {
    switch result.outcome {
    case .failed(let reason): Program.complain(reason)
    case .fitted:
      for line in result.notUsed { say("\(result.name): \(line)") }
      // Many tables are not read: one line each, and the rest is in the files.
      let text =
        count > Self.tableLimit
        ? SummaryLine(result).text : (ParameterTable(result)?.text ?? "") + "\n"
      StandardStream.output.write(text.printable)
    }
  }

  func wrote(_ results: [DataSetResult], folder: String, files: [String]) {
    let paths = files.map { "\(folder)/\($0)" }.joined(separator: ", ")
    let summary = results.count > 1 ? SummaryLine.total(results) : ""
    StandardStream.output.write("\(summary)results: \(paths)\n".printable)
  }

  /// The largest number of data sets whose tables are printed.
  private static let tableLimit = 3

  private func say(_ text: String) {
    let text = text.printable
    if isTerminal && !isQuiet {
      StandardStream.error.write(text + "\n")
    } else {
      logger.info("\(text)")
    }
  }

  /// 1, 2, 5, 10, 20, 50, 100, then every hundredth: enough to see life, not too much to read.
  private static func isWorthALine(_ number: Int) -> Bool {
    [1, 2, 5, 10, 20, 50].contains(number) || number.isMultiple(of: 100)
  }
}
