/// What a job file says of its results in the format of another program.
package protocol FormatSpecification: Sendable, Equatable {
  /// Whether it needs what the fit says of each observation.
  var needsObservations: Bool { get }
}

extension FormatSpecification {
  package var needsObservations: Bool { false }
}

/// A key of job files that asks for results in the format of another program.
struct FormatKey: Sendable {
  let name: String
  /// Reads what stands there; `nil` if it reports something.
  let read: @Sendable (JobFileReader, YAMLValue) -> (any FormatSpecification)?

  /// All there are: a line for each.
  static let all = [
    FormatKey(name: "nonmem") { $0.nonmemSpecification($1) }
  ]
}

/// What a job file says of its results in formats of other programs, by key.
package struct FormatSpecifications: Sendable, Equatable {
  private var all: [String: any FormatSpecification] = [:]

  /// - Returns: `nil` if the job does not ask for it.
  package subscript(key: String) -> (any FormatSpecification)? {
    get { all[key] }
    set { all[key] = newValue }
  }

  /// The tables from which results are restored where an earlier run has done the fit.
  var tables: [ResultTable] {
    guard !all.isEmpty else { return [] }
    return all.values.contains { $0.needsObservations } ? [.moments, .observations] : [.moments]
  }

  package static func == (a: FormatSpecifications, b: FormatSpecifications) -> Bool {
    a.all.count == b.all.count
      && a.all.allSatisfy { key, own in b.all[key].map { isEqual(own, $0) } ?? false }
  }

  private static func isEqual<Own: FormatSpecification>(
    _ own: Own, _ other: any FormatSpecification
  ) -> Bool {
    (other as? Own) == own
  }
}

extension JobFileReader {
  /// - Returns: `nil` if something is reported.
  func formatSpecifications(_ keys: YAMLMapping) -> FormatSpecifications? {
    var formats: FormatSpecifications? = FormatSpecifications()
    for key in FormatKey.all {
      guard let value = keys[key.name] else { continue }
      if let found = key.read(self, value) { formats?[key.name] = found } else { formats = nil }
    }
    return formats
  }
}
