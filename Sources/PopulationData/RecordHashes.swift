/// Two 64-bit hashes of a data set's records, apart: what the likelihood is a density of, and what
/// the model is given besides.
///
/// Fits whose ``observations`` agree are fits of the same values, so that their likelihoods can be
/// compared whatever columns and covariates their models use. ``Fingerprint`` is of all that was
/// read, and differs as soon as one fit reads a covariate that another does not.
///
/// - `observations`: the ID of each subject, and time, value, output and knowledge (a value, below,
///   above, above a limit, with the bound) of each of its observations, occasion after occasion.
/// - `design`: the ID, the occasions with their starts, all doses, the compartments and preceding
///   doses of the observations, and the compartments that are turned on and off.
///
/// Neither depends on the order of the subjects, nor on covariates. As with ``Fingerprint``, those
/// who have some of the subjects each can add up their sums.
package struct RecordHashes: Sendable {
  /// Sums of the subjects' mixed hashes mod 2⁶⁴.
  package private(set) var observations: UInt64 = 0
  package private(set) var design: UInt64 = 0
  private var key: [UInt8] = []

  /// Of no subject.
  package init() {}

  package init(of subjects: [Subject]) {
    for place in subjects.indices { add(subjects[place]) }
  }

  /// Adds a subject.
  package mutating func add(_ subject: Subject) {
    var values = WordHash()
    combine(subject.id, into: &values)
    var inputs = values
    values.combine(subject.observationCount)
    inputs.combine(subject.occasions.count)
    // By place: what takes an occasion out of the array counts references.
    for place in subject.occasions.indices {
      let start = subject.occasions[place].start
      inputs.combine(start == nil ? 0 : 1)
      inputs.combine(start ?? 0)
      inputs.combine(subject.occasions[place].doses.count)
      for dose in subject.occasions[place].doses { Self.combine(dose, into: &inputs) }
      inputs.combine(subject.occasions[place].observations.count)
      for observation in subject.occasions[place].observations {
        values.combine(observation.time)
        values.combine(observation.value)
        values.combine(observation.output)
        values.combine(observation.knowledgeCode)
        values.combine(observation.bound)
        inputs.combine(observation.compartment)
        inputs.combine(observation.precedingDoses)
      }
      // Those that turn nothing on or off are there for their covariates.
      for other in subject.occasions[place].others where other.compartment != 0 {
        inputs.combine(other.time)
        inputs.combine(other.compartment)
        inputs.combine(other.precedingDoses)
        inputs.combine(other.precedingObservations)
      }
    }
    observations &+= values.mixed
    design &+= inputs.mixed
  }

  private mutating func combine(_ id: String, into hash: inout WordHash) {
    var id = id
    id.withUTF8 { id in
      key.removeAll(keepingCapacity: true)
      if DecimalNumber.appendCanonical(id, to: &key) {
        key.withUnsafeBufferPointer { hash.combine($0) }
      } else {
        hash.combine(id)
      }
    }
  }

  private static func combine(_ dose: DoseRecord, into hash: inout WordHash) {
    hash.combine(dose.time)
    hash.combine(dose.amount)
    hash.combine(dose.compartment)
    hash.combine(dose.entry.code)
    hash.combine(dose.entry.value)
    hash.combine(dose.steadyState.rawValue)
    hash.combine(dose.interval)
  }

  /// The hash of a data set.
  /// - Parameter sum: over all its subjects.
  package static func value(sum: UInt64, subjectCount: Int) -> UInt64 {
    Fingerprint.value(sum: sum, subjectCount: subjectCount)
  }
}
