/// The subjects of one file, with a report on the rows and columns that were not used.
public struct Dataset: Sendable, Equatable {
  /// The path as it was given.
  public let name: String
  /// Subjects with at least one observation, in the order of their first rows.
  public let subjects: [Subject]
  /// What the file contained beyond the subjects.
  public let report: ReadingReport
  /// A 64-bit hash of the subjects' IDs and numbers.
  ///
  /// Two files with the same records have the same fingerprint on every platform, whatever their
  /// column order, delimiter, comments and way to write a number. See ``Fingerprint``.
  public let fingerprint: UInt64
  /// Hash of what the likelihood is a density of; see ``RecordHashes``.
  public let observationsFingerprint: UInt64
  /// Hash of the doses and other events.
  public let designFingerprint: UInt64

  public init(name: String, subjects: [Subject], report: ReadingReport = ReadingReport()) {
    self.name = name
    self.subjects = subjects
    self.report = report
    fingerprint = Fingerprint.value(
      sum: Fingerprint(of: subjects).sum, subjectCount: subjects.count)
    let hashes = RecordHashes(of: subjects)
    observationsFingerprint = RecordHashes.value(
      sum: hashes.observations, subjectCount: subjects.count)
    designFingerprint = RecordHashes.value(sum: hashes.design, subjectCount: subjects.count)
  }

  /// Number of observations over all subjects.
  public var observationCount: Int {
    subjects.indices.reduce(0) { $0 + subjects[$1].observationCount }
  }
}
