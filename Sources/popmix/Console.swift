import Estimation
import JobControl
import Logging
import Report
import Spelling

/// Tells a person what the job does: tables on standard output; progress on standard error, as one
/// line that is written over on a terminal and as plain lines with a time in a log file.
final class Console: JobObserver {
  private let logger: Logger
  private let isQuiet: Bool
  private let isTerminal: Bool
  /// Whether single fits are told about, as there are few.
  private var tellsFits = true
  private var said: Set<String> = []
  /// One of several jobs, whose single fits nobody wants to see.
  private var stage: String?
  private var lastProgress: ContinuousClock.Instant?
  private var lastSearch: ContinuousClock.Instant?

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isTerminal = StandardStream.error.isTerminal
    var logger = Logger(label: "popmix") { _ in LineLogHandler() }
    logger.logLevel = isQuiet ? .warning : .info
    self.logger = logger
  }

  func begins(stage: String) {
    self.stage = stage
    say(stage)
  }

  func wrote(_ kind: String, tables: [String], folder: String, files: [String]) {
    StandardStream.output.write("\n")
    for table in tables { StandardStream.output.write((table + "\n").printable) }
    let paths = files.map { folder.isEmpty ? $0 : "\(folder)/\($0)" }.joined(separator: ", ")
    StandardStream.output.write("\(kind): \(paths)\n".printable)
  }

  func planned(pieces: Int, toDo: Int, ranks: Int, schedule: Schedule) {
    tellsFits = toDo <= Self.fewFits
    if toDo < pieces {
      say("\(pieces - toDo) of \(counted(pieces, "fit")) were done before, \(toDo) are to do")
    }
    if toDo > 1 {
      say("\(counted(toDo, "fit")) on \(counted(ranks, "rank")): \(schedule.text)")
    }
  }

  func begins(
    _ name: String, start: Int, subjects: Int, observations: Int, ranks: Int, iterationsDone: Int
  ) {
    guard tellsFits else { return }
    say(
      "\(name)\(start > 1 ? ", start \(start)" : ""): \(counted(subjects, "subject")), "
        + counted(observations, "observation") + (ranks > 1 ? ", by \(ranks) ranks" : "")
        + (iterationsDone > 0 ? "; goes on after iteration \(iterationsDone)" : ""))
  }

  func searching(_ text: String) {
    guard !isQuiet, tellsFits else { return }
    if isTerminal {
      overwrite(text)
    } else if lastSearch.map({ $0.duration(to: .now) > Self.interval(isTerminal) }) ?? true {
      lastSearch = .now
      logger.info("\(text)")
    }
  }

  func iterated(_ record: IterationRecord, settings: EstimationSettings) {
    guard !isQuiet, tellsFits else { return }
    let number = record.iteration + 1
    let limit = settings.method.end == .count ? " of \(settings.iterations)" : ""
    let logLikelihood =
      fixed(record.logLikelihood, 4)
      + (record.logPrior == nil ? "" : ", log posterior \(fixed(record.logPosterior, 4))")
    let text =
      record.step.map {
        "iteration \(number)\(limit): log L \(logLikelihood), step \(significant($0, 2))"
      } ?? "at the estimates: log L \(logLikelihood)"
    if isTerminal {
      overwrite(text)
      if record.step == nil { overwrite("") }
    } else if Self.isWorthALine(number) || record.step == nil {
      logger.info("\(text)")
    }
  }

  func finished(_ result: DataSetResult, begun: Int, of count: Int, onFirstRank: Bool) {
    // The same is said once, whatever the number of starts.
    if case .failed(let reason) = result.outcome, said.insert(reason).inserted {
      Program.complain(reason)
    }
    guard onFirstRank else { return }
    if tellsFits { for line in result.notUsed { say("\(result.name): \(line)") } }
    guard !isQuiet, count > Self.fewFits else { return }
    let isDue = lastProgress.map { $0.duration(to: .now) > Self.interval(isTerminal) } ?? true
    guard isDue else { return }
    lastProgress = .now
    let text = "fit \(begun) of \(count) is done"
    if isTerminal {
      overwrite(text)
    } else {
      logger.info("\(text)")
    }
  }

  func warn(_ message: String) {
    guard said.insert(message).inserted else { return }
    logger.warning("\(message.printable)")
  }

  func stopped(_ report: StopReport) {
    if isTerminal, !isQuiet { overwrite("") }
    var text = "stopped: \(report.reason). \(report.done) of \(counted(report.pieces, "fit")) "
    text += report.pieces == 1 ? "is done" : "are done"
    if let first = report.stopped.first, report.stopped.count == 1 {
      text += ", \(first.name) is saved after iteration \(first.iterations)"
    } else if report.stopped.count > 1 {
      text += ", \(report.stopped.count) are saved in the middle"
    }
    if let loss = report.loss { text += "; some work is lost: \(loss)" }
    text +=
      report.hasProgress || report.loss != nil
      ? ". The same command goes on from there."
      : "; no fit could begin in the time that is left, give more."
    Program.complain(text)
  }

  func wrote(
    tables: [String], statuses: [String], idlePercent: Double?, folder: String, files: [String]
  ) {
    if lastProgress != nil, isTerminal, !isQuiet { overwrite("") }
    if let stage {
      StandardStream.output.write("\(stage): \(SummaryLine.total(statuses))".printable)
      return
    }
    for table in tables where !table.isEmpty {
      StandardStream.output.write(
        (table + (table.contains("\n\n") ? "\n" : "")).printable)
    }
    let paths = files.map { "\(folder)/\($0)" }.joined(separator: ", ")
    let summary = statuses.count > 1 ? SummaryLine.total(statuses) : ""
    StandardStream.output.write("\(summary)results: \(paths)\n".printable)
    if let idlePercent {
      say("ranks waited or were idle for \(significant(idlePercent, 2)) % of the time")
    }
  }

  func partDone(_ part: JobPart, statuses: [String], failures: [String]) {
    if lastProgress != nil, isTerminal, !isQuiet { overwrite("") }
    StandardStream.output.write(
      ("part \(part.number) of \(part.count): \(SummaryLine.total(statuses))"
        + "when all parts are done, the same command without --part writes the results\n").printable
    )
  }

  func foundDone(statuses: [String], failures: [String], folder: String) {
    for failure in failures { Program.complain(failure) }
    if let stage {
      StandardStream.output.write(
        "\(stage): was done before, \(SummaryLine.total(statuses))".printable)
      return
    }
    let retry = failures.isEmpty ? "" : "--retry does what failed again, "
    StandardStream.output.write(
      ("\(SummaryLine.total(statuses))nothing to do: all was done before, the results are in \(folder); "
        + "\(retry)--restart everything\n").printable)
  }

  /// Up to so many fits are told about one by one.
  private static let fewFits = 5

  /// Between two lines of progress.
  private static func interval(_ isTerminal: Bool) -> Duration {
    isTerminal ? .milliseconds(200) : .seconds(20)
  }

  /// Writes over the line of the terminal; the line before may have been longer.
  private func overwrite(_ text: String) {
    StandardStream.error.write("\r\u{1B}[K\(text)")
  }

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
