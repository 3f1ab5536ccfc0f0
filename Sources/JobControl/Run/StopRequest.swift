import Synchronization

/// That the run should stop as soon as its work is saved: asked for from outside, by any thread.
package final class StopRequest: Sendable {
  private let number = Atomic<Int32>(0)
  private let saves = Atomic<Int>(0)

  package init() {}

  /// Asks for it; the first one who asks is remembered.
  /// - Parameter signal: the number of the signal that asks.
  package func ask(signal: Int32) {
    _ = number.compareExchange(expected: 0, desired: signal, ordering: .relaxed)
  }

  /// Whether something is being saved, for which it is worth to wait.
  package var isSaving: Bool { saves.load(ordering: .relaxed) > 0 }

  /// What is done from here on saves work, until ``endSaving()``.
  func beginSaving() { saves.add(1, ordering: .relaxed) }
  func endSaving() { saves.subtract(1, ordering: .relaxed) }

  /// The number of the signal that has asked.
  package var signal: Int32? {
    let value = number.load(ordering: .relaxed)
    return value == 0 ? nil : value
  }
}

/// Until when a run has to be done.
package struct TimeLimit: Sendable, Equatable {
  package let end: ContinuousClock.Instant
  /// Whose limit it is, for the message.
  package let name: String

  /// - Parameter seconds: from now.
  package init(seconds: Double, name: String) {
    end = .now + .seconds(seconds)
    self.name = name
  }
}
