package import NumericKernels
public import PopulationData
public import PopulationModel

extension PredictionTrouble {
  /// What became of a subject's events.
  /// - Parameters:
  ///   - predictions: of all observations; the first lane counts.
  ///   - trouble: what the event machine has seen.
  /// - Returns: nil if all predictions are finite.
  package init?(
    _ subject: Subject, _ timeline: EventTimeline, predictions: [Lanes], _ trouble: EventTrouble?
  ) {
    let doses = subject.occasions.flatMap(\.doses)
    let observations = subject.occasions.flatMap(\.observations)
    guard let first = predictions.firstIndex(where: { !$0[0].isFinite }) else { return nil }
    guard let trouble, let place = trouble.dose, place < timeline.doses.count else {
      self.init(
        line: first < observations.count ? observations[first].line : nil,
        reason: "the prediction is no finite number")
      return
    }
    self.init(
      line: place < doses.count ? doses[place].line : nil,
      reason: Self.reason(trouble.reason, timeline.doses[place]))
  }

  private static func reason(_ reason: EventTrouble.Reason, _ dose: EventTimeline.Dose) -> String {
    switch reason {
    case .lag(let value): "the lag of the dose is \(value), expected 0 or more"
    case .bioavailability(let value):
      "the bioavailability of the dose is \(value), expected 0 or more"
    case .rate(let value): "the rate of the infusion (RATE -1) is \(value), expected more than 0"
    case .duration(let value):
      "the duration of the infusion (RATE -2) is \(value), expected more than 0"
    case .noSteadyState:
      dose.interval > 0
        ? "doses of \(plain(dose.amount)) every \(plain(dose.interval)) (SS) have no steady state, as they bring more than "
          + "the model eliminates"
        : "an infusion without end (SS) has no steady state, as it brings more than the model eliminates"
    case .noAmounts: "the amounts after the dose are no finite numbers"
    }
  }

  private static func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension LinearModel {
  public func trouble(of subject: Subject, parameters: [Double]) -> PredictionTrouble? {
    let timeline = EventTimeline(subject)
    var predictions = [Lanes](repeating: Lanes.all(0), count: timeline.observations.count)
    var found: EventTrouble?
    predictions.withUnsafeMutableBufferPointer { predictions in
      guard let target = predictions.baseAddress else { return }
      predict(
        prepareForMachine(timeline), parameters: parameters.map { Lanes.all($0) }, count: 1,
        predictions: target, trouble: &found)
    }
    return PredictionTrouble(subject, timeline, predictions: predictions, found)
  }
}
