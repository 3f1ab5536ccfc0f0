import PopulationModel

/// Parameters of the structure, the covariates that they depend on, and residual errors.
extension JobFileReader {
  func fixedEffects(_ value: YAMLValue) -> [FixedEffect]? {
    guard let mapping = value.anyMapping(expected: "a mapping of the fixed effects") else {
      return nil
    }
    return mapping.entries.every { name, value in
      guard
        let keys = value.mapping(keys: ["distribution", "per-component"] + DistributionWord.keys),
        let distribution = distribution(keys)
      else { return nil }
      guard let isPerComponent = flag(keys["per-component"]) else { return nil }
      return FixedEffect(
        name: name.value, distribution: distribution, isPerComponent: isPerComponent)
    }
  }

  enum Answer: String, CaseIterable { case yes, no, `true`, `false` }

  /// `yes` or `no`; no where nothing is said.
  func flag(_ value: YAMLValue?) -> Bool? {
    guard let value else { return false }
    return value.choice(of: Answer.self).map { $0 == .yes || $0 == .true }
  }

  private enum Scale: String, CaseIterable { case linear, log }

  /// Covariates by name.
  /// - Parameter ofWeights: whether they are those of the weights, which always have a coefficient
  ///   for each component.
  func effectCovariates(_ value: YAMLValue, ofWeights: Bool = false) -> [CovariateSpecification]? {
    guard let mapping = value.anyMapping(expected: "a mapping from covariates to how they count")
    else { return nil }
    let lists = mapping.entries.every { name, value -> [CovariateSpecification]? in
      guard
        let keys = value.mapping(
          keys: ["centre", "scale", "categories"] + (ofWeights ? [] : ["per-component"])),
        let isPerComponent = flag(keys["per-component"])
      else { return nil }
      func specification(_ transform: CovariateTransform) -> CovariateSpecification {
        CovariateSpecification(
          name: name, transform: transform, isPerComponent: isPerComponent)
      }
      if let categories = keys["categories"] {
        for key in ["centre", "scale"] {
          guard let other = keys[key] else { continue }
          other.report("stands beside 'categories', expected one of them; remove it.", atKey: true)
          return nil
        }
        return categories.oneOrMany(of: "numbers")?.every { $0.number(.any) }
          .map { $0.map { specification(.category($0)) } }
      }
      let scale = keys["scale"].map { $0.choice(of: Scale.self) } ?? .linear
      guard let scale else { return nil }
      guard
        let centre = keys["centre"].map({ $0.number(scale == .log ? .positive : .any) })
          ?? (scale == .log ? 1 : 0)
      else { return nil }
      return [specification(scale == .log ? .logRatio(centre) : .centred(centre))]
    }
    return lists.map { Array($0.joined()) }
  }

  func occasions(_ value: YAMLValue) -> OccasionSpecification? {
    guard let keys = value.mapping(keys: ["covariate", "values"]),
      let covariate = keys.required("covariate")?.locatedText(expected: "the name of a covariate"),
      let section = keys.required("values"),
      let values = section.list(of: "numbers")?.every({ $0.number(.any) })
    else { return nil }
    guard values.count > 1, Set(values).count == values.count else {
      section.report(
        "has not two different numbers or more, expected one for each occasion; correct it.")
      return nil
    }
    return OccasionSpecification(covariate: covariate, values: values)
  }

  /// One word, or a mapping from outputs.
  func residualErrors(_ value: YAMLValue) -> [OutputModel]? {
    guard value.isMapping else {
      return value.choice(of: ResidualErrorModel.self).map {
        [OutputModel(error: $0)]
      }
    }
    guard let mapping = value.anyMapping(expected: "a word, or a mapping from outputs"),
      !mapping.entries.isEmpty
    else { return nil }
    let isOnly = mapping.entries.count == 1
    let outputs = mapping.entries.every { name, value -> OutputModel? in
      guard let keys = value.mapping(keys: ["error", "dvid", "per-component"]),
        let error = keys.required("error")?.choice(of: ResidualErrorModel.self),
        let isPerComponent = flag(keys["per-component"])
      else { return nil }
      let given = isOnly ? keys["dvid"] : keys.required("dvid")
      let number = given.map { $0.integer(in: 0...9999) } ?? (isOnly ? 0 : nil)
      guard let number else { return nil }
      return OutputModel(
        name: name.value, number: number, error: error, isPerComponent: isPerComponent)
    }
    guard let outputs else { return nil }
    guard Set(outputs.map(\.number)).count == outputs.count else {
      value.report(
        "has one number under 'dvid' twice, expected another for each output; correct it.")
      return nil
    }
    return outputs
  }

  /// The text of the model, from the job file or from a file beside it.
  func equationText(_ keys: YAMLMapping) -> EquationText? {
    if let value = keys["equations"] {
      guard let text = value.text(expected: "the equations of the model, as a block behind '|'")
      else {
        return nil
      }
      let start = value.textStart
      return EquationText(text: text, path: nil, line: start.line, column: start.column)
    }
    guard let value = keys["equations-file"],
      let path = value.text(expected: "the path of a file with equations")
    else { return nil }
    let folder = value.document.path.lastIndex(of: "/").map { value.document.path[...$0] } ?? ""
    let full = path.hasPrefix("/") ? path : folder + path
    do throws(JobError) {
      return EquationText(text: try Self.text(ofFile: full), path: full, line: 1, column: 1)
    } catch {
      value.report(
        "names no text that can be read, expected a file with equations; check the path, "
          + "which begins at the folder of the job file.")
      return nil
    }
  }
}
