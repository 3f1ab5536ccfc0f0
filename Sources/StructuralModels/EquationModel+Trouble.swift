import CompartmentModels
import ModelLanguage
import NumericKernels
package import PopulationData
package import PopulationModel

extension EquationModel {
  package func trouble(of subject: Subject, parameters: [Double]) -> PredictionTrouble? {
    let timeline = EventTimeline(subject)
    let program = EquationProgram(timeline, self, isWatched: true)
    var predictions = [Lanes](repeating: Lanes.all(0), count: timeline.observations.count)
    var found: EventTrouble?
    predictions.withUnsafeMutableBufferPointer { predictions in
      guard let target = predictions.baseAddress else { return }
      predict(
        program, parameters: parameters.map { Lanes.all($0) }, count: 1, predictions: target,
        trouble: &found)
    }
    guard
      let trouble = PredictionTrouble(subject, timeline, predictions: predictions, found)
    else { return nil }
    return covariateTrouble(of: subject, timeline, parameters: parameters) ?? trouble
  }

  /// A value of the equations that a covariate makes infinite or undefined, as the logarithm of 0.
  private func covariateTrouble(
    of subject: Subject, _ timeline: EventTimeline, parameters: [Double]
  ) -> PredictionTrouble? {
    for (row, values) in usedCovariates(timeline).enumerated() {
      guard
        let (operation, covariates) = compiled.unboundedValue(
          parameters: parameters, covariates: values)
      else { continue }
      let names = covariates.map { "\($0.name) = \($0.value)" }.joined(separator: ", ")
      return PredictionTrouble(
        line: subject.line(ofCovariates: row),
        reason: "\(operation) in the equations is no finite number with \(names)")
    }
    return nil
  }
}
