import CBenchmark
import CVector

/// The processor's limits, measured in this process: its clock, and how fast its multiplication
/// ports work.
///
/// The least time of the E-step's kernel follows: a sample of the published example needs
/// `operationsPerVector`/8 operations on eight doubles, whatever the code.
package struct Roofline: Codable, Sendable, Equatable {
  /// Operations of the multiplication ports in the fused E-step kernel for eight samples of the
  /// published example, two thirds of them for its exponentials.
  package static let operationsPerVector = 118.0

  /// Cycles in a second, in 10⁹.
  package let gigahertz: Double
  /// From one multiplication of doubles to the next one that needs its result, in cycles: a check
  /// of the clock, because processors' manuals tell it (3 or 4 in those of today).
  package let multiplyLatency: Double
  /// Seconds of one fused multiplication and addition of eight doubles, when many are independent,
  /// in 10⁻⁹.
  package let nanosecondsPerOperation: Double
  /// Bits of the instructions with which that was measured.
  package let vectorBits: Int

  package init(
    gigahertz: Double, multiplyLatency: Double, nanosecondsPerOperation: Double, vectorBits: Int
  ) {
    self.gigahertz = gigahertz
    self.multiplyLatency = multiplyLatency
    self.nanosecondsPerOperation = nanosecondsPerOperation
    self.vectorBits = vectorBits
  }

  /// The same in cycles.
  package var cyclesPerOperation: Double { nanosecondsPerOperation * gigahertz }
  /// The least time of a sample of the published example in one E-step, in nanoseconds.
  package var floor: Double { Self.operationsPerVector / 8 * nanosecondsPerOperation }
  /// The same in cycles.
  package var floorCycles: Double { floor * gigahertz }

  /// - Parameters:
  ///   - gigahertz: the processor's clock if it is known; measured if left out, by dependent
  ///     operations on integers that take one cycle each on every processor.
  ///   - repetitions: of each loop; the least time counts.
  package static func measure(gigahertz: Double? = nil, repetitions: Int = 200) -> Roofline {
    let rounds: UInt64 = 1000
    let isWide = cvector_instruction_level() == 4
    let perRound = isWide ? cbenchmark_fused_wide_per_round() : cbenchmark_fused_per_round()
    var integer = Double.infinity
    var multiply = Double.infinity
    var fused = Double.infinity
    // One of each in turn, so that all see the same clock.
    for _ in 0..<repetitions {
      var word: UInt64 = 0
      var number = 0.0
      integer = min(
        integer, seconds { word = cbenchmark_integer_chain(rounds, 0x5555, 0x1234_5677) })
      multiply = min(multiply, seconds { number = cbenchmark_multiply_chain(rounds, 1.000_000_1) })
      cbenchmark_observe(&word)
      cbenchmark_observe(&number)
      fused = min(
        fused,
        seconds {
          number =
            isWide
            ? cbenchmark_fused_wide(rounds, 0.999, 0.001) : cbenchmark_fused(rounds, 0.999, 0.001)
        })
      cbenchmark_observe(&number)
    }
    let steps = 32 * Double(rounds)
    let clock = gigahertz ?? steps / integer * 1e-9
    return Roofline(
      gigahertz: clock, multiplyLatency: multiply / steps * clock * 1e9,
      nanosecondsPerOperation: fused / (Double(rounds) * Double(perRound)) * 1e9,
      vectorBits: isWide ? 512 : cvector_instruction_level() == 3 ? 256 : 128)
  }
}
