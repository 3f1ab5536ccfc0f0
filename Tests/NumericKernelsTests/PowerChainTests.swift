import Glibc
import NumericKernels
import Testing

@Suite("Chains of powers")
struct PowerChainTests {
  static let lists: [[Double]] = [
    [], [0, 0], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], [24, 12, 12, 0.5, 11.5, 24, 36],
    (1...200).map { Double($0) * 0.25 }, [1e-9, 1, 1e-9, 1.000000001], [3, 3, 3],
    // As differences of clock times come.
    [0.1, 0.2 - 0.1, 0.3 - 0.2, 0.4 - 0.3, 1.1 - 0.4],
  ]

  /// e^(−t) of all times by way of the chain.
  private func powers(_ times: [Double]) -> (values: [Double], exponentials: Int) {
    let chain = PowerChain(times)
    var values: [Double] = []
    for link in chain.links {
      if let (a, b) = link.factors {
        values.append(values[a] * values[b])
      } else {
        values.append(Glibc.exp(-link.time))
      }
    }
    return (
      chain.places.map { $0 < 0 ? 1 : values[$0] }, chain.links.count { $0.factors == nil }
    )
  }

  @Test("the published design needs one exponential")
  func published() {
    let times = [0, 1.5, 0.5, 1, 1, 1.5]
    let (values, exponentials) = powers(times)
    #expect(exponentials == 1)
    for (value, time) in zip(values, times) { #expect(abs(value / Glibc.exp(-time) - 1) < 1e-15) }
  }

  @Test("times that are no sums of others have exponentials of their own")
  func independent() {
    let times = [1, 1.41421, 1.73205, 2.23607]
    #expect(powers(times).exponentials == 4)
  }

  @Test(
    "powers are right to a few units in the last place whatever the times",
    arguments: lists)
  func accuracy(times: [Double]) {
    let (values, _) = powers(times)
    #expect(values.count == times.count)
    for (value, time) in zip(values, times) {
      #expect(abs(value / Glibc.exp(-time) - 1) < 5e-15, "\(time)")
    }
  }

  @Test("differences of clock times that differ by rounding are one")
  func rounding() {
    let chain = PowerChain([0.1, 0.2 - 0.1, 0.3 - 0.2, 0.4 - 0.3])
    #expect(chain.links.count == 1)
  }
}
