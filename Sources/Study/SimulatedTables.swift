import PopulationData

extension SimulatedTrial {
  /// A draw as a NONMEM-style file: a row for each event, numbers with as many digits as it takes to read back the same.
  public func dataTable(_ draw: Draw) -> String {
    var text = "ID,TIME,AMT,DV,EVID,MDV\n"
    for subject in draw.subjects {
      var observation = 0
      for event in design.events {
        if let amount = event.amount {
          text += "\(subject.id),\(plain(event.time)),\(plain(amount)),.,1,1\n"
        } else {
          let value = subject.occasions[0].observations[observation].value
          text += "\(subject.id),\(plain(event.time)),.,\(plain(value)),0,0\n"
          observation += 1
        }
      }
    }
    return text
  }

  /// The component (from 1) and the individual parameters behind each subject of a draw.
  public func truthTable(_ draw: Draw) -> String {
    var text = "ID,COMPONENT," + model.effects.map(\.name).joined(separator: ",") + "\n"
    for (subject, truth) in zip(draw.subjects, draw.truth) {
      text += "\(subject.id),\(truth.component + 1),"
      text += truth.parameters.map(plain).joined(separator: ",") + "\n"
    }
    return text
  }

  /// The shortest decimal that reads back as the same number, without a needless ".0".
  private func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
