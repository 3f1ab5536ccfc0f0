import PopulationData

extension SimulatedTrial {
  /// The header of a data file.
  public static let dataHeader = Array("ID,TIME,AMT,DV,EVID,MDV\n".utf8)

  /// The subjects of a draw as rows of a NONMEM-style file: one for each event, numbers with as many digits as it takes to read back
  /// the same.
  public func dataRows(_ draw: Draw) -> [UInt8] {
    let events = design.events
    var text = CSVText()
    for subject in draw.subjects {
      var observation = 0
      for event in events {
        text.add(subject.id)
        text.add(event.time)
        if let amount = event.amount {
          text.add(amount)
          text.add(".")
        } else {
          text.add(".")
          text.add(subject.occasions[0].observations[observation].value)
          observation += 1
        }
        let flag = event.amount == nil ? 0 : 1
        text.add(flag)
        text.add(flag)
        text.endRow()
      }
    }
    return text.bytes
  }

  /// The header of a file with the truth.
  public var truthHeader: [UInt8] {
    var text = CSVText()
    text.row(["ID", "COMPONENT"] + model.effects.map(\.name))
    return text.bytes
  }

  /// The component (from 1) and the individual parameters behind each subject of a draw.
  public func truthRows(_ draw: Draw) -> [UInt8] {
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
  public func dataTable(_ draw: Draw) -> String {
    String(decoding: Self.dataHeader + dataRows(draw), as: UTF8.self)
  }

  /// What is behind a draw, as a file.
  public func truthTable(_ draw: Draw) -> String {
    String(decoding: truthHeader + truthRows(draw), as: UTF8.self)
  }
}
