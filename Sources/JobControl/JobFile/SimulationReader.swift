extension JobFileReader {
  /// Reads the section `simulation`.
  /// - Parameter layout: nil when the model has faults, and then the values are not looked at.
  func simulationDesign(_ value: YAMLValue, layout: ParameterLayout?) -> SimulationDesign? {
    guard
      let keys = value.mapping(keys: ["data-sets", "subjects", "doses", "times", "values", "seed"])
    else { return nil }
    let dataSets = keys["data-sets"].map { $0.integer(in: 1...1_000_000) } ?? 1
    let subjects = keys.required("subjects").flatMap { $0.integer(in: 1...100_000_000) }
    let doses = keys.required("doses").flatMap { $0.list(of: "doses")?.every(dose) }
    let times = keys.required("times").flatMap(times)
    let values = keys.required("values").flatMap { value in
      layout.flatMap { populationValues(value, layout: $0, complete: true) }
    }
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    guard let dataSets, let subjects, let doses, let times, let values, let seed
    else { return nil }
    return SimulationDesign(
      dataSets: dataSets, subjects: subjects, doses: doses, times: times, values: values,
      seed: seed)
  }

  private func dose(_ value: YAMLValue) -> SimulationDesign.Dose? {
    guard let keys = value.mapping(keys: ["time", "amount", "additional", "interval"])
    else { return nil }
    let time = keys.required("time").flatMap { $0.number(.notNegative) }
    let amount = keys.required("amount").flatMap { $0.number(.positive) }
    let additional = keys["additional"].map { $0.integer(in: 0...1_000_000) } ?? 0
    let interval = keys["interval"].map { $0.number(.positive) }
    if let additional, (additional > 0) != (interval != nil) {
      let (found, expected) =
        additional > 0 ? ("additional", "interval") : ("interval", "additional")
      value.report(
        "has '\(found)' without '\(expected)', expected both for a series of doses; "
          + "give both or none.")
      return nil
    }
    guard let time, let amount, let additional else { return nil }
    return .init(time: time, amount: amount, additional: additional, interval: interval ?? nil)
  }

  private func times(_ value: YAMLValue) -> Located<[Double]>? {
    guard let items = value.list(of: "times"),
      let times = items.every({ $0.number(.notNegative) })
    else { return nil }
    guard let index = times.indices.dropFirst().first(where: { times[$0] < times[$0 - 1] })
    else { return Located(times, at: value.position) }
    items[index].report(
      "is \(times[index]) after \(times[index - 1]), expected times in ascending order; "
        + "sort them.")
    return nil
  }
}
