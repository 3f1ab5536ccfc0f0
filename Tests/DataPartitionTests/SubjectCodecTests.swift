import DataPartition
import PopulationData
import Testing

/// A subject with anything in it.
func randomSubject(_ generator: inout SplitMix, index: Int = 0) -> Subject {
  func number() -> Double {
    let special = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity, 0.1]
    return Bool.random(using: &generator)
      ? special.randomElement(using: &generator)!
      : Double.random(in: -1e3...1e3, using: &generator)
  }
  func whole() -> Int {
    [0, 1, 7, 63, 64, 8192, 1 << 40, .max, -1, .min].randomElement(using: &generator)!
  }
  let occasions = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
    Occasion(
      doses: (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        DoseRecord(time: number(), amount: number(), compartment: whole(), line: whole())
      },
      observations: (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        Observation(
          time: number(), value: number(), compartment: whole(), line: whole(),
          precedingDoses: whole())
      })
  }
  let id = ["", "1", "Ωμέγα 🧪", "a long ID with \"quotes\" and, commas", "\n\0"]
    .randomElement(using: &generator)!
  return Subject(id: id, index: index, occasions: occasions, line: whole())
}

@Suite("subjects as bytes")
struct SubjectCodecTests {
  @Test("all comes back, bit by bit", arguments: 1...50)
  func roundTrip(seed: UInt64) {
    var generator = SplitMix(state: seed)
    let subjects = (0..<20).map { randomSubject(&generator, index: $0) }
    let back = SubjectCodec.decode(SubjectCodec.encode(subjects))
    #expect(back == subjects)
    // −0 equals 0, so bits are compared apart.
    #expect(bits(back) == bits(subjects))
  }

  private func bits(_ subjects: [Subject]) -> [UInt64] {
    subjects.flatMap(\.occasions).flatMap { occasion in
      occasion.doses.flatMap { [$0.time.bitPattern, $0.amount.bitPattern] }
        + occasion.observations.flatMap { [$0.time.bitPattern, $0.value.bitPattern] }
    }
  }

  @Test("the bytes of two lists are those of both lists")
  func concatenation() {
    var generator = SplitMix(state: 7)
    let subjects = (0..<6).map { randomSubject(&generator, index: $0) }
    #expect(
      SubjectCodec.encode(subjects)
        == SubjectCodec.encode(subjects[..<2]) + SubjectCodec.encode(subjects[2...]))
    #expect(SubjectCodec.decode([]) == [])
  }

  @Test("a subject with a dose and five observations takes no more than 140 bytes")
  func size() {
    let occasion = Occasion(
      doses: [DoseRecord(time: 0, amount: 100, line: 6_000_001)],
      observations: (1...5).map {
        Observation(time: Double($0), value: 1.5, line: 6_000_001 + $0, precedingDoses: 1)
      })
    let subject = Subject(id: "1000000", index: 999_999, occasions: [occasion], line: 6_000_001)
    #expect(SubjectCodec.encode([subject]).count <= 140)
  }
}
