import Spelling

/// The section `derived` of a job file.
extension JobFileReader {
  func derivedSpecifications(_ value: YAMLValue) -> [DerivedSpecification]? {
    guard let mapping = value.anyMapping(expected: "a mapping from names to expressions") else {
      return nil
    }
    return mapping.entries.every { name, value -> DerivedSpecification? in
      guard Self.isFolderName(name.value), !name.value.contains(".") else {
        value.document.report(
          "the derived quantity \(quoted(name.value)) is not called by a name of letters, digits, '-' and '_'; rename it.",
          at: value.keyPosition)
        return nil
      }
      return value.locatedText(expected: "an expression in parameters, such as log(2)/typical.k")
        .map { DerivedSpecification(name: name, expression: $0) }
    }
  }
}
