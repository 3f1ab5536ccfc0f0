import Estimation
import Report
import Study

/// The fits of one method, as they stand in its output folder, beside the truth behind the data sets.
struct StudyReplicates {
  let trial: SimulatedTrial
  /// Those that were fitted, in order.
  let dataSets: [DataSetSource]
  let folder: String

  /// - Throws: `DocumentError`, `JobFailure`.
  func all() throws -> [Replicate] {
    let path = "\(folder)/fit.json"
    // A method by which nothing could be fitted leaves no files.
    guard let bytes = FileBytes.read(path) else {
      return dataSets.map { Replicate(failed: $0.name) }
    }
    let document = try FitDocument(json: bytes, path: path)
    let fits = Dictionary(uniqueKeysWithValues: document.dataSets.map { ($0.name, $0) })
    let classes = try SubjectClasses(
      path: "\(folder)/subjects.csv", componentCount: trial.model.componentCount)
    return dataSets.map { source in
      guard case .simulated(let name, let number) = source, let dataSet = fits[name],
        let fit = dataSet.fit
      else { return Replicate(failed: source.name) }
      return replicate(
        dataSet, fit, draw: trial.draw(number), subjects: classes.subjects[name] ?? 0..<0, classes)
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
    let suffix = parameter.component.map { ".\($0)".count } ?? 0
    self.init(
      base: String(parameter.name.dropLast(suffix)), component: parameter.component.map { $0 - 1 },
      value: parameter.estimate, standardErrors: errors, isFixed: parameter.fixed)
  }
}

/// The classes and posterior probabilities in a `subjects.csv`.
private struct SubjectClasses {
  /// Rows of each data set.
  let subjects: [String: Range<Int>]
  /// From 0.
  let classes: [Int]
  private let memberships: [[Double]]

  /// - Throws: `JobFailure` if the table cannot be used.
  init(path: String, componentCount: Int) throws {
    let table = try TableFile(path: path)
    let (dataSet, place) = (try table.place(of: "data_set"), try table.place(of: "class"))
    let tau = try (1...componentCount).map { try table.place(of: "tau.\($0)") }
    var classes: [Int] = []
    var memberships: [[Double]] = []
    var subjects: [String: Range<Int>] = [:]
    // The rows of a data set stand together.
    var current = ""
    table.forEachRow { row in
      if !row.has(Array(current.utf8), at: dataSet) || classes.isEmpty {
        current = row.text(dataSet)
        subjects[current] = classes.count..<classes.count
      }
      let number = row.number(place)
      classes.append(number.isFinite ? Int(number) - 1 : 0)
      memberships.append(tau.map(row.number))
      subjects[current] = subjects[current]!.lowerBound..<classes.count
    }
    self.subjects = subjects
    self.classes = classes
    self.memberships = memberships
  }

  func membership(_ row: Int) -> [Double] { memberships[row] }
}
