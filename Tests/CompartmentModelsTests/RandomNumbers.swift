import Glibc
import TestSupport

/// Numbers that are the same in every run.
struct RandomNumbers: RandomNumberGenerator {
  private var source: SplitMix64

  init(_ seed: Int) {
    source = SplitMix64(seed: UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15)
  }

  mutating func next() -> UInt64 { source.next() }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    Double.random(in: low..<high, using: &self)
  }

  /// Uniform on the logarithmic scale.
  mutating func scale(_ low: Double, _ high: Double) -> Double {
    Glibc.exp(uniform(Glibc.log(low), Glibc.log(high)))
  }

  mutating func chance(_ probability: Double) -> Bool { uniform(0, 1) < probability }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}
