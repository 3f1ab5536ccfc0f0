import Estimation
import Glibc
import MessagePassing
import OutputFolders
import Report

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

  var mustStop: Bool { run.shouldStop(before: 2 * saveSeconds) }

  private var interval: Double {
    run.interval ?? max(RunControl.defaultInterval, RunControl.leastShare * saveSeconds)
  }

  func save(_ fit: FitSnapshot, stopping: Bool) throws {
    if stopping { run.stopHere() }
    run.stop.beginSaving()
    defer { run.stop.endSaving() }
    let begin = ContinuousClock.now
    var failure: JobFailure?
    // A full or busy disk may have room again soon; the ranks of the group learn of a failure
    // together.
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
