/// Why something could not be measured or compared.
package enum BenchmarkError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The plain code does not know the model of the data set.
  case unsuitable(method: String)
  /// A file is not a report of this version.
  case report(path: String, reason: String)
  /// A process that measures its memory did not answer.
  case child(command: String)

  package var description: String {
    switch self {
    case .unsuitable(let method):
      "\(method) knows the published example's model only; leave it out."
    case .report(let path, let reason):
      "\(path): \(reason); expected a report that popmix-bench wrote with --json."
    case .child(let command): "\(command): the process gave no answer."
    }
  }
}
