/// A 64-bit hash of parsed records.
///
/// The state h starts at the fractional bits of π and takes in one 64-bit word w after the other:
///
///     h ← (h ⊕ w) · 0x9E3779B97F4A7C15 mod 2⁶⁴,   h ← h ⊕ (h >> 32)
///
/// Both steps are one-to-one in h, so that two sequences of words which differ in one word only
/// never collide. The words are, in this order: the number of subjects; for each subject the number
/// of bytes of its ID and these bytes, and the number of occasions; for each occasion the number of
/// doses and their times, amounts and compartments, then the number of observations and their
/// times, values, compartments and numbers of preceding doses. A numeric ID enters in its
/// canonical form (``DecimalNumber/canonical(_:)``), a `Double` by its IEEE bits with −0 as 0.
struct Fingerprint {
  private(set) var value: UInt64 = 0x243F_6A88_85A3_08D3

  init(of subjects: [Subject]) {
    combine(subjects.count)
    for subject in subjects {
      combine(subject)
    }
  }

  private mutating func combine(_ subject: Subject) {
    let id = Array((DecimalNumber.canonical(subject.id) ?? subject.id).utf8)
    combine(id.count)
    for byte in id {
      combine(UInt64(byte))
    }
    combine(subject.occasions.count)
    for occasion in subject.occasions {
      combine(occasion.doses.count)
      for dose in occasion.doses {
        combine(dose.time)
        combine(dose.amount)
        combine(dose.compartment)
      }
      combine(occasion.observations.count)
      for observation in occasion.observations {
        combine(observation.time)
        combine(observation.value)
        combine(observation.compartment)
        combine(observation.precedingDoses)
      }
    }
  }

  private mutating func combine(_ number: Double) {
    combine(number == 0 ? 0 : number.bitPattern)
  }

  private mutating func combine(_ number: Int) {
    combine(UInt64(bitPattern: Int64(number)))
  }

  private mutating func combine(_ word: UInt64) {
    value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 32
  }
}
