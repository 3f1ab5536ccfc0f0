import DataSets
import Estimation
import OutputFolders
import PopulationModel
import Report
import Spelling
import Study

/// The fits of one method beside the truth behind the data sets.
struct StudyReplicates {
  let trial: SimulatedTrial
  /// Those that were fitted, in order.
  let dataSets: [DataSetSource]
  /// With the subjects' posterior probabilities; `nil` if nothing could be fitted.
  let fitted: FittedJob?

  /// - Throws: `JobFailure`.
  func all() throws -> [Replicate] {
    let entries = fitted?.byName ?? [:]
    return try dataSets.map { source in
      guard case .simulated(let name, let number) = source, let dataSet = entries[name],
        let fit = dataSet.fit
      else { return Replicate(failed: source.name) }
      let draw = trial.draw(number)
      let memberships = fitted?.fits.memberships[name] ?? []
      guard memberships.count == draw.truth.count else {
        throw JobFailure(
          message: "\(name): was drawn with \(counted(draw.truth.count, "subject")), and its fit "
            + "by an earlier run has \(memberships.count); give --restart to fit all anew.",
          code: .data)
      }
      return replicate(dataSet, fit, draw: draw, memberships)
    }
  }

  private func replicate(
    _ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit, draw: SimulatedTrial.Draw,
    _ memberships: [[Double]]
  ) -> Replicate {
    let truth = draw.truth.map(\.component)
    let count = trial.model.componentCount
    let alignment = LabelAlignment(
      components: truth, memberships: memberships, componentCount: count)
    let classes = memberships.map { Classification(membership: $0).component }
    return Replicate(
      dataSet: dataSet.name, status: dataSet.status, trial: trial, draw: draw,
      estimates: (fit.parameters + fit.derived).map(Replicate.Estimate.init),
      alignment: alignment,
      misclassified: count > 1
        ? alignment.misclassified(components: truth, classes: classes) : nil)
  }
}

extension Replicate.Estimate {
  init(_ parameter: FitDocument.Parameter) {
    var errors: [StandardErrorKind: Double] = [:]
    for kind in StandardErrorKind.allCases { errors[kind] = parameter.standardErrors?[kind] }
    self.init(
      base: parameter.base, component: parameter.component.map { $0 - 1 },
      value: parameter.estimate, standardErrors: errors, isFixed: parameter.fixed,
      profile: parameter.profileInterval.map { ($0.low, $0.high) })
  }
}
