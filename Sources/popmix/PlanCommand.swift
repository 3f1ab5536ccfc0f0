import ArgumentParser
import JobControl
import MessagePassing
import OutputFolders

/// `popmix plan JOB`
struct PlanCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract:
      "Tell how a job would be shared by ranks, how long it would take and what memory it needs.",
    discussion: """
      An E-step is timed on some subjects of the first data set; nothing is fitted or written. Ranks need not be here: \
      --ranks asks for any number of them, on machines as fast as this one.
      """)

  @OptionGroup var arguments: JobArguments

  @Option(help: "Number of ranks, or several with commas; if left out as many as run this command.")
  var ranks: String?

  @Option(help: "Seconds of the smallest message between two ranks.")
  var latency = 20e-6

  @Option(help: "Bytes per second between two ranks.")
  var bandwidth = 1e9

  @Option(
    help: "What to print: text, or csv for scripts, a line for each number of ranks.")
  var format = Format.text

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv }

  func validate() throws {
    guard latency >= 0, latency < 1, bandwidth >= 1 else {
      throw ValidationError("The latency is from 0 to 1 s, the bandwidth at least 1.")
    }
    _ = try counts(default: 1)
  }

  private func counts(default size: Int) throws -> [Int] {
    guard let ranks else { return [size] }
    guard !ranks.isEmpty else { throw ValidationError("--ranks has no number of ranks.") }
    return try ranks.split(separator: ",").map { text in
      guard let count = Int(text), (1...1_000_000).contains(count) else {
        throw ValidationError("'\(text)' is no number of ranks from 1 to 1000000.")
      }
      return count
    }
  }

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let job = try LoadedJob(path: arguments.job, communicator: communicator)
    let report = try ScheduleReport(
      job: job, communicator: communicator,
      network: Network(latency: latency, bandwidth: bandwidth))
    if communicator.rank == 0 {
      let counts = try counts(default: communicator.size)
      let lines =
        format == .csv ? report.rows(rankCounts: counts) : report.lines(rankCounts: counts)
      StandardStream.output.write(lines.joined(separator: "\n").printable + "\n")
    }
    return .success
  }
}
