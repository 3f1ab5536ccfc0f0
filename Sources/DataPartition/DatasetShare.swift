package import MessagePassing
package import PopulationData

/// A rank's share of a data set: some of its subjects, and what all ranks know of the whole.
///
/// The shares of all ranks one after the other are the data set.
package struct DatasetShare: Sendable, Equatable {
  /// The path as it was given.
  package let name: String
  /// SHA-256 of the file's bytes as they are stored, in hexadecimal digits as `sha256sum` prints
  /// them; `nil` if there is no file.
  package let sha256: String?
  /// The rank's own subjects in the order of the data set; their `index` is the place in the whole
  /// data set.
  package internal(set) var subjects: [Subject]
  /// Place of the first own subject, were there one, in the whole data set.
  package internal(set) var firstIndex: Int
  /// Number of subjects of all ranks.
  package let subjectCount: Int
  /// Number of observations of all ranks.
  package let observationCount: Int
  /// How many of them were measured, and are not known by an interval only.
  package let measuredCount: Int
  /// Hash of all subjects' IDs and numbers, the same for any number of ranks; as of a `Dataset`.
  package let fingerprint: UInt64
  /// Hash of what the likelihood is a density of; see `RecordHashes`.
  package let observationsFingerprint: UInt64
  /// Hash of the doses and other events.
  package let designFingerprint: UInt64
  /// The limits that the censored values of all ranks show; nothing where no value is censored.
  package let limits: CensoringLimits
  /// What the whole file contained beyond the subjects.
  ///
  /// Subjects without observations and returning IDs are listed one by one, for which each rank
  /// needs memory.
  package let report: ReadingReport

  /// The share of one rank that has all subjects.
  package init(_ dataset: Dataset, sha256: String? = nil) {
    self.init(
      dataset, sha256: sha256, subjects: dataset.subjects, firstIndex: 0)
  }

  /// Some subjects of a data set that the rank has as a whole.
  private init(_ dataset: Dataset, sha256: String?, subjects: [Subject], firstIndex: Int) {
    name = dataset.name
    self.sha256 = sha256
    self.subjects = subjects
    self.firstIndex = firstIndex
    subjectCount = dataset.subjects.count
    observationCount = dataset.observationCount
    measuredCount = dataset.subjects.indices.reduce(0) {
      $0 + dataset.subjects[$1].measuredCount
    }
    fingerprint = dataset.fingerprint
    observationsFingerprint = dataset.observationsFingerprint
    designFingerprint = dataset.designFingerprint
    limits =
      measuredCount == observationCount ? CensoringLimits() : CensoringLimits(dataset.subjects)
    report = dataset.report
  }

  /// Makes shares of subjects that the ranks have; collective.
  ///
  /// - Parameters:
  ///   - subjects: those of this rank; they follow those of the ranks before, and get their places
  ///     in the data set.
  ///   - report: the same on all ranks.
  package init(
    name: String, sha256: String? = nil, subjects: [Subject],
    report: ReadingReport = ReadingReport(), communicator: any Communicator
  ) throws(CommunicationError) {
    let counts = try communicator.allGather(Int64(subjects.count))
    let firstIndex = Int(counts[..<communicator.rank].reduce(0, +))
    let subjectCount = Int(counts.reduce(0, +))
    var subjects = subjects
    var fingerprint = Fingerprint()
    var hashes = RecordHashes()
    var observationCount = 0
    var measuredCount = 0
    for index in subjects.indices {
      subjects[index].index = firstIndex + index
      fingerprint.add(subjects[index], at: firstIndex + index)
      hashes.add(subjects[index])
      observationCount += subjects[index].observationCount
      measuredCount += subjects[index].measuredCount
    }
    var sums = [fingerprint.sum, hashes.observations, hashes.design].map(Int64.init(bitPattern:))
    sums += [Int64(observationCount), Int64(measuredCount)]
    try communicator.allReduceSum(&sums)
    self.name = name
    self.sha256 = sha256
    self.subjects = subjects
    self.firstIndex = firstIndex
    self.subjectCount = subjectCount
    self.observationCount = Int(sums[3])
    self.measuredCount = Int(sums[4])
    func value(_ place: Int) -> UInt64 {
      Fingerprint.value(sum: UInt64(bitPattern: sums[place]), subjectCount: subjectCount)
    }
    self.fingerprint = value(0)
    observationsFingerprint = value(1)
    designFingerprint = value(2)
    // What is agreed on only if there is something to agree on, which all ranks know.
    limits =
      sums[3] == sums[4]
      ? CensoringLimits() : try CensoringLimits(subjects).agreed(communicator)
    self.report = report
  }

  /// An even part of a data set that the rank has as a whole.
  init(evenPartOf dataset: Dataset, sha256: String?, rank: Int, rankCount: Int) {
    let count = dataset.subjects.count
    let range = count * rank / rankCount..<count * (rank + 1) / rankCount
    self.init(
      dataset, sha256: sha256, subjects: Array(dataset.subjects[range]),
      firstIndex: range.lowerBound)
  }
}

extension CensoringLimits {
  /// Those of all ranks; collective.
  fileprivate func agreed(_ communicator: any Communicator) throws(CommunicationError)
    -> CensoringLimits
  {
    var result = CensoringLimits()
    for limits in try communicator.collected(self) { result.add(limits) }
    return result
  }
}

extension DatasetShare {
  /// Some subjects of a data set that every rank has as a whole; they need not be neighbours.
  /// - Parameter places: of this rank's subjects; each subject is on one rank.
  package init(_ dataset: Dataset, places: [Int]) {
    self.init(dataset)
    subjects = places.map { place in
      var subject = dataset.subjects[place]
      subject.index = place
      return subject
    }
    firstIndex = places.first ?? 0
  }
}
