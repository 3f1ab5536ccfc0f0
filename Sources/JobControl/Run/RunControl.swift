import Estimation
import Glibc
import MessagePassing
import Report

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
  private let stop: StopRequest
  private let limit: TimeLimit?
  private let deadline: ContinuousClock.Instant?
  private let bell: any Bell
  private var cause: Cause?
  /// Of the pieces that this rank's groups have stopped in the middle: their names and the iterations that are saved. On the first rank of
  /// a group.
  private(set) var stopped: [(piece: Piece, iterations: Int)] = []
  /// Why a checkpoint could not be written, where that costs work.
  private var loss: String?

  /// Between two checkpoints if nothing else is asked for; and as many times the seconds that one takes.
  static let defaultInterval = 600.0
  static let leastShare = 200.0
  /// What is left at the end for all that is not reckoned: at most so many seconds, and so much of the time.
  private static let reserve = (seconds: 5.0, share: 0.05)

  /// Collective.
  /// - Parameter limit: on the first rank.
  init(
    stop: StopRequest, limit: TimeLimit?, interval: Double?, world: any Communicator,
    log: RankLog = .none
  ) throws {
    self.log = log
    self.stop = stop
    self.interval = interval
    var known = world.rank == 0 ? limit.map { [$0.seconds] } ?? [] : []
    try world.broadcast(&known, root: 0)
    let name = try world.shared(limit?.name)
    self.limit = known.first.map { TimeLimit(seconds: $0, name: name) }
    deadline = known.first.map {
      .now + .seconds($0 - min(Self.reserve.seconds, Self.reserve.share * $0))
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
      var bytes: [UInt8] = []
      if world.rank == speaker { bytes = Array(reason(rank: speaker, of: world.size, host).utf8) }
      try world.broadcast(&bytes, root: speaker)
      report = StopReport(reason: String(decoding: bytes, as: UTF8.self))
      report?.hasProgress = best == Cause.signal.rawValue
    }
    let own = stopped.map { "\($0.iterations) \($0.piece.text)" }.joined(separator: "\n")
    let all = try world.gather(Array(own.utf8), root: 0) ?? []
    report?.stopped = all.flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
      .map { line in
        let words = line.split(separator: " ", maxSplits: 1)
        return (name: String(words.last ?? ""), iterations: Int(words[0]) ?? 0)
      }
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
public struct StopReport {
  /// For a line such as `stopped because of …`.
  public let reason: String
  /// Fits that are saved in the middle, with the iterations that are done.
  public var stopped: [(name: String, iterations: Int)] = []
  /// Why some work was lost, if it was.
  public var loss: String?
  public var done = 0
  public var pieces = 0
  /// Whether the run has come any further, or could have.
  public var hasProgress = true
}

/// Saves one fit now and then, and stops it when the run stops.
final class PieceControl: FitControl {
  private let run: RunControl
  private let group: any Communicator
  private let saveFit: (FitSnapshot) throws -> Void
  private let piece: Piece
  private let warn: (String) -> Void
  private var lastStep = ContinuousClock.now
  private var iterationSeconds = 0.0
  private var evaluationSeconds: Double?
  private var lastSave = ContinuousClock.now
  private var saveSeconds: Double
  private(set) var hasSaved = false

  /// An evaluation takes about as long as so many iterations.
  private static let iterationsPerEvaluation = 8.0
  /// What a disk writes in a second, before anything is known of it.
  private static let bytesPerSecond = 1e8
  private static let attempts = 3

  /// - Parameters:
  ///   - bytes: estimate of what is written.
  ///   - saveFit: writes a checkpoint; collective over the group.
  ///   - warn: is told of a checkpoint that could not be written, on the first rank of the group.
  init(
    run: RunControl, piece: Piece, group: any Communicator, bytes: Double,
    saveFit: @escaping (FitSnapshot) throws -> Void, warn: @escaping (String) -> Void
  ) {
    self.run = run
    self.piece = piece
    self.group = group
    self.saveFit = saveFit
    self.warn = warn
    saveSeconds = bytes / Self.bytesPerSecond
  }

  func wishes(after step: FitStep) -> FitWishes {
    let now = ContinuousClock.now
    let seconds = lastStep.duration(to: now).seconds
    lastStep = now
    switch step {
    case .iteration: iterationSeconds = seconds
    case .evaluation: evaluationSeconds = seconds
    }
    let evaluation = evaluationSeconds ?? Self.iterationsPerEvaluation * iterationSeconds
    if run.shouldStop(before: 1.5 * iterationSeconds + 2 * saveSeconds) { return .stop }
    var wishes: FitWishes = []
    if !run.isTime(for: 1.5 * evaluation + 2 * saveSeconds) { wishes.insert(.stopBeforeEvaluation) }
    if group.rank == 0, lastSave.duration(to: now).seconds >= interval { wishes.insert(.save) }
    return wishes
  }

  private var interval: Double {
    run.interval ?? max(RunControl.defaultInterval, RunControl.leastShare * saveSeconds)
  }

  func save(_ fit: FitSnapshot, stopping: Bool) throws {
    if stopping { run.stopHere() }
    let begin = ContinuousClock.now
    var failure: JobFailure?
    // A full or busy disk may have room again soon; the ranks of the group learn of a failure together.
    for attempt in 1...(stopping ? Self.attempts : 1) {
      do {
        try saveFit(fit)
        failure = nil
        hasSaved = true
        break
      } catch let error as JobFailure {
        failure = error
        if attempt < Self.attempts, stopping { sleep(1) }
      }
    }
    lastSave = .now
    lastStep = lastSave
    saveSeconds = begin.duration(to: lastSave).seconds
    run.log.note(
      failure?.message
        ?? "has saved \(fit.state.iterations) iterations, \(fixed(saveSeconds, 3)) s")
    if group.rank == 0 {
      if let failure {
        if stopping { run.noteLoss(failure.message) } else { warn(failure.message) }
      } else if stopping {
        run.noteStopped(piece, iterations: fit.state.iterations)
      }
    }
  }
}
