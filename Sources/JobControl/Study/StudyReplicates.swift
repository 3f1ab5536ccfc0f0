import DataSets
import Estimation
import OutputFolders
import PopulationModel
import Report
import Spelling
import Study

/// The fits of one method, as they stand in its output folder, beside the truth behind the data
/// sets.
struct StudyReplicates {
  let trial: SimulatedTrial
  /// Those that were fitted, in order.
  let dataSets: [DataSetSource]
  /// `nil` if nothing could be fitted.
  let folder: String?

  /// - Throws: `DocumentError`, `JobFailure`.
  func all() throws -> [Replicate] {
    guard let folder else { return dataSets.map { Replicate(failed: $0.name) } }
    let document = try FitDocument(json: FittedJob.bytes(in: folder), path: "\(folder)/fit.json")
    let fits = Dictionary(document.dataSets.map { ($0.name, $0) }) { first, _ in first }
    let classes = try SubjectClasses(
      path: "\(folder)/subjects.csv", componentCount: trial.model.componentCount)
    return try dataSets.map { source in
      guard case .simulated(let name, let number) = source, let dataSet = fits[name],
        let fit = dataSet.fit
      else { return Replicate(failed: source.name) }
      let draw = trial.draw(number)
      let subjects = classes.subjects[name] ?? 0..<0
      guard subjects.count == draw.truth.count else {
        throw JobFailure(
          message:
            "\(folder)/subjects.csv: has \(counted(subjects.count, "subject")) of \(name), which was drawn with "
            + "\(draw.truth.count); the file is damaged, give --restart to fit all anew.",
          code: .data)
      }
      return replicate(dataSet, fit, draw: draw, subjects: subjects, classes)
    }
  }

  private func replicate(
    _ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit, draw: SimulatedTrial.Draw,
    subjects: Range<Int>, _ classes: SubjectClasses
  ) -> Replicate {
    let truth = draw.truth.map(\.component)
    let count = trial.model.componentCount
    let alignment = LabelAlignment(
      components: truth, memberships: subjects.map(classes.membership), componentCount: count)
    return Replicate(
      dataSet: dataSet.name, status: dataSet.status, trial: trial, draw: draw,
      estimates: (fit.parameters + fit.derived).map(Replicate.Estimate.init),
      alignment: alignment,
      misclassified: count > 1
        ? alignment.misclassified(components: truth, classes: subjects.map { classes.classes[$0] })
        : nil)
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
