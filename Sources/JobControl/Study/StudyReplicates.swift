import Estimation
import Glibc
import PopulationData
import Report
import Study

/// The fits of one method, as they stand in its output folder, beside the truth behind the data sets.
struct StudyReplicates {
  let trial: SimulatedTrial
  /// Those that were fitted, in order.
  let dataSets: [DataSetSource]
  let folder: String

  /// - Throws: `DocumentError`, `DatasetError`.
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
      value: parameter.estimate, standardErrors: errors)
  }
}

/// The classes and posterior probabilities in a `subjects.csv`.
private struct SubjectClasses {
  /// Rows of each data set.
  private(set) var subjects: [String: Range<Int>] = [:]
  /// From 0.
  let classes: [Int]
  private let memberships: [[Double]]

  init(path: String, componentCount: Int) throws {
    guard let bytes = FileBytes.read(path) else {
      throw OutputError.file(
        path: path, reason: "it cannot be read: \(String(cString: strerror(errno)))")
    }
    let names = (1...componentCount).map { "tau.\($0)" }
    let table = try CSVTable(
      bytes, name: path, numbers: { $0 == "class" || names.contains($0) }, texts: ["data_set"])
    let dataSets = table.texts["data_set"] ?? []
    classes = (table.numbers["class"] ?? []).map { $0.isFinite ? Int($0) - 1 : 0 }
    memberships = names.map { table.numbers[$0] ?? [] }
    var start = 0
    while start < dataSets.count {
      var end = start
      while end < dataSets.count, dataSets[end] == dataSets[start] { end += 1 }
      subjects[dataSets[start]] = start..<end
      start = end
    }
  }

  func membership(_ row: Int) -> [Double] { memberships.map { $0[row] } }
}
