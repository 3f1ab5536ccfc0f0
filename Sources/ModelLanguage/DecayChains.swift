import NumericKernels

/// How the powers of a subject's decays come about: few exponentials, all others products.
struct DecayChains: Sendable {
  struct Link: BitwiseCopyable, Sendable {
    /// The exponent is rate · time; not used if there are factors.
    var time: Double
    /// Places of the factors among the links of the decay, or −1.
    var first: Int32
    var second: Int32
  }

  /// Links of all decays, one after another.
  private(set) var links: [Link] = []
  /// For each decay its first link; one more for the end.
  private(set) var starts: [Int] = [0]
  /// The link of decay d at observation j at `j · D + d`, from the start of all; −1 where the power
  /// is 1.
  private(set) var places: [Int32]

  /// Units in the last place: 4e-15.
  private static let errorLimit = 32

  /// More powers than these do not stay in the cache while the observations are computed.
  private static let linkLimit = 128

  /// - Parameters:
  ///   - elapsed: whether powers are those of the time since the observation before, instead of
  ///     those of the time.
  /// - Returns: `nil` without decays, and where powers cannot be shared: rates that vary by row,
  ///   times of both signs or not finite, too many times.
  init?(
    _ program: ModelProgram, recordCount: Int, numbers: [Double], rowsVary: Bool,
    elapsed: Bool = false
  ) {
    let decayCount = program.decays.count
    guard decayCount > 0 else { return nil }
    places = [Int32](repeating: -1, count: recordCount * decayCount)
    for (d, decay) in program.decays.enumerated() {
      if decay.variesByRow, rowsVary { return nil }
      var times = (0..<recordCount).map { numbers[$0 * program.recordCount + decay.time] }
      if elapsed { times = times.indices.map { times[$0] - ($0 > 0 ? times[$0 - 1] : 0) } }
      let isNegative = times.contains { $0 < 0 }
      guard times.allSatisfy({ $0.isFinite && ($0 == 0 || ($0 < 0) == isNegative) }) else {
        return nil
      }
      let chain = Self.shortest(times.map(abs))
      guard links.count + chain.links.count <= Self.linkLimit else { return nil }
      for j in 0..<recordCount where chain.places[j] >= 0 {
        places[j * decayCount + d] = Int32(links.count + chain.places[j])
      }
      for link in chain.links {
        links.append(
          Link(
            time: isNegative ? -link.time : link.time,
            first: link.factors.map { Int32(starts[d] + $0.0) } ?? -1,
            second: link.factors.map { Int32(starts[d] + $0.1) } ?? -1))
      }
      starts.append(links.count)
    }
  }

  /// The chain of the times, or of them and the differences between neighbours, whichever has less
  /// work.
  private static func shortest(_ times: [Double]) -> PowerChain {
    let plain = PowerChain(times, errorLimit: errorLimit)
    guard times.count <= 32 else { return plain }
    let sorted = times.sorted()
    let differences = zip(sorted.dropFirst(), sorted).map { $0 - $1 }.filter { $0 > 0 }
    let longer = PowerChain(times + differences, errorLimit: errorLimit)
    return cost(longer) < cost(plain) ? longer : plain
  }

  /// e^(rate · time). Below 2⁻¹⁰²² and above 2¹⁰²³ it stays there, as the powers of the library do;
  /// NaN where the rate is not finite.
  @inline(__always)
  static func power(_ rate: Lanes, _ time: Double) -> Lanes {
    fma(rate, Lanes.all(0), exp2Clamped(rate * (time * 0x1.71547652b82fep0)))
  }

  /// In multiplications.
  private static func cost(_ chain: PowerChain) -> Int {
    chain.links.reduce(0) { $0 + ($1.factors == nil ? 12 : 1) }
  }
}
