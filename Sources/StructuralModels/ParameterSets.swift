import ModelLanguage
import PopulationModel

/// The rows of a timeline's covariates that occur, each once, as far as the model uses their
/// values: each of them has a set of parameters of its own.
struct ParameterSets {
  private(set) var covariates: [[Double]] = []
  /// The timeline with sets in the place of rows.
  private(set) var timeline: EventTimeline

  init(_ timeline: EventTimeline, _ model: EquationModel) {
    self.timeline = timeline
    let covariates = model.usedCovariates(timeline)
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

extension EquationModel {
  /// The rows of a timeline's covariates in the order of the vocabulary; 0 where nothing depends on
  /// the value, so that it may change without a change of the model's form.
  func usedCovariates(_ timeline: EventTimeline) -> [[Double]] {
    timeline.covariates.map { row in
      covariatePlaces.map { compiled.usesCovariate[$0] ? row[$0] : 0 }
    }
  }
}
