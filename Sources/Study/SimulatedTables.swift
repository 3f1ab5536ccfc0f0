import PopulationData
import PopulationModel

extension SimulatedTrial {
  /// The header of a data file.
  package var dataHeader: [UInt8] {
    var text = CSVText()
    text.row(
      ["ID", "TIME", "AMT", "DV", "EVID", "MDV"] + (design.arms.count > 1 ? ["ARM"] : [])
        + design.covariates.map(\.name))
    return text.bytes
  }

  /// The subjects of a draw as rows of a NONMEM-style file: one for each event, numbers with as
  /// many digits as it takes to read back the same.
  package func dataRows(_ draw: Draw) -> [UInt8] {
    var text = CSVText()
    for (subject, truth) in zip(draw.subjects, draw.truth) {
      func add(time: Double, amount: Double?, value: Double?) {
        text.add(subject.id)
        text.add(time)
        if let amount { text.add(amount) } else { text.add(".") }
        if let value { text.add(value) } else { text.add(".") }
        let flag = amount == nil ? 0 : 1
        text.add(flag)
        text.add(flag)
        if design.arms.count > 1 { text.add(truth.arm + 1) }
        text.add(truth.covariates)
        text.endRow()
      }
      let occasion = subject.occasions[0]
      var given = 0
      func give(upTo count: Int) {
        for dose in occasion.doses[given..<count] {
          add(time: dose.time, amount: dose.amount, value: nil)
        }
        given = count
      }
      for observation in occasion.observations {
        give(upTo: observation.precedingDoses)
        add(time: observation.time, amount: nil, value: observation.value)
      }
      give(upTo: occasion.doses.count)
    }
    return text.bytes
  }

  /// The header of a file with the truth.
  package var truthHeader: [UInt8] {
    var text = CSVText()
    text.row(["ID", "COMPONENT"] + model.effects.map(\.name))
    return text.bytes
  }

  /// The component (from 1) and the individual parameters behind each subject of a draw.
  package func truthRows(_ draw: Draw) -> [UInt8] {
    var text = CSVText()
    for (subject, truth) in zip(draw.subjects, draw.truth) {
      text.add(subject.id)
      text.add(truth.component + 1)
      text.add(truth.parameters)
      text.endRow()
    }
    return text.bytes
  }

  /// A draw as a data file.
  package func dataTable(_ draw: Draw) -> String {
    String(decoding: dataHeader + dataRows(draw), as: UTF8.self)
  }

  /// What is behind a draw, as a file.
  package func truthTable(_ draw: Draw) -> String {
    String(decoding: truthHeader + truthRows(draw), as: UTF8.self)
  }
}
