import NumericKernels
import Testing

@Suite("Philox4x32")
struct PhiloxTests {
  // Random123 1.14, tests/kat_vectors, lines "philox4x32 10".
  static let knownAnswers: [(SIMD4<UInt32>, SIMD2<UInt32>, SIMD4<UInt32>)] = [
    (
      SIMD4(0, 0, 0, 0), SIMD2(0, 0),
      SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff), SIMD2(0xffff_ffff, 0xffff_ffff),
      SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
      SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ]

  // The same counters and keys, lines "philox4x32 7".
  static let sampleAnswers = [
    SIMD4<UInt32>(0x5f6f_b709, 0x0d89_3f64, 0x4f12_1f81, 0x4f73_0a48),
    SIMD4<UInt32>(0x5207_ddc2, 0x4516_5e59, 0x4d8e_e751, 0x8c52_f662),
    SIMD4<UInt32>(0x4dfc_caba, 0x190a_87f0, 0xc473_62ba, 0xb6b5_242a),
  ]

  @Test(
    "with the rounds of samples, too, it agrees with the published known answers", arguments: 0..<3)
  func sampleKnownAnswer(row: Int) {
    let (counter, key, _) = Self.knownAnswers[row]
    #expect(Philox.sampleRounds == 7)
    #expect(Philox.words(counter: counter, key: key, rounds: 7) == Self.sampleAnswers[row])
  }

  @Test("eight lanes have the words of eight scalar calls", arguments: [7, 10])
  func wordLanes(rounds: Int) {
    let key = SIMD2<UInt32>(0x1234_5678, 0x9abc_def0)
    let lanes = Philox.words(
      first: 0xffff_fffc, counter1: 7, counter2: 11, counter3: 13, key: key, rounds: rounds)
    for lane in 0..<8 {
      let words = Philox.words(
        counter: SIMD4(0xffff_fffc &+ UInt32(lane), 7, 11, 13), key: key, rounds: rounds)
      let low = [lanes.0, lanes.1, lanes.2, lanes.3].map { UInt32(truncatingIfNeeded: $0[lane]) }
      #expect(low == (0..<4).map { words[$0] })
    }
  }

  @Test("agrees with the published known answers", arguments: 0..<3)
  func knownAnswer(row: Int) {
    let (counter, key, expected) = Self.knownAnswers[row]
    #expect(Philox.words(counter: counter, key: key) == expected)
  }

  @Test("eight lanes give the uniforms of eight scalar calls")
  func lanesAgreeWithScalar() {
    let key = SIMD2<UInt32>(0x1234_5678, 0x9abc_def0)
    let (a, b) = Philox.uniforms(
      first: 0xffff_fffc, counter1: 7, counter2: 11, counter3: 13, key: key)
    for lane in 0..<8 {
      let words = Philox.words(
        counter: SIMD4(0xffff_fffc &+ UInt32(lane), 7, 11, 13), key: key)
      func uniform(_ high: UInt32, _ low: UInt32) -> Double {
        (Double((UInt64(high) << 32 | UInt64(low)) >> 12) + 0.5) * 0x1p-52
      }
      #expect(a[lane] == uniform(words[0], words[1]))
      #expect(b[lane] == uniform(words[2], words[3]))
    }
  }

  @Test("coarse uniforms are all four words of eight counters, exactly")
  func coarseLanes() {
    let key = SIMD2<UInt32>(0x1234_5678, 0x9abc_def0)
    let (a, b, c, d) = Philox.coarseUniforms(
      first: 0xffff_fffc, counter1: 7, counter2: 11, counter3: 13, key: key)
    for lane in 0..<8 {
      let words = Philox.words(
        counter: SIMD4(0xffff_fffc &+ UInt32(lane), 7, 11, 13), key: key,
        rounds: Philox.sampleRounds)
      for (vector, word) in zip([a, b, c, d], [words[0], words[1], words[2], words[3]]) {
        #expect(vector[lane] == (Double(word) + 0.5) * 0x1p-32)
      }
    }
  }

  @Test("sixteen samples at a time never share a word")
  func coarseSamples() {
    let address = RandomAddress(key: 5, purpose: .expectationStep, subject: 2)
    var seen: Set<Double> = []
    for first in stride(from: 0, to: 4096, by: 16) {
      for pair in 0..<2 {
        let (a, b) = address.coarseUniforms(firstSample: first, pair: pair)
        for vector in [a.0, a.1, b.0, b.1] { for lane in 0..<8 { seen.insert(vector[lane]) } }
      }
    }
    // Of 16384 numbers with 32 bits about 0.03 pairs are equal by chance.
    #expect(seen.count >= 16383)
  }

  @Test("every part of an address changes the number")
  func everyPartMatters() {
    let base = RandomAddress(
      key: 5, purpose: .expectationStep, iteration: 1, subject: 2, component: 3)
    var seen: Set<Double> = [base.uniform(sample: 0, dimension: 0)]
    var others = [RandomAddress](repeating: base, count: 5)
    others[0].key[1] = 9
    others[1].purpose = .latticeShift
    others[2].iteration = 2
    others[3].subject = 3
    others[4].component = 4
    for address in others {
      #expect(seen.insert(address.uniform(sample: 0, dimension: 0)).inserted)
    }
    for dimension in 1..<6 {
      #expect(seen.insert(base.uniform(sample: 0, dimension: dimension)).inserted)
    }
    #expect(seen.insert(base.uniform(sample: 1, dimension: 0)).inserted)
  }

  @Test("normal numbers have the moments of the standard normal within sampling error")
  func moments() {
    let address = RandomAddress(key: 99, purpose: .simulatedEffects)
    let n = 200_000
    var sums = [Double](repeating: 0, count: 4)
    for first in stride(from: 0, to: n, by: 8) {
      let (u, v) = address.uniforms(firstSample: first, pair: 0)
      let x = normalQuantile(u)
      let y = normalQuantile(v)
      sums[0] += (x + y).treeSum
      sums[1] += (x * x + y * y).treeSum
      sums[2] += (x * y).treeSum
      sums[3] += (x * x * x * x).treeSum
    }
    // Five standard errors of each mean.
    #expect(abs(sums[0] / Double(2 * n)) < 5 / Double(2 * n).squareRoot())
    #expect(abs(sums[1] / Double(2 * n) - 1) < 5 * (2 / Double(2 * n)).squareRoot())
    #expect(abs(sums[2] / Double(n)) < 5 / Double(n).squareRoot())
    #expect(abs(sums[3] / Double(n) - 3) < 5 * (96 / Double(n)).squareRoot())
  }
}
