import PopulationData

/// Decides when a fit is saved, and when it stops to be gone on with later.
///
/// The ranks of a group need not agree: what they want travels with the sums of each E-step, and is
/// done by all.
package protocol FitControl: AnyObject {
  /// What this rank wants now; not collective.
  func wishes(after step: FitStep) -> FitWishes
  /// Writes down where the fit stands; collective over its group.
  /// - Parameter stopping: whether the fit stops there.
  func save(_ fit: FitSnapshot, stopping: Bool) throws
  /// Whether this rank wants to stop at once, within a step that may be long; not collective, and
  /// cheap.
  var mustStop: Bool { get }
}

extension FitControl {
  package var mustStop: Bool { false }
}

/// What a fit has just done.
package enum FitStep: Sendable {
  case iteration
  /// The evaluation at the estimates, which takes as long as some iterations.
  case evaluation
}

/// What should happen to a fit as soon as it can be saved.
package struct FitWishes: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let save = FitWishes(rawValue: 1)
  package static let stop = FitWishes(rawValue: 2)
  /// Another iteration may begin, but no evaluation.
  package static let stopBeforeEvaluation = FitWishes(rawValue: 4)
  /// The step that is just done is not done: this rank has left it, in order to stop at once.
  package static let abandon = FitWishes(rawValue: 8)

  /// Up to so many ranks wish.
  private static let rankLimit = 1 << 17

  /// Less than 0 whatever up to `rankLimit` other ranks add to it.
  private static let abandonment = -0x1p52

  /// All wishes as one number, whose sum over the ranks says how many have each.
  package var addend: Double {
    if contains(.abandon) { return Self.abandonment }
    var sum = 0
    for bit in 0..<3 where rawValue & 1 << bit != 0 { sum += 1 << (17 * bit) }
    return Double(sum)
  }

  /// What any rank wishes.
  package init(sum: Double) {
    if sum < 0 {
      self = [.stop, .abandon]
      return
    }
    let counts = Int(sum)
    rawValue = (0..<3).reduce(0) { wishes, bit in
      counts >> (17 * bit) & (Self.rankLimit - 1) != 0 ? wishes | 1 << bit : wishes
    }
  }
}

/// A fit was saved and has stopped.
package struct FitStopped: Error, Equatable {
  package init() {}
}

/// Where a fit stands between two steps: the same on all ranks. With the states of all subjects it
/// is all that the fit needs to go on, bit for bit, with any number of ranks.
package struct FitState: Codable {
  let attempts: FitAttempts
  let run: IterationState
  let comparisons: Int
  let kept: FitSummary?
  /// Those that are done, after the attempts.
  let profiles: [ProfileInterval]

  /// Iterations that are done.
  package var iterations: Int { attempts.earlierIterations + run.records.count }

  /// Whether an earlier attempt is kept, with rows of posteriors.
  package var hasKept: Bool { kept != nil }

  /// Intervals by profile likelihood that are done.
  package var profiledCount: Int { profiles.count }
}

/// A fit as one rank sees it: its state, and on demand those of the rank's subjects.
package struct FitSnapshot {
  package let state: FitState
  /// Place in the data set of the rank's first subject, and number of them.
  package let firstSubject: Int
  package let subjectCount: Int
  /// Doubles of one subject's state.
  package let stateWidth: Int
  /// The same for the rows of posteriors of an earlier attempt that is kept; none if there is none.
  package let firstKept: Int
  package let keptCount: Int
  package let keptWidth: Int
  private let expectation: ExpectationStep
  /// Of all subjects of the rank, where they are not those of the expectation step.
  private let states: [Double]?
  private let keptValues: [Double]

  init(
    state: FitState, firstSubject: Int, expectation: ExpectationStep, states: [Double]? = nil,
    kept: FitResult?
  ) {
    self.states = states
    self.state = state
    self.firstSubject = firstSubject
    self.expectation = expectation
    subjectCount = expectation.subjects.count
    stateWidth = expectation.stateWidth
    firstKept = kept?.subjects.first?.index ?? firstSubject
    keptCount = kept?.subjects.count ?? 0
    keptWidth = expectation.layout.count
    keptValues = kept?.posteriors.values ?? []
  }

  /// States of some of the rank's subjects, one after another.
  /// - Parameter range: counted from the rank's first subject.
  package func subjectStates(_ range: Range<Int>) -> [Double] {
    if let states {
      return Array(states[range.lowerBound * stateWidth..<range.upperBound * stateWidth])
    }
    var states: [Double] = []
    states.reserveCapacity(range.count * stateWidth)
    for local in range { expectation.appendState(of: local, to: &states) }
    return states
  }

  /// Rows of posteriors that are kept.
  /// - Parameter range: counted from the first kept one.
  package func keptRows(_ range: Range<Int>) -> [Double] {
    Array(keptValues[range.lowerBound * keptWidth..<range.upperBound * keptWidth])
  }
}

/// A fit to be gone on with, as one rank needs it.
package struct SavedFit {
  package let state: FitState
  let subjectStates: [Double]
  let keptRows: [Double]

  /// - Parameters:
  ///   - subjectStates: of the subjects that the rank has now.
  ///   - keptRows: of the same subjects, or none.
  package init(state: FitState, subjectStates: [Double], keptRows: [Double]) {
    self.state = state
    self.subjectStates = subjectStates
    self.keptRows = keptRows
  }
}
