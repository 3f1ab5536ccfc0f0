import Study

/// The section `simulation` of a job file.
extension JobFileReader {
  /// - Parameter layout: nil when the model has faults, and then the values are not looked at.
  func simulationDesign(_ value: YAMLValue, layout: ParameterLayout?) -> SimulationDesign? {
    guard
      let keys = value.mapping(keys: [
        "data-sets", "subjects", "doses", "times", "arms", "covariates", "drop-out-hazard",
        "quantification-limit", "values", "seed",
      ])
    else { return nil }
    let dataSets = keys["data-sets"].map { $0.integer(in: 1...1_000_000) } ?? 1
    let covariates = keys["covariates"].map(covariates) ?? []
    let arms = arms(keys, covariates: covariates ?? [])
    let values = keys.required("values").flatMap { value in
      layout.flatMap { populationValues(value, layout: $0, complete: true) }
    }
    let hazard = keys["drop-out-hazard"].map { $0.number(.notNegative) } ?? 0
    let limit = keys["quantification-limit"].map { $0.number(.positive) } ?? .some(nil)
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    guard let dataSets, let covariates, let arms, let hazard, let limit, let values, let seed
    else { return nil }
    return SimulationDesign(
      dataSets: dataSets, arms: arms, covariates: covariates, dropOutHazard: hazard,
      quantificationLimit: limit, values: values, seed: seed)
  }

  /// The list `arms`, or the one arm whose keys stand in the section itself.
  private func arms(_ keys: YAMLMapping, covariates: [SimulatedCovariate])
    -> [SimulationDesign.Arm]?
  {
    guard let list = keys["arms"] else { return arm(keys, covariates).map { [$0] } }
    for key in ["subjects", "doses", "times"] {
      keys[key]?.report(
        "stands beside 'arms', each of which has its own; move it into an arm, or remove it.",
        atKey: true)
    }
    let arms = list.list(of: "arms, each with 'subjects', 'doses' and 'times'")?.every {
      $0.mapping(keys: ["subjects", "doses", "times"]).flatMap { arm($0, covariates) }
    }
    guard let arms else { return nil }
    guard arms.reduce(0, { $0 + $1.subjects }) <= 100_000_000 else {
      list.report("has more than 100000000 subjects in all, expected at most so many.")
      return nil
    }
    return arms
  }

  private func arm(_ keys: YAMLMapping, _ covariates: [SimulatedCovariate])
    -> SimulationDesign.Arm?
  {
    let subjects = keys.required("subjects").flatMap { $0.integer(in: 1...100_000_000) }
    let doses = keys.required("doses").flatMap { list in
      list.list(of: "doses")?.every { dose($0, covariates) }
    }
    let times = keys.required("times").flatMap(times)
    guard let subjects, let doses, let times else { return nil }
    return SimulationDesign.Arm(subjects: subjects, doses: doses, times: times)
  }

  private func dose(_ value: YAMLValue, _ covariates: [SimulatedCovariate])
    -> SimulationDesign.Dose?
  {
    guard let keys = value.mapping(keys: ["time", "amount", "additional", "interval", "per"])
    else { return nil }
    let time = keys.required("time").flatMap { $0.number(.notNegative) }
    let amount = keys.required("amount").flatMap { $0.number(.positive) }
    let additional = keys["additional"].map { $0.integer(in: 0...1_000_000) } ?? 0
    let interval = keys["interval"].map { $0.number(.positive) }
    let per = keys["per"].map { divisor($0, covariates) } ?? .some(nil)
    if let additional, (additional > 0) != (interval != nil) {
      let (found, expected) =
        additional > 0 ? ("additional", "interval") : ("interval", "additional")
      value.report(
        "has '\(found)' without '\(expected)', expected both for a series of doses; "
          + "give both or none.")
      return nil
    }
    guard let time, let amount, let additional, let per else { return nil }
    return .init(
      time: time, amount: amount, additional: additional, interval: interval ?? nil, per: per)
  }

  /// The name of a covariate that is above 0 in all subjects.
  private func divisor(_ value: YAMLValue, _ covariates: [SimulatedCovariate]) -> String? {
    let positive = covariates.filter { covariate in
      switch covariate.distribution {
      case .lognormal: true
      case .uniform(let low, _): low > 0
      case .categories(let values, _): values.allSatisfy { $0 > 0 }
      case .normal: false
      }
    }
    guard !positive.isEmpty else {
      value.report(
        "names a covariate, but 'simulation.covariates' has none that is always above 0; add one that is lognormal, for example."
      )
      return nil
    }
    return value.word(among: positive.map(\.name))
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
