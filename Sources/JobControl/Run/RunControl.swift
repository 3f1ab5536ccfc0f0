import Glibc
import MessagePassing
import OutputFolders

/// What may end a run before its work is done: a signal to any rank, or a limit of its time.
final class RunControl {
  /// Why this rank wants to stop.
  enum Cause: Int64 {
    /// Another group does.
    case others = 1
    case limit = 2
    case signal = 3
  }

  /// Seconds between two checkpoints of a fit, as asked for.
  let interval: Double?
  let log: RankLog
  let stop: StopRequest
  private let limit: TimeLimit?
  private let deadline: ContinuousClock.Instant?
  private let bell: any Bell
  private var cause: Cause?
  /// Of the pieces that this rank's groups have stopped in the middle: their names and the
  /// iterations that are saved. On the first rank of a group.
  private(set) var stopped: [(piece: Piece, iterations: Int)] = []
  /// Why a checkpoint could not be written, where that costs work.
  private var loss: String?

  /// Between two checkpoints if nothing else is asked for; and as many times the seconds that one
  /// takes.
  static let defaultInterval = 600.0
  static let leastShare = 200.0
  /// What is left at the end for all that is not reckoned: at most so many seconds, and so much of
  /// the time.
  private static let reserve = (seconds: 5.0, share: 0.05)

  /// How long the run may still take.
  private struct Known: Codable {
    let seconds: Double
    let name: String
  }

  /// Collective.
  /// - Parameter limit: on the first rank.
  init(
    stop: StopRequest, limit: TimeLimit?, interval: Double?, world: any Communicator,
    log: RankLog = .none
  ) throws {
    self.log = log
    self.stop = stop
    self.interval = interval
    // Other hosts have other clocks, but the same time left.
    let known = try world.shared(
      limit.map { Known(seconds: ContinuousClock.now.duration(to: $0.end).seconds, name: $0.name) })
    self.limit = known.map { TimeLimit(seconds: $0.seconds, name: $0.name) }
    deadline = known.map {
      .now
        + .seconds(
          $0.seconds - min(Self.reserve.seconds, Self.reserve.share * max(0, $0.seconds)))
    }
    bell = try world.makeBell()
  }

  /// Whether the run should stop before something that takes some seconds.
  func shouldStop(before seconds: Double) -> Bool {
    if cause == nil {
      if stop.signal != nil {
        cause = .signal
      } else if !isTime(for: seconds) {
        cause = .limit
      } else if (try? bell.hasRung()) ?? false {
        cause = .others
      }
      if let cause {
        log.note("has to stop: \(cause == .signal ? "signal \(stop.signal ?? 0)" : "\(cause)")")
        try? bell.ring()
      }
    }
    return cause != nil
  }

  /// Whether so many seconds are left.
  func isTime(for seconds: Double) -> Bool {
    guard let deadline else { return true }
    return .now + .seconds(seconds) < deadline
  }

  /// A fit has stopped, at the wish of some rank: all that are to come do not begin.
  func stopHere() {
    if cause == nil { cause = .limit }
    try? bell.ring()
  }

  func noteStopped(_ piece: Piece, iterations: Int) { stopped.append((piece, iterations)) }
  func noteLoss(_ reason: String) { loss = loss ?? reason }

  /// What the ranks have to say of the end; collective, after all have stopped.
  /// - Returns: `nil` if none wanted to stop.
  func conclusion(world: any Communicator, host: String) throws -> StopReport? {
    try bell.free()
    var report: StopReport?
    // The best reason of the lowest rank.
    let ranks = try world.allGather(cause?.rawValue ?? 0)
    if let best = ranks.max(), best > 0, let speaker = ranks.firstIndex(of: best) {
      let reason = try world.shared(
        reason(rank: world.rank, of: world.size, host), root: speaker)
      report = StopReport(reason: reason)
      report?.hasProgress = best == Cause.signal.rawValue
    }
    struct Stopped: Codable {
      let name: String
      let iterations: Int
    }
    let own = stopped.map { Stopped(name: $0.piece.text, iterations: $0.iterations) }
    report?.stopped = try world.gathered(own).joined()
      .map { (name: $0.name, iterations: $0.iterations) }
    if let lost = try world.agree(loss.map { ($0, ExitStatus.inputOutput.rawValue) }) {
      report?.loss = lost.message
    }
    return report
  }

  private func reason(rank: Int, of size: Int, _ host: String) -> String {
    guard let number = stop.signal, cause == .signal else {
      return "\(limit?.name ?? "the time limit") is near"
    }
    let name =
      [SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGUSR1: "SIGUSR1"][number] ?? "signal \(number)"
    return name + (size > 1 ? " on rank \(rank) (\(host))" : "")
  }
}

/// How a run was stopped before its work was done.
package struct StopReport {
  /// For a line such as `stopped because of …`.
  package let reason: String
  /// Fits that are saved in the middle, with the iterations that are done.
  package var stopped: [(name: String, iterations: Int)] = []
  /// Why some work was lost, if it was.
  package var loss: String?
  package var done = 0
  package var pieces = 0
  /// Whether the run has come any further, or could have.
  package var hasProgress = true
}
