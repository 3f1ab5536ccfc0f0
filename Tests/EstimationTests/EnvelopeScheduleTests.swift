import Estimation
import Testing

@Suite("Schedule of the envelopes")
struct EnvelopeScheduleTests {
  /// What an iteration finds, and what the next one does.
  private func advance(_ schedule: inout EnvelopeSchedule, moved: Double, distance: Double) -> Bool
  {
    schedule.advance(moved: moved, distance: distance, tolerance: 1e-6)
  }

  /// A schedule whose first envelopes have settled.
  private var settled: EnvelopeSchedule {
    var schedule = EnvelopeSchedule(method: .exact)
    for _ in 0..<3 { _ = advance(&schedule, moved: 0, distance: .infinity) }
    return schedule
  }

  @Test(
    "the paper's envelopes come from modes first, from moments ever after, and it never converges")
  func paper() {
    var schedule = EnvelopeSchedule(method: .paper)
    #expect(schedule.source == .modes)
    for _ in 0..<100 {
      let isConverged = advance(&schedule, moved: 0, distance: 0)
      #expect(!isConverged)
      #expect(schedule.source == .previousMoments)
    }
    #expect(schedule.finalSource == .previousMoments)
  }

  @Test("envelopes that have been put elsewhere are renewed twice, then kept")
  func settlingAgain() {
    var schedule = settled
    #expect(advance(&schedule, moved: 0, distance: 0))
    schedule.settle()
    for _ in 0..<2 {
      #expect(!advance(&schedule, moved: 0, distance: 1e-9))
      #expect(schedule.source == .previousMoments)
    }
    #expect(advance(&schedule, moved: 0, distance: 1e-9))
    #expect(schedule.source == .kept)
  }

  @Test("envelopes are renewed twice after the first iteration, then kept")
  func settling() {
    var schedule = EnvelopeSchedule(method: .exact)
    #expect(schedule.source == .modes)
    for _ in 0..<2 {
      #expect(!advance(&schedule, moved: 0, distance: 0.3))
      #expect(schedule.source == .previousMoments)
    }
    for _ in 0..<20 {
      #expect(!advance(&schedule, moved: 0.1, distance: 0.3))
      #expect(schedule.source == .kept)
    }
    #expect(schedule.finalSource == .kept)
  }

  @Test("parameters that have gone far get new envelopes at once")
  func far() {
    var schedule = settled
    #expect(!advance(&schedule, moved: 0.6, distance: 2))
    #expect(schedule.renews && schedule.source == .previousMoments)
    #expect(!advance(&schedule, moved: 0.1, distance: 2))
    #expect(!schedule.renews)
  }

  @Test("near the fixed point envelopes that were made elsewhere are renewed before the end")
  func near() {
    var schedule = settled
    #expect(!advance(&schedule, moved: 0.2, distance: 0.03))
    #expect(!schedule.renews)
    #expect(!advance(&schedule, moved: 0.2, distance: 0.01))
    #expect(schedule.renews)
    #expect(!advance(&schedule, moved: 0.005, distance: 1e-4))
    #expect(!schedule.renews)
    #expect(advance(&schedule, moved: 0.005, distance: 1e-7))
  }

  @Test("envelopes that do not settle are kept in the end")
  func endless() {
    var schedule = settled
    var renewals = 0
    for _ in 0..<200 {
      if advance(&schedule, moved: 0.3, distance: 1e-9) { break }
      if schedule.renews { renewals += 1 }
    }
    #expect(renewals > 5 && renewals < 30)
    #expect(advance(&schedule, moved: 0.3, distance: 1e-9))
  }

  @Test("nothing that can move is converged at once")
  func fixed() {
    var schedule = settled
    #expect(advance(&schedule, moved: 0, distance: 0))
  }
}
