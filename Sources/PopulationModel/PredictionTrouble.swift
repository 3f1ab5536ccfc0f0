/// Why a model has no finite predictions of a subject.
public struct PredictionTrouble: Sendable, Equatable {
  /// Line of the data file, if the trouble begins at one.
  public var line: Int?
  /// A clause: "the doses of 100 every 12 with SS have no steady state".
  public var reason: String

  public init(line: Int?, reason: String) {
    self.line = line
    self.reason = reason
  }
}
