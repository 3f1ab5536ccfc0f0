/// A 64-bit hash of a sequence of 64-bit words.
///
/// The state h starts at the fractional bits of π and takes in one word w after the other:
///
///     h ← (h ⊕ w) · 0x9E3779B97F4A7C15 mod 2⁶⁴,   h ← h ⊕ (h >> 32)
///
/// Both steps are one-to-one in h and in w, so that two sequences which differ in one word only
/// never collide.
struct WordHash {
  private(set) var value: UInt64 = 0x243F_6A88_85A3_08D3

  mutating func combine(_ word: UInt64) {
    value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 32
  }

  mutating func combine(_ number: Int) {
    combine(UInt64(bitPattern: Int64(number)))
  }

  /// By its IEEE bits, with −0 as 0.
  mutating func combine(_ number: Double) {
    combine(number == 0 ? 0 : number.bitPattern)
  }

  /// The number of bytes, and each byte as a word.
  mutating func combine(_ bytes: UnsafeBufferPointer<UInt8>) {
    combine(bytes.count)
    for byte in bytes { combine(UInt64(byte)) }
  }

  /// The state with its bits well mixed, by a one-to-one function (the last step of SplitMix64):
  ///
  ///     h ← (h ⊕ (h >> 30)) · 0xBF58476D1CE4E5B9,  h ← (h ⊕ (h >> 27)) · 0x94D049BB133111EB,
  ///     h ← h ⊕ (h >> 31)
  var mixed: UInt64 {
    var h = value
    h = (h ^ (h >> 30)) &* 0xBF58_476D_1CE4_E5B9
    h = (h ^ (h >> 27)) &* 0x94D0_49BB_1331_11EB
    return h ^ (h >> 31)
  }
}
