import Spelling

/// The section `study` of a job file.
extension JobFileReader {
  /// - Parameters:
  ///   - effectCount: p; nil when the random effects have faults.
  ///   - simulation: nil when the section is absent or has faults.
  func studySpecification(
    _ value: YAMLValue, effectCount: Int?, simulation: SimulationDesign?
  ) -> StudySpecification? {
    guard let keys = value.mapping(keys: ["methods", "published"]) else { return nil }
    let published = keys["published"].map { $0.locatedText(expected: "the path of a CSV file") }
    guard
      let methods = keys.required("methods")?.anyMapping(
        expected: "a mapping from names to settings as in 'estimation'")
    else { return nil }
    if methods.entries.isEmpty {
      methods.owner.report("has no method, expected at least one; add one.")
    }
    // Folders, on file systems that take capitals for small letters, too.
    var taken: [String: String] = [:]
    let specifications = methods.entries.map { name, value -> StudySpecification.Method? in
      let folder = name.value.lowercased()
      var fault: String?
      if !Self.isFolderName(name.value) {
        fault =
          "is not called by a name of letters, digits, '-', '_' and '.', which its folder will have"
      } else if Self.filesOfStudies.contains(folder) {
        fault = "has the name of a file or folder that a study makes"
      } else if let other = taken[folder] {
        fault =
          "differs from \(quoted(other)) in capitals only, which not all file systems tell apart"
      }
      taken[folder] = name.value
      if let fault {
        value.document.report(
          "the method \(quoted(name.value)) \(fault); rename it.", at: value.keyPosition)
        return nil
      }
      return method(name.value, value, effectCount: effectCount, simulation: simulation)
    }
    guard let published = published ?? .some(nil), !specifications.isEmpty,
      specifications.allSatisfy({ $0 != nil })
    else { return nil }
    return StudySpecification(methods: specifications.compactMap { $0 }, published: published)
  }

  /// What stands in the output folder beside those of the methods.
  private static let filesOfStudies: Set<String> = [
    "study.json", "study.csv", "study.md", "replicates.csv", "report", "data", "data-sets",
    "ledger",
    "logs", "fit.json", "run.json",
  ]

  private func method(
    _ name: String, _ value: YAMLValue, effectCount: Int?, simulation: SimulationDesign?
  ) -> StudySpecification.Method? {
    let count =
      value.isMapping
      ? value.anyMapping(expected: "a mapping")?["data-sets"].map {
        $0.integer(in: 1...(simulation?.dataSets ?? 1_000_000))
      } : nil
    guard
      let options = estimationOptions(value, effectCount: effectCount, besides: ["data-sets"]),
      let count = count ?? .some(nil)
    else { return nil }
    return StudySpecification.Method(name: name, options: options, dataSets: count)
  }
}
