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
    say("\(position)\(name): \(subjects) subjects, \(observations) observations")
  }

  func iterated(_ record: IterationRecord, settings: EstimationSettings) {
    guard !isQuiet else { return }
    let number = record.iteration + 1
    let limit = settings.method == .paper ? " of \(settings.iterations)" : ""
    let step = record.step.map { ", step \(significant($0, 2))" } ?? ", at the estimates"
    let text = "iteration \(number)\(limit): log L \(fixed(record.logLikelihood, 4))\(step)"
    if isTerminal {
      // Erase to the end of the line first: the line before may have been longer.
      StandardStream.error.write("\r\u{1B}[K\(text)")
      if record.step == nil { StandardStream.error.write("\r\u{1B}[K") }
    } else if Self.isWorthALine(number) || record.step == nil {
      logger.info("\(text)")
    }
  }

  func finished(_ result: DataSetResult) {
    switch result.outcome {
    case .failed(let reason): Program.complain(reason)
    case .fitted:
      for line in result.notUsed { say("not used: \(line)") }
      if let table = ParameterTable(result) { StandardStream.output.write(table.text + "\n") }
    }
  }

  func wrote(folder: String, files: [String]) {
    StandardStream.output.write(
      "results: " + files.map { "\(folder)/\($0)" }.joined(separator: ", ") + "\n")
  }

  private func say(_ text: String) {
    if isTerminal && !isQuiet { StandardStream.error.write(text + "\n") } else { logger.info("\(text)") }
  }

  /// 1, 2, 5, 10, 20, 50, 100, then every hundredth: enough to see life, not too much to read.
  private static func isWorthALine(_ number: Int) -> Bool {
    [1, 2, 5, 10, 20, 50].contains(number) || number.isMultiple(of: 100)
  }
}
