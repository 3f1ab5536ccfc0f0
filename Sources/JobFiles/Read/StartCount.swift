/// How many starts the fit of a data set has, of which the best end is kept.
package enum StartCount: Sendable, Equatable {
  /// As many as the job asks for.
  case exactly(Int)
  /// As many as are needed, by where those before have ended.
  case asNeeded

  /// Starts that each data set has, whatever becomes of them.
  package var least: Int {
    switch self {
    case .exactly(let count): count
    case .asNeeded: 1
    }
  }

  /// At least so many, where a job gives more starts than one.
  func including(given: Int) -> StartCount {
    switch self {
    case .exactly(let count): .exactly(max(count, given))
    case .asNeeded: given > 1 ? .exactly(given) : .asNeeded
    }
  }
}
