import MessagePassing

/// Watches how long the ranks' parts of an E-step take, and says when subjects should move.
///
/// Each rank adds its time t and t² to the sums of the E-step, which costs no message of its own:
/// with their means over the ranks every rank knows the spread s/t̄. If it is above a tenth in two
/// E-steps running, and an E-step is long enough to be worth the trouble, subjects move, each rated
/// with its rank's time.
package struct LoadBalancer: Sendable {
  /// Doubles that it adds to the sums of an E-step.
  static let sumCount = 2
  /// Spread above which subjects move.
  private static let spreadLimit = 0.1
  /// Shorter E-steps are left as they are.
  private static let leastSeconds = 0.02
  private static let moveLimit = 5

  private let movesSubjects: Bool
  private let leastSeconds: Double
  /// Stands for the clock in tests: seconds by the number of subjects.
  private let clock: (@Sendable () -> Double)?
  private(set) var lastSeconds = 0.0
  /// Of the last E-step, the mean over the ranks.
  private(set) var meanSeconds = 0.0
  private(set) var imbalance = 0.0
  private(set) var moves = 0
  private var timesTooLarge = 0

  package init(movesSubjects: Bool = true) {
    self.init(movesSubjects: movesSubjects, leastSeconds: Self.leastSeconds, clock: nil)
  }

  /// - Parameter clock: gives the time that an E-step is said to have taken.
  package init(movesSubjects: Bool, leastSeconds: Double, clock: (@Sendable () -> Double)?) {
    self.movesSubjects = movesSubjects
    self.leastSeconds = leastSeconds
    self.clock = clock
  }

  /// Seconds that some work of this rank takes.
  func measure(_ work: () -> Void) -> Double {
    let begin = ContinuousClock.now
    work()
    if let clock { return clock() }
    let elapsed = begin.duration(to: .now).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  mutating func add(_ seconds: Double, to sums: inout ExactAccumulator, at place: Int) {
    lastSeconds = seconds
    sums.add(seconds, to: place)
    sums.add(seconds * seconds, to: place + 1)
  }

  /// Takes the sums over the ranks.
  mutating func note(_ sums: ArraySlice<Double>, rankCount: Int) {
    guard let total = sums.first, let squares = sums.last else { return }
    let n = Double(rankCount)
    let mean = total / n
    meanSeconds = mean
    guard rankCount > 1 else { return }
    imbalance = mean > 0 ? max(0, squares / n - mean * mean).squareRoot() / mean : 0
    timesTooLarge =
      imbalance > Self.spreadLimit && mean >= leastSeconds ? timesTooLarge + 1 : 0
  }

  /// Whether subjects should move now; the same on all ranks.
  var asksForMove: Bool { movesSubjects && timesTooLarge >= 2 && moves < Self.moveLimit }

  mutating func moved() {
    moves += 1
    timesTooLarge = 0
  }
}
