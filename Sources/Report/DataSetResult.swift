package import DataPartition
package import Estimation
import PopulationData
package import Study

/// What became of one data set of a job, from one start.
package struct DataSetResult: Sendable {
  package enum Outcome: Sendable {
    case fitted(FitResult)
    /// It could not be read or fitted, for this reason; one sentence.
    case failed(String)
  }

  /// The path, or the name of a simulated data set.
  package let name: String
  /// The number of the start, from 1.
  package let start: Int
  /// Hash of the subjects' numbers, which also addresses the random numbers; `nil` if it could not
  /// be read.
  package let fingerprint: UInt64?
  /// Hashes of the observations and of doses and other events; see `RecordHashes`.
  package let observationsFingerprint: UInt64?
  package let designFingerprint: UInt64?
  /// SHA-256 of the file's bytes in hexadecimal digits, as `sha256sum` prints it; `nil` without a
  /// file that could be read.
  package let sha256: String?
  /// n, or 0.
  package let subjectCount: Int
  /// N, or 0.
  package let observationCount: Int
  /// How many of them were measured, and are not known by an interval only; or 0.
  package let measuredCount: Int
  /// What of the file was not used, one plain line each.
  package let notUsed: [String]
  package let outcome: Outcome
  /// Which component is which of the fit that the data set was drawn from; `nil` if it was not, or
  /// with one component.
  package var labels: LabelAlignment?

  /// - Parameter share: the data set as this rank has it; `nil` if it could not be read.
  package init(name: String, start: Int, share: DatasetShare?, outcome: Outcome) {
    self.name = name
    self.start = start
    fingerprint = share?.fingerprint
    observationsFingerprint = share?.observationsFingerprint
    designFingerprint = share?.designFingerprint
    sha256 = share?.sha256
    subjectCount = share?.subjectCount ?? 0
    observationCount = share?.observationCount ?? 0
    measuredCount = share?.measuredCount ?? 0
    notUsed = share?.report.lines() ?? []
    self.outcome = outcome
  }

  package var fit: FitResult? {
    if case .fitted(let result) = outcome { result } else { nil }
  }

  /// A word for tables: how the fit ended, or `failed`.
  package var status: String { fit?.stopReason.label ?? "failed" }
}
