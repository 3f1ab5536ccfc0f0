import Estimation
import Testing

@Suite("When envelopes are renewed")
struct EnvelopeScheduleTests {
  /// What `advance` says.
  private func ends(_ schedule: inout EnvelopeSchedule, step: Double, isNear: Bool) -> Bool {
    schedule.advance(step: step, isNear: isNear)
  }

  @Test("the print's method renews them in every iteration and never ends by itself")
  func paper() {
    var schedule = EnvelopeSchedule(method: .paper)
    #expect(schedule.source == .modes)
    for _ in 0..<200 {
      do {
        let hasEnded = ends(&schedule, step: 1e-9, isNear: true)
        #expect(!hasEnded)
      }
      #expect(schedule.source == .previousMoments)
    }
    #expect(schedule.finalSource == .previousMoments)
  }

  @Test(
    "they follow while steps are large, then are kept, renewed once at the fixed point, and kept")
  func exact() {
    var schedule = EnvelopeSchedule(method: .exact)
    for _ in 0..<5 {
      do {
        let hasEnded = ends(&schedule, step: 0.5, isNear: false)
        #expect(!hasEnded)
      }
      #expect(schedule.source == .previousMoments)
    }
    do {
      let hasEnded = ends(&schedule, step: 0.009, isNear: false)
      #expect(!hasEnded)
    }
    #expect(schedule.source == .kept)
    do {
      let hasEnded = ends(&schedule, step: 1e-8, isNear: true)
      #expect(!hasEnded)
    }
    #expect(schedule.source == .previousMoments)
    do {
      let hasEnded = ends(&schedule, step: 1e-5, isNear: false)
      #expect(!hasEnded)
    }
    #expect(schedule.source == .kept)
    let hasEnded = ends(&schedule, step: 1e-8, isNear: true)
    #expect(hasEnded)
    #expect(schedule.finalSource == .kept)
  }

  @Test("where EM is slow the time between renewals doubles")
  func slow() {
    var schedule = EnvelopeSchedule(method: .exact)
    _ = schedule.advance(step: 1e-3, isNear: false)
    var renewals: [Int] = []
    for iteration in 1...400 {
      _ = schedule.advance(step: 1e-3, isNear: false)
      if schedule.source == .previousMoments { renewals.append(iteration) }
    }
    #expect(renewals == [50, 150, 350])
  }

  @Test("a step of zero ends the fit")
  func nothingMoves() {
    var schedule = EnvelopeSchedule(method: .exact)
    let hasEnded = ends(&schedule, step: 0, isNear: true)
    #expect(hasEnded)
  }
}
