import Glibc
import Yams

/// Reads job files of version 1.
///
/// All faults that do not follow from another are reported together, each with its place.
package struct JobFileReader: Sendable {
  /// The structures that a job can ask for.
  package let vocabulary: JobVocabulary

  package init(vocabulary: JobVocabulary = .version1) {
    self.vocabulary = vocabulary
  }

  /// Reads the job file at `path`.
  /// - Throws: `JobError.unreadable` or `JobError.invalid`.
  package func read(contentsOfFile path: String) throws(JobError) -> JobFile {
    try read(Self.text(ofFile: path), path: path)
  }

  /// The text of the job file at `path`.
  /// - Throws: `JobError.unreadable`.
  package static func text(ofFile path: String) throws(JobError) -> String {
    guard let file = fopen(path, "r") else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
      // A device may have no end.
      guard bytes.count <= sizeLimit else {
        throw .unreadable(
          path: path, reason: "it is longer than \(sizeLimit >> 20) MiB, which no job file is")
      }
    }
    guard ferror(file) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalid([
        JobDiagnostic(
          path: path, line: 1, column: 1,
          message: "the file is not UTF-8 text, as a job file has to be; save it as UTF-8.")
      ])
    }
    return text
  }

  private static let sizeLimit = 16 << 20

  /// Reads the text of a job file.
  /// - Parameter path: path of the file, for messages and for the paths in it.
  /// - Throws: `JobError.invalid`.
  package func read(_ text: String, path: String) throws(JobError) -> JobFile {
    let document = YAMLDocument(text: text, path: path)
    if let root = document.root(), let job = job(root, path: path), document.faultCount == 0 {
      return job
    }
    throw .invalid(document.diagnostics)
  }

  private func job(_ root: YAMLValue, path: String) -> JobFile? {
    guard !root.isNothing else {
      root.report("is empty, expected a job; begin it with 'popmix: 1'.")
      return nil
    }
    guard let whole = root.anyMapping(expected: "a mapping with the keys of a job"),
      // A file of another version may have any keys, so nothing else is said about it.
      isVersion1(whole)
    else { return nil }
    let keys = whole.only(
      [
        "popmix", "job", "data", "model", "mixture", "prior", "estimation", "simulation", "study",
        "derived", "bootstrap", "likelihood-ratio-test", "units", "tables",
      ] + FormatKey.all.map(\.name) + ["output"])

    let name = keys.required("job").flatMap(jobName)
    let data = keys["data"].flatMap(dataSource)
    if keys["data"] == nil, keys["simulation"] == nil {
      root.report("has neither 'data' nor 'simulation', expected one of them or both; add 'data'.")
    }
    let mixture = keys["mixture"].map(mixtureSpecification) ?? MixtureSpecification()
    let (model, layout) = modelSpecification(keys.required("model"), mixture: mixture)
    let prior = layout.flatMap { layout in
      keys["prior"].flatMap {
        priorSpecification($0, layout: layout, fixed: model?.fixed ?? FixedValues())
      }
    }
    var estimation = estimationOptions(
      keys["estimation"], effectCount: layout?.dimensionCount)
    let given = (model?.otherStarts.count ?? 0) + 1
    if case .exactly(let count)? = estimation?.starts, count < given,
      let starts = keys["estimation"]?.anyMapping(expected: "a mapping")?["starts"]
    {
      starts.report(
        "is \(count), and 'model.start' has \(given), expected as many or more; those that are more are moved from the first at random."
      )
    }
    if let count = estimation?.starts { estimation?.starts = count.including(given: given) }
    let simulation = keys["simulation"].flatMap { simulationDesign($0, layout: layout) }
    let study = keys["study"].flatMap {
      studySpecification($0, effectCount: layout?.dimensionCount, simulation: simulation)
    }
    if keys["study"] != nil, keys["simulation"] == nil {
      keys["study"]?.report(
        "stands without 'simulation', expected both, as a study fits simulated data sets; add it.",
        atKey: true)
    }
    let derived = keys["derived"].map(derivedSpecifications) ?? []
    let bootstrap = keys["bootstrap"].map { bootstrapSpecification($0, data: data) } ?? .some(nil)
    let test =
      keys["likelihood-ratio-test"].map { likelihoodRatioTest($0, data: data) }
      ?? .some(nil)
    let units = keys["units"].map(units) ?? [:]
    let tables = keys["tables"].map(resultTables) ?? []
    let formats = formatSpecifications(keys)
    let output: Located<String>? =
      if let value = keys["output"] {
        value.locatedText(expected: "the path of a folder")
      } else {
        name.map { Located("results/\($0.value)", line: $0.line, column: $0.column) }
      }

    guard let name, let model, let mixture, let estimation, let derived, let bootstrap, let test,
      let units, let tables, let formats, let output
    else { return nil }
    return JobFile(
      path: path, name: name.value, data: data, model: model, mixture: mixture, prior: prior,
      estimation: estimation, simulation: simulation, study: study,
      derived: derived, bootstrap: bootstrap, likelihoodRatioTest: test, units: units,
      tables: tables, formats: formats, output: output)
  }

  private func isVersion1(_ keys: YAMLMapping) -> Bool {
    guard let version = keys["popmix"] else {
      keys.owner.report("has no 'popmix', the version of its format; begin it with 'popmix: 1'.")
      return false
    }
    switch version.node.scalar.flatMap({ StrictNumber.integer($0.string, as: Int.self) }) {
    case 1: return true
    case let number?:
      version.report(
        "is \(number), expected 1; use a version of popmix that reads this format.")
    case nil: version.reportUnexpected("the version of the format", remedy: "write 'popmix: 1'")
    }
    return false
  }

  private static let nameExpected = "a name of letters, digits, '-', '_' and '.'"

  private func jobName(_ value: YAMLValue) -> Located<String>? {
    guard let name = value.locatedText(expected: Self.nameExpected) else { return nil }
    guard Self.isFolderName(name.value) else {
      value.reportUnexpected(Self.nameExpected)
      return nil
    }
    return name
  }

  /// Whether a text of letters, digits, `-`, `_` and `.` can be the name of a new folder.
  static func isFolderName(_ name: String) -> Bool {
    let isAllowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
    // These two are folders that exist.
    return isAllowed && name != "." && name != ".."
  }
}
