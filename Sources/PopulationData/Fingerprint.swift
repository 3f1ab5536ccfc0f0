/// A 64-bit hash of parsed records, whose parts may be computed apart.
///
/// Each subject has a ``WordHash`` of these words: the number of bytes of its ID and these bytes, the
/// number of occasions; for each occasion the number of doses and their times, amounts and
/// compartments, then the number of observations and their times, values, compartments and numbers
/// of preceding doses; at last its place in the data set. A numeric ID enters in its canonical form
/// (``DecimalNumber/canonical(_:)``), a `Double` by its IEEE bits with −0 as 0. With S, the sum of the
/// mixed hashes over all subjects mod 2⁶⁴, the fingerprint is the mixed hash of the two words: number
/// of subjects, S.
///
/// All steps are one-to-one, so that two data sets which differ in one number only never have the
/// same fingerprint. As additions may be made in any order, those who have some of the subjects each
/// can add up their sums.
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
    hash.combine(subject.occasions.count)
    for occasion in subject.occasions {
      hash.combine(occasion.doses.count)
      for dose in occasion.doses {
        hash.combine(dose.time)
        hash.combine(dose.amount)
        hash.combine(dose.compartment)
      }
      hash.combine(occasion.observations.count)
      for observation in occasion.observations {
        hash.combine(observation.time)
        hash.combine(observation.value)
        hash.combine(observation.compartment)
        hash.combine(observation.precedingDoses)
      }
    }
    hash.combine(place)
    sum &+= hash.mixed
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
