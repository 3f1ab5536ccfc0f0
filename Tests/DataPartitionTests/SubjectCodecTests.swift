import DataPartition
import PopulationData
import TestSupport
import Testing

/// A subject with anything in it.
func randomSubject(_ generator: inout SplitMix64, index: Int = 0) -> Subject {
  func number() -> Double {
    let special = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity, 0.1]
    return Bool.random(using: &generator)
      ? special.randomElement(using: &generator)!
      : Double.random(in: -1e3...1e3, using: &generator)
  }
  func whole() -> Int {
    [0, 1, 7, 63, 64, 8192, 1 << 40, .max, -1, .min].randomElement(using: &generator)!
  }
  let isPlain = Bool.random(using: &generator)
  func more(_ number: Int) -> Int { isPlain ? 0 : Int.random(in: 0...number, using: &generator) }
  func entry() -> DoseRecord.Entry {
    [.bolus, .rate(number()), .duration(number()), .modelledRate, .modelledDuration][more(4)]
  }
  func observation() -> Observation {
    let kind = more(3)
    let censoring: [Observation.Censoring] = [
      .none, .below(lower: number()), .above(upper: number()), .none,
    ]
    return Observation(
      time: number(), value: number(), compartment: whole(), line: whole(),
      precedingDoses: whole(), output: more(1) * whole(), covariates: more(1) * whole(),
      censoring: censoring[kind], limit: kind == 3 ? number() : nil)
  }
  let occasions = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
    Occasion(
      doses: (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        DoseRecord(
          time: number(), amount: number(), compartment: whole(), line: whole(), entry: entry(),
          steadyState: DoseRecord.SteadyState(rawValue: more(2))!,
          interval: isPlain ? 0 : number(), covariates: more(1) * whole(),
          dosingCovariates: more(1) * whole())
      },
      observations: (0..<Int.random(in: 0...6, using: &generator)).map { _ in observation() },
      others: (0..<more(2)).map { _ in
        OtherEvent(
          time: number(), compartment: whole(), line: whole(), covariates: whole(),
          precedingDoses: whole(), precedingObservations: whole())
      }, start: isPlain || Bool.random(using: &generator) ? nil : number())
  }
  let id = ["", "1", "Ωμέγα 🧪", "a long ID with \"quotes\" and, commas", "\n\0"]
    .randomElement(using: &generator)!
  let columns = more(3)
  return Subject(
    id: id, index: index, occasions: occasions, line: whole(),
    covariates: columns == 0
      ? Subject.noCovariates
      : (0...more(2)).map { _ in (0..<columns).map { _ in number() } })
}

@Suite("subjects as bytes")
struct SubjectCodecTests {
  @Test("all comes back, bit by bit", arguments: 1...50)
  func roundTrip(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let subjects = (0..<20).map { randomSubject(&generator, index: $0) }
    let back = SubjectCodec.decode(SubjectCodec.encode(subjects))
    #expect(back == subjects)
    // −0 equals 0, so bits are compared apart.
    #expect(bits(back) == bits(subjects))
  }

  private func bits(_ subjects: [Subject]) -> [UInt64] {
    var numbers: [Double] = []
    for subject in subjects {
      for row in subject.covariates { numbers += row }
      for occasion in subject.occasions {
        for dose in occasion.doses {
          numbers += [dose.time, dose.amount, dose.entry.value, dose.interval]
        }
        for observation in occasion.observations {
          numbers += [observation.time, observation.value, observation.bound]
        }
        for other in occasion.others { numbers.append(other.time) }
        if let start = occasion.start { numbers.append(start) }
      }
    }
    return numbers.map(\.bitPattern)
  }

  @Test("the bytes of two lists are those of both lists")
  func concatenation() {
    var generator = SplitMix64(seed: 7)
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
    // A constant covariate is kept once.
    var weighed = subject
    weighed.covariates = [[70]]
    #expect(SubjectCodec.encode([weighed]).count == SubjectCodec.encode([subject]).count + 10)
  }
}
