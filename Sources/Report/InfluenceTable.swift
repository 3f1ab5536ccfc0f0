import Estimation
import Inference
import PopulationData
package import PopulationModel

/// `influence.csv`: a row for each subject, with what it does to the estimates; see
/// `SubjectInfluence`.
package struct InfluenceTable: Sendable {
  private let names: [String]

  package init(model: MixtureModel) { names = FreeParameters(model).names }

  package var header: [UInt8] {
    var text = CSVText()
    text.row(
      ["data_set", "subject", "ID", "likelihood_displacement", "largest_change"]
        + names.map { "change.\($0)" })
    return text.bytes
  }

  /// The rows of this rank's subjects; without numbers where there is no observed information.
  package func rows(_ result: DataSetResult) -> [UInt8] {
    guard let fit = result.fit else { return [] }
    var text = CSVText()
    func add(_ subject: Subject, _ numbers: [Double?]) {
      text.add(result.name)
      text.add(subject.index + 1)
      text.add(subject.id)
      for number in numbers { text.add(number) }
      text.endRow()
    }
    guard let influence = SubjectInfluence(fit) else {
      for subject in fit.subjects {
        add(subject, [Double?](repeating: nil, count: 2 + names.count))
      }
      return text.bytes
    }
    influence.forEachSubject { place, displacement, changes in
      let largest = changes.max { abs($0) < abs($1) }
      add(fit.subjects[place], [displacement, largest] + changes)
    }
    return text.bytes
  }
}
