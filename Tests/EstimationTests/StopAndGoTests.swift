import DataPartition
import Estimation
import Foundation
import Inference
import MessagePassing
import PopulationData
import PopulationModel
import Testing

/// Stops a fit after some steps, and keeps what was saved as a file would.
// One thread uses it at a time.
private final class StopAfter: FitControl, @unchecked Sendable {
  private var left: Int
  private var leftWithin: Int
  private let wish: FitWishes
  private(set) var saves = 0
  private(set) var state: Data?
  private(set) var width = 0
  private(set) var subjects: [Int: [Double]] = [:]
  private(set) var rows: [Int: [Double]] = [:]

  /// - Parameter within: how often it is asked within a step before it stops there; 0: it does not.
  init(_ steps: Int, wish: FitWishes = .stop, within: Int = 0) {
    left = steps
    leftWithin = within
    self.wish = wish
  }

  /// How often it has been asked whether to stop within a step.
  private(set) var questions = 0

  var mustStop: Bool {
    questions += 1
    leftWithin -= 1
    return leftWithin == 0
  }

  func wishes(after step: FitStep) -> FitWishes {
    left -= 1
    return left == 0 ? wish : []
  }

  func save(_ fit: FitSnapshot, stopping: Bool) throws {
    #expect(stopping == (wish != .save))
    saves += 1
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    state = try encoder.encode(fit.state)
    for local in 0..<fit.subjectCount {
      subjects[fit.firstSubject + local] = fit.subjectStates(local..<local + 1)
    }
    for local in 0..<fit.keptCount {
      rows[fit.firstKept + local] = fit.keptRows(local..<local + 1)
    }
  }
}

@Suite("Fits that stop and go on")
struct StopAndGoTests {
  private func share(_ dataset: Dataset, _ communicator: any Communicator) -> DatasetShare {
    let n = dataset.subjects.count
    let (rank, size) = (communicator.rank, communicator.size)
    return DatasetShare(dataset, places: Array(rank * n / size..<(rank + 1) * n / size))
  }

  /// What was saved, as a rank with other subjects finds it.
  private func saved(_ parts: [StopAfter], for share: DatasetShare) throws -> SavedFit {
    let state = try PropertyListDecoder().decode(FitState.self, from: #require(parts[0].state))
    let own = share.subjects.map(\.index)
    return SavedFit(
      state: state,
      subjectStates: own.flatMap { place in parts.lazy.compactMap { $0.subjects[place] }.first! },
      keptRows: own.flatMap { place in parts.lazy.compactMap { $0.rows[place] }.first ?? [] })
  }

  private func expectSame(_ results: [FitResult], _ one: FitResult, _ comment: Comment) {
    #expect(
      results.flatMap { $0.posteriors.map(\.values) } == one.posteriors.map(\.values), comment)
    for result in results {
      #expect(result.estimates == one.estimates, comment)
      #expect(result.iterations == one.iterations, comment)
      #expect(result.covariance == one.covariance, comment)
      #expect(result.samplingError == one.samplingError, comment)
      #expect(result.stopReason == one.stopReason, comment)
      #expect(result.settings == one.settings, comment)
      #expect(result.classes == one.classes, comment)
      #expect(result.start == one.start, comment)
      #expect(result.logLikelihood == one.logLikelihood, comment)
      #expect(result.profiles == one.profiles, comment)
    }
  }

  @Test(
    "wherever a fit stops, on whichever ranks, it goes on to the same bits",
    arguments: RankTests.moving)
  func everywhere(settings: EstimationSettings) throws {
    let reference = try ReferenceCase("wang_000")
    try expectSame(reference.model, reference.dataset, reference.start, settings)
  }

  @Test("so does one that ends at a boundary, also while boundaries are on trial")
  func boundary() throws {
    try expectSame(
      BoundaryTests.frozenModel, BoundaryTests.frozen, BoundaryTests.frozenStart, .rule)
  }

  @Test("so does one whose subjects have adopted nodes of independent integrals")
  func adopted() throws {
    let low = try LowValues()
    // Without them it ends elsewhere.
    var bare = LowValues.settings
    bare.verifies = false
    let unverified = try serialFit(low.model, low.dataset, bare, from: low.start)
    let verified = try serialFit(low.model, low.dataset, LowValues.settings, from: low.start)
    #expect(unverified.minusTwoLogLikelihood > verified.minusTwoLogLikelihood + 5)
    try expectSame(low.model, low.dataset, low.start, LowValues.settings)
  }

  @Test("a fit that is stopped while it is verified goes on to the same bits")
  func withinVerification() throws {
    let low = try LowValues()
    let one = try serialFit(low.model, low.dataset, LowValues.settings, from: low.start)
    let never = StopAfter(0)
    _ = try ExpectationMaximization(
      model: low.model, share: share(low.dataset, SerialCommunicator()),
      settings: LowValues.settings, communicator: SerialCommunicator()
    ).fitAndDescribe(from: low.start, control: never)
    var stops = 0
    // The verification is what comes last.
    for fromEnd in [0, 1, 2, 3, 7, 8, 9, 15, 20] {
      let control = StopAfter(0, within: never.questions - fromEnd)
      do {
        _ = try ExpectationMaximization(
          model: low.model, share: share(low.dataset, SerialCommunicator()),
          settings: LowValues.settings, communicator: SerialCommunicator()
        ).fitAndDescribe(from: low.start, control: control)
      } catch is FitStopped {
        stops += 1
        let share = share(low.dataset, SerialCommunicator())
        let fit = try ExpectationMaximization(
          model: low.model, share: share, settings: LowValues.settings,
          communicator: SerialCommunicator()
        ).fitAndDescribe(resuming: saved([control], for: share))
        expectSame([fit], one, "stopped within a verification")
      }
    }
    #expect(stops >= 4)
  }

  /// Stops a fit after each of its steps, and lets it go on.
  private func expectSame(
    _ model: MixtureModel, _ dataset: Dataset, _ start: PopulationParameters,
    _ settings: EstimationSettings
  ) throws {
    let one = try serialFit(model, dataset, settings, from: start)
    var stops = 0
    for steps in 1... {
      let (before, after) = [(1, 3), (2, 1), (3, 2), (1, 1)][steps % 4]
      let first = try ThreadCommunicator.run(ranks: before) { communicator in
        // One of the ranks wants to stop, and all do.
        let control = StopAfter(communicator.rank == before - 1 ? steps : 0)
        do {
          let fit = try ExpectationMaximization(
            model: model, share: share(dataset, communicator), settings: settings,
            communicator: communicator
          ).fitAndDescribe(from: start, control: control)
          return (control, fit as FitResult?)
        } catch is FitStopped { return (control, nil) }
      }.map { try $0.get() }
      let parts = first.map(\.0)
      guard parts.contains(where: { $0.saves > 0 }) else {
        // It had ended before.
        expectSame(first.compactMap(\.1), one, "not stopped")
        break
      }
      stops += 1
      #expect(parts.allSatisfy { $0.saves == 1 })
      let results = try ThreadCommunicator.run(ranks: after) { communicator in
        let share = share(dataset, communicator)
        return try ExpectationMaximization(
          model: model, share: share, settings: settings, communicator: communicator
        ).fitAndDescribe(resuming: saved(parts, for: share))
      }.map { try $0.get() }
      expectSame(results, one, "stopped after \(steps) steps")
    }
    #expect(stops >= one.iterations.count - 1)
  }

  @Test("a fit that stops among its profiles goes on with the next one")
  func profiles() throws {
    let reference = try ReferenceCase("wang_000")
    var settings = EstimationSettings.exact(64)
    settings.tolerance = 1e-5
    settings.profiles = .all
    let one = try reference.fit(settings)
    var done: Set<Int> = []
    for steps in stride(from: one.iterations.count + 1, to: 2000, by: 29) {
      let share = share(reference.dataset, SerialCommunicator())
      let control = StopAfter(steps)
      do {
        let fit = try ExpectationMaximization(
          model: reference.model, share: share, settings: settings,
          communicator: SerialCommunicator()
        ).fitAndDescribe(from: reference.start, control: control)
        expectSame([fit], one, "not stopped")
        break
      } catch is FitStopped {}
      let state = try PropertyListDecoder().decode(FitState.self, from: #require(control.state))
      done.insert(state.profiledCount)
      let again = try ExpectationMaximization(
        model: reference.model, share: share, settings: settings,
        communicator: SerialCommunicator()
      ).fitAndDescribe(resuming: saved([control], for: share))
      expectSame([again], one, "stopped after \(steps) steps")
    }
    #expect(done.count > 4 && done.contains(one.free.count - 1))
  }

  @Test("a fit that is tried in other ways stops and goes on in each of them, again and again")
  func attempts() throws {
    // Four iterations are too few for any way to succeed.
    let reference = try ReferenceCase("wang_000")
    var settings = RankTests.moving[0]
    settings.iterations = 4
    let one = try reference.fit(settings)
    var state: SavedFit?
    var runs = 0
    var result: FitResult?
    while result == nil {
      runs += 1
      let control = StopAfter(1)
      let share = share(reference.dataset, SerialCommunicator())
      let fit = ExpectationMaximization(
        model: reference.model, share: share, settings: settings,
        communicator: SerialCommunicator())
      do {
        if let state {
          result = try fit.fitAndDescribe(resuming: state, control: control)
        } else {
          result = try fit.fitAndDescribe(from: reference.start, control: control)
        }
      } catch is FitStopped { state = try saved([control], for: share) }
    }
    #expect(runs > 16)
    expectSame([try #require(result)], one, "stopped after each step")
  }

  @Test("saving changes nothing, and some stops wait for the evaluation")
  func saving() throws {
    let reference = try ReferenceCase("wang_000")
    let one = try reference.fit(RankTests.exact)
    let share = share(reference.dataset, SerialCommunicator())
    func fit(_ control: StopAfter) throws -> FitResult {
      try ExpectationMaximization(
        model: reference.model, share: share, settings: RankTests.exact,
        communicator: SerialCommunicator()
      ).fitAndDescribe(from: reference.start, control: control)
    }
    let control = StopAfter(5, wish: .save)
    expectSame([try fit(control)], one, "saved")
    #expect(control.saves == 1)
    let early = StopAfter(5, wish: .stopBeforeEvaluation)
    expectSame([try fit(early)], one, "too early to matter")
    #expect(early.saves == 0)
    let last = StopAfter(RankTests.exact.iterations, wish: .stopBeforeEvaluation)
    #expect(throws: FitStopped.self) { try fit(last) }
    #expect(last.saves == 1)
    let state = try saved([last], for: share)
    #expect(state.state.iterations == RankTests.exact.iterations)
  }

  @Test("wishes of up to 10⁵ ranks survive being added up")
  func wishes() {
    for raw in 0..<8 {
      let wish = FitWishes(rawValue: raw)
      #expect(FitWishes(sum: wish.addend) == wish)
      #expect(FitWishes(sum: 100_000 * wish.addend) == wish)
    }
    #expect(
      FitWishes(sum: FitWishes.save.addend + 3 * FitWishes.stop.addend) == [.save, .stop])
  }
}
