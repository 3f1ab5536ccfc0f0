import PopulationModel

/// The rows of a timeline's covariates that occur, each once, as far as the model uses their values: each of them has a set of
/// parameters of its own.
struct ParameterSets {
  private(set) var covariates: [[Double]] = []
  /// The timeline with sets in the place of rows.
  private(set) var timeline: EventTimeline

  /// - Parameter covariates: rows of what the model uses, the rest being the same in all of them.
  init(_ timeline: EventTimeline, _ covariates: [[Double]]) {
    self.timeline = timeline
    var sets: [[UInt64]: Int] = [:]
    func set(_ row: Int) -> Int {
      // By bits: a value that is not a number is a value too.
      let key = covariates[row].map(\.bitPattern)
      if let set = sets[key] { return set }
      sets[key] = self.covariates.count
      self.covariates.append(covariates[row])
      return self.covariates.count - 1
    }
    for place in timeline.events.indices {
      self.timeline.events[place].covariates = set(timeline.events[place].covariates)
    }
    for place in timeline.doses.indices {
      self.timeline.doses[place].covariates = set(timeline.doses[place].covariates)
    }
    if self.covariates.isEmpty { _ = set(0) }
    self.timeline.covariates = self.covariates
  }
}
