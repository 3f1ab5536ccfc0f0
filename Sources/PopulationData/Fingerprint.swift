/// A 64-bit hash of parsed records, whose parts may be computed apart.
///
/// Each subject has a ``WordHash`` of these words: the number of bytes of its ID and these bytes,
/// the number of occasions; for each occasion the number of doses and their times, amounts and
/// compartments, then the number of observations and their times, values, compartments and numbers
/// of preceding doses; then what ``addMore(_:to:)`` says, for subjects that have more than these;
/// at last its place in the data set. A numeric ID enters in its canonical form
/// (``DecimalNumber/canonical(_:)``), a `Double` by its IEEE bits with −0 as 0. With S, the sum of
/// the mixed hashes over all subjects mod 2⁶⁴, the fingerprint is the mixed hash of the two words:
/// number of subjects, S.
///
/// All steps are one-to-one, so that two data sets which differ in one number only never have the
/// same fingerprint. As additions may be made in any order, those who have some of the subjects
/// each can add up their sums.
package struct Fingerprint: Sendable {
  /// The sum S over the subjects so far.
  package private(set) var sum: UInt64 = 0
  private var key: [UInt8] = []

  /// Of no subject.
  package init() {}

  init(of subjects: [Subject]) {
    for (place, subject) in subjects.enumerated() { add(subject, at: place) }
  }

  /// Adds a subject.
  /// - Parameter place: its place in the data set, from 0.
  package mutating func add(_ subject: Subject, at place: Int) {
    var hash = WordHash()
    var id = subject.id
    id.withUTF8 { id in
      key.removeAll(keepingCapacity: true)
      if DecimalNumber.appendCanonical(id, to: &key) {
        key.withUnsafeBufferPointer { hash.combine($0) }
      } else {
        hash.combine(id)
      }
    }
    var isPlain = !subject.hasCovariates
    hash.combine(subject.occasions.count)
    // By place: what takes an occasion out of the array counts references.
    for o in subject.occasions.indices {
      if subject.occasions[o].start != nil || !subject.occasions[o].others.isEmpty {
        isPlain = false
      }
      hash.combine(subject.occasions[o].doses.count)
      for dose in subject.occasions[o].doses {
        if !dose.isPlain { isPlain = false }
        hash.combine(dose.time)
        hash.combine(dose.amount)
        hash.combine(dose.compartment)
      }
      hash.combine(subject.occasions[o].observations.count)
      for observation in subject.occasions[o].observations {
        if !observation.isPlain { isPlain = false }
        hash.combine(observation.time)
        hash.combine(observation.value)
        hash.combine(observation.compartment)
        hash.combine(observation.precedingDoses)
      }
    }
    if !isPlain { Self.addMore(subject, to: &hash) }
    hash.combine(place)
    sum &+= hash.mixed
  }

  /// All else that a subject may have: the word 2⁶³, the numbers of rows and of covariates and
  /// their values; for each occasion whether it has a start and when; for each dose how it enters
  /// (0 to 4, in the order of ``DoseRecord/Entry``) with rate or duration or 0, the number under
  /// SS, the interval and the two rows of covariates; for each observation its output, its row,
  /// what is known of it (0 a value, 1 below, 2 above, 3 above a limit) with the bound or 0; the
  /// number of other events and their times, compartments, rows, and numbers of preceding doses and
  /// observations.
  private static func addMore(_ subject: Subject, to hash: inout WordHash) {
    hash.combine(UInt64(1) << 63)
    hash.combine(subject.covariates.count)
    hash.combine(subject.covariates.first?.count ?? 0)
    for row in subject.covariates { for value in row { hash.combine(value) } }
    for occasion in subject.occasions {
      hash.combine(occasion.start == nil ? 0 : 1)
      hash.combine(occasion.start ?? 0)
      for dose in occasion.doses {
        hash.combine(dose.entry.code)
        hash.combine(dose.entry.value)
        hash.combine(dose.steadyState.rawValue)
        hash.combine(dose.interval)
        hash.combine(dose.covariates)
        hash.combine(dose.dosingCovariates)
      }
      for observation in occasion.observations {
        hash.combine(observation.output)
        hash.combine(observation.covariates)
        hash.combine(observation.knowledgeCode)
        hash.combine(observation.bound)
      }
      hash.combine(occasion.others.count)
      for other in occasion.others {
        hash.combine(other.time)
        hash.combine(other.compartment)
        hash.combine(other.covariates)
        hash.combine(other.precedingDoses)
        hash.combine(other.precedingObservations)
      }
    }
  }

  /// The fingerprint of a data set.
  /// - Parameter sum: S over all its subjects.
  package static func value(sum: UInt64, subjectCount: Int) -> UInt64 {
    var hash = WordHash()
    hash.combine(subjectCount)
    hash.combine(sum)
    return hash.mixed
  }
}
