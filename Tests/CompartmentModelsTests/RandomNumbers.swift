import Glibc

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): numbers that are the same in every run.
struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

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
