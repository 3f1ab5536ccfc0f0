import Estimation

/// What became of one data set of a job.
public struct DataSetResult: Sendable {
  public enum Outcome: Sendable {
    case fitted(FitResult)
    /// It could not be read or fitted, for this reason; one sentence.
    case failed(String)
  }

  /// The path, or the name of a simulated data set.
  public let name: String
  /// Hash of the subjects' numbers, which also addresses the random numbers; `nil` if it could not be read.
  public let fingerprint: UInt64?
  /// SHA-256 of the file's bytes in hexadecimal digits, as `sha256sum` prints it; `nil` if it could not be read.
  public let sha256: String?
  /// IDs of the subjects, in order.
  public let subjectIDs: [String]
  /// Observations of each subject.
  public let observationCounts: [Int]
  /// What of the file was not used, one plain line each.
  public let notUsed: [String]
  public let outcome: Outcome

  public init(
    name: String, fingerprint: UInt64?, sha256: String?, subjectIDs: [String],
    observationCounts: [Int], notUsed: [String], outcome: Outcome
  ) {
    self.name = name
    self.fingerprint = fingerprint
    self.sha256 = sha256
    self.subjectIDs = subjectIDs
    self.observationCounts = observationCounts
    self.notUsed = notUsed
    self.outcome = outcome
  }

  public var fit: FitResult? {
    if case .fitted(let result) = outcome { result } else { nil }
  }
}
