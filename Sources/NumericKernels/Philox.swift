public import CVector

/// Philox4x32-10, the counter-based random function of Salmon, Moraes, Dror & Shaw, "Parallel
/// random numbers: as easy as 1, 2, 3" (SC11): 128 random bits as a pure function of a 128-bit
/// counter and a 64-bit key. It holds no state, so a number depends on its address alone, never on
/// what was drawn before it.
///
/// For Monte Carlo samples, of which there are many millions, seven rounds: the fewest with which
/// the function passes all tests of BigCrush (table 2 there). Ten, with a margin, for all else.
public enum Philox {
  /// Rounds of Monte Carlo samples.
  public static let sampleRounds = 7

  @usableFromInline static let multiplier0: UInt64 = 0xD251_1F53
  @usableFromInline static let multiplier1: UInt64 = 0xCD9E_8D57
  @usableFromInline static let weyl0: UInt32 = 0x9E37_79B9
  @usableFromInline static let weyl1: UInt32 = 0xBB67_AE85

  /// The four random words at one counter.
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, rounds: Int = 10)
    -> SIMD4<UInt32>
  {
    var c = counter
    var k = key
    for _ in 0..<rounds {
      let product0 = multiplier0 &* UInt64(c[0])
      let product1 = multiplier1 &* UInt64(c[2])
      c = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ c[1] ^ k[0],
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ c[3] ^ k[1],
        UInt32(truncatingIfNeeded: product0))
      k[0] &+= weyl0
      k[1] &+= weyl1
    }
    return c
  }

  /// Two vectors of uniform numbers in (0, 1), for eight neighbouring counters at once: lane j has
  /// the first counter word `first + j`. Each number is (i + ½)/2⁵² with a random integer i, so
  /// that 0 and 1 never occur.
  @inlinable @inline(__always)
  public static func uniforms(
    first: UInt32, counter1: UInt32, counter2: UInt32, counter3: UInt32, key: SIMD2<UInt32>
  )
    -> (Lanes, Lanes)
  {
    var (c0, c1, c2, c3) = words(
      first: first, counter1: counter1, counter2: counter2, counter3: counter3, key: key,
      rounds: 10)
    let low = SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
    c1 &= low
    c3 &= low
    return (unitInterval((c0 &<< 32) | c1), unitInterval((c2 &<< 32) | c3))
  }

  /// The four words at eight neighbouring counters, in the lower halves of 64-bit lanes; the upper
  /// halves may hold anything.
  @inlinable @inline(__always)
  public static func words(
    first: UInt32, counter1: UInt32, counter2: UInt32, counter3: UInt32, key: SIMD2<UInt32>,
    rounds: Int
  ) -> (SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>) {
    // In 64-bit lanes the product of two 32-bit words needs no widening.
    var c0 =
      (SIMD8<UInt64>(repeating: UInt64(first)) &+ SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7))
      & SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
    var c1 = SIMD8<UInt64>(repeating: UInt64(counter1))
    var c2 = SIMD8<UInt64>(repeating: UInt64(counter2))
    var c3 = SIMD8<UInt64>(repeating: UInt64(counter3))
    var (k0, k1) = (key[0], key[1])
    @inline(__always)
    func turn() {
      let product0 = cvector_multiply_low(c0, UInt32(multiplier0))
      let product1 = cvector_multiply_low(c2, UInt32(multiplier1))
      // Multiplication looks at the lower halves alone.
      c0 = (product1 &>> 32) ^ (c1 ^ SIMD8<UInt64>(repeating: UInt64(k0)))
      c1 = product1
      c2 = (product0 &>> 32) ^ (c3 ^ SIMD8<UInt64>(repeating: UInt64(k1)))
      c3 = product0
      k0 &+= weyl0
      k1 &+= weyl1
    }
    // Unrolled, so that the keys of all rounds are made once for all samples.
    turn()
    turn()
    turn()
    turn()
    turn()
    turn()
    turn()
    for _ in 7..<max(7, rounds) { turn() }
    return (c0, c1, c2, c3)
  }

  /// Four vectors of uniform numbers in (0, 1), (i + ½)/2³² with a random integer i: all that eight
  /// counters give, for Monte Carlo samples.
  @inlinable @inline(__always)
  public static func coarseUniforms(
    first: UInt32, counter1: UInt32, counter2: UInt32, counter3: UInt32, key: SIMD2<UInt32>
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    let (w0, w1, w2, w3) = words(
      first: first, counter1: counter1, counter2: counter2, counter3: counter3, key: key,
      rounds: sampleRounds)
    return (coarseUnit(w0), coarseUnit(w1), coarseUnit(w2), coarseUnit(w3))
  }

  /// (i + ½)/2³² from the lower 32 bits: placed in the mantissa of 2⁵², which is exact.
  @inlinable @inline(__always)
  static func coarseUnit(_ bits: SIMD8<UInt64>) -> Lanes {
    let placed = (bits & 0xFFFF_FFFF) | 0x4330_0000_0000_0000
    return fma(
      unsafeBitCast(placed, to: Lanes.self), Lanes.all(0x1p-32), Lanes.all(0x1p-33 - 0x1p20))
  }

  /// (i + ½)/2⁵² from the upper 52 of 64 random bits: placed as the mantissa of a number in [1, 2),
  /// which is exact.
  @inlinable @inline(__always)
  static func unitInterval(_ bits: SIMD8<UInt64>) -> Lanes {
    let mantissa = (bits &>> 12) | SIMD8<UInt64>(repeating: 0x3FF0_0000_0000_0000)
    return unsafeBitCast(mantissa, to: Lanes.self) - (1 - 0x1p-53)
  }
}

/// What a random number is for; the first part of its address.
public enum RandomPurpose: UInt32, Sendable {
  /// Samples of the E-step.
  case expectationStep = 1
  /// Random shifts of a lattice.
  case latticeShift = 2
  /// Random effects, component labels and residuals of simulated data.
  case simulatedEffects = 3
  case simulatedResiduals = 4
  /// The same of replicates that a fit is checked by.
  case replicateEffects = 8
  case replicateResiduals = 9
  /// Owen scramblings of Sobol' points.
  case sobolScramble = 5
  /// Other starting values of a fit.
  case startingValues = 6
  /// Where values beyond a limit of quantification might have been: those of replicates and
  /// observed ones by the predictive distribution, and residuals by that of the residual error.
  case censoredValues = 20
  case censoredResiduals = 21
  /// Covariates of simulated subjects, and when they leave.
  case simulatedCovariates = 7
  case simulatedDropOut = 10
  /// Which subjects a data set has that is drawn from another with replacement.
  case resampledSubjects = 11
}

/// The address of a block of random numbers: (key; purpose, iteration, subject, component), to
/// which the kernels add the sample and the dimension.
public struct RandomAddress: Sendable, Equatable {
  /// The job's seed and the data set's fingerprint, mixed.
  public var key: SIMD2<UInt32>
  public var purpose: RandomPurpose
  /// 0 … 2²⁴ − 1
  public var iteration: UInt32
  public var subject: UInt32
  /// 0 … 255
  public var component: UInt32

  public init(
    key: UInt64, purpose: RandomPurpose, iteration: Int = 0, subject: Int = 0, component: Int = 0
  ) {
    precondition(iteration >= 0 && iteration < 1 << 24 && component >= 0 && component < 256)
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    self.purpose = purpose
    self.iteration = UInt32(iteration)
    self.subject = UInt32(subject)
    self.component = UInt32(component)
  }

  /// Two vectors of uniforms in (0, 1) for the samples `first … first + 7`, in the dimensions
  /// 2·pair and 2·pair + 1.
  @inlinable @inline(__always)
  public func uniforms(firstSample: Int, pair: Int) -> (Lanes, Lanes) {
    Philox.uniforms(
      first: UInt32(truncatingIfNeeded: firstSample), counter1: subject,
      counter2: iteration << 8 | component,
      counter3: purpose.rawValue << 16 | UInt32(truncatingIfNeeded: pair), key: key)
  }

  /// Uniforms in (0, 1) with 32 bits for sixteen samples, `first … first + 15`, in the dimensions
  /// 2·pair and 2·pair + 1: two vectors of each dimension.
  @inlinable @inline(__always)
  public func coarseUniforms(firstSample: Int, pair: Int) -> (
    first: (Lanes, Lanes), second: (Lanes, Lanes)
  ) {
    let (a, b, c, d) = Philox.coarseUniforms(
      first: UInt32(truncatingIfNeeded: firstSample &>> 1), counter1: subject,
      counter2: iteration << 8 | component,
      counter3: purpose.rawValue << 16 | UInt32(truncatingIfNeeded: pair), key: key)
    return ((a, b), (c, d))
  }

  /// Random words of sixteen samples, `first … first + 15`, for `normalPair` in the dimensions
  /// 2·pair and 2·pair + 1: two vectors for the first eight samples, and two for the others.
  @inlinable @inline(__always)
  public func sampleWords(firstSample: Int, pair: Int) -> (
    first: (SIMD8<UInt64>, SIMD8<UInt64>), second: (SIMD8<UInt64>, SIMD8<UInt64>)
  ) {
    let (a, b, c, d) = Philox.words(
      first: UInt32(truncatingIfNeeded: firstSample &>> 1), counter1: subject,
      counter2: iteration << 8 | component,
      counter3: purpose.rawValue << 16 | UInt32(truncatingIfNeeded: pair), key: key,
      rounds: Philox.sampleRounds)
    return ((a, c), (b, d))
  }

  /// The random words behind the uniforms of one sample in the dimensions 2·pair and 2·pair + 1.
  public func words(sample: Int, pair: Int) -> SIMD4<UInt32> {
    Philox.words(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: sample), subject, iteration << 8 | component,
        purpose.rawValue << 16 | UInt32(truncatingIfNeeded: pair)),
      key: key)
  }

  /// One uniform in (0, 1).
  public func uniform(sample: Int, dimension: Int) -> Double {
    let both = uniforms(firstSample: sample, pair: dimension / 2)
    return dimension % 2 == 0 ? both.0[0] : both.1[0]
  }

  /// One standard normal number.
  public func normal(sample: Int, dimension: Int) -> Double {
    normalQuantile(Lanes.all(uniform(sample: sample, dimension: dimension)))[0]
  }

  /// A key for one purpose from several numbers, by the finaliser of SplitMix64 (Steele, Lea &
  /// Flood 2014).
  public static func key(mixing values: UInt64...) -> UInt64 {
    var state: UInt64 = 0
    for value in values {
      state = state &+ 0x9E37_79B9_7F4A_7C15 &+ value
      state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
      state ^= state >> 31
    }
    return state
  }
}
