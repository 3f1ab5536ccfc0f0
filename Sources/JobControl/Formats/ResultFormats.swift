import JobFiles
import NonmemFiles
import Report

/// A format that a job may ask for.
struct KnownFormat: Sendable {
  /// As `popmix fit --format` has it.
  let name: String
  /// The format as a job wants it; `nil` if it does not.
  let format: @Sendable (RunPlan) -> (any ResultFormat)?
  /// The job with the format, by default where it does not say how.
  let asked: @Sendable (RunPlan) -> RunPlan

  /// All there are: a line for each.
  static let all = [
    KnownFormat(name: "nonmem", format: { NonmemFormat($0) }, asked: { $0.inNonmemFormats() })
  ]
}

extension LoadedJob {
  /// Names of the formats of other programs in which results may be wanted.
  package static var formatNames: [String] { KnownFormat.all.map(\.name) }

  /// The job with results in a format of that name too, whether its file asks for them or not.
  package func inFormat(_ name: String) -> LoadedJob {
    guard let known = KnownFormat.all.first(where: { $0.name == name }) else { return self }
    return with(
      plan: known.asked(plan), alternatives: alternatives.map { $0.inFormat(name) })
  }

  /// The formats of other programs in which results are wanted: of a job itself, not of fits for a
  /// study or to data sets that are drawn from results.
  var formats: [any ResultFormat] {
    guard hasOwnOutputs else { return [] }
    return KnownFormat.all.compactMap { $0.format(plan) } + ownFormats
  }
}
