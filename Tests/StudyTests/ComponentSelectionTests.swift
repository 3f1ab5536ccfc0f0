import Study
import Testing

@Suite("Choice of the number of components")
struct ComponentSelectionTests {
  private static func candidate(
    _ components: Int, _ minusTwoLogLikelihood: Double, error: Double? = 0, isRegular: Bool = true
  ) -> ComponentSelection.Candidate {
    let q = 3 * components
    return ComponentSelection.Candidate(
      components: components, status: isRegular ? "converged" : "degenerate",
      isRegular: isRegular, minusTwoLogLikelihood: minusTwoLogLikelihood, samplingError: error,
      parameters: q, aic: minusTwoLogLikelihood + 2 * Double(q),
      bic: minusTwoLogLikelihood + 5 * Double(q), icl: minusTwoLogLikelihood + 5 * Double(q) + 10,
      entropy: 5, relativeEntropy: nil, leastWeight: 1 / Double(components))
  }

  @Test("each criterion chooses its least value among fits that ended as they should")
  func choices() {
    let selection = ComponentSelection(
      candidates: [
        Self.candidate(3, 90), Self.candidate(1, 120), Self.candidate(2, 97),
        Self.candidate(4, 0, isRegular: false),
      ], tests: [])
    // AIC 126, 109, 108; BIC 135, 127, 135
    #expect(selection.choices.map(\.components) == [3, 2, 2])
    #expect(selection.choices.allSatisfy { $0.indistinguishable.isEmpty })
    #expect(selection.chosenByTests == nil)
    #expect(selection.missedMaxima.isEmpty)
  }

  @Test("a difference within twice the sampling error of both is none")
  func indistinguishable() {
    func chosen(_ error: Double) -> [ComponentSelection.Choice] {
      ComponentSelection(
        candidates: [
          Self.candidate(1, 120, error: error), Self.candidate(2, 97, error: error),
          Self.candidate(3, 90, error: error),
        ], tests: []
      ).choices
    }
    // AIC differ by 1: the error of the difference is √2 of each.
    #expect(chosen(0.36)[0].indistinguishable == [2])
    #expect(chosen(0.35)[0].indistinguishable == [])
  }

  @Test("a larger model with a lower likelihood has missed its maximum")
  func missed() {
    let selection = ComponentSelection(
      candidates: [Self.candidate(1, 100, error: 0.1), Self.candidate(2, 101, error: 0.1)],
      tests: [])
    #expect(selection.missedMaxima.map(\.by) == [1])
  }

  private static func test(_ components: Int, _ ratio: Double) -> ComponentSelection.Test {
    ComponentSelection.Test(
      components: components, ratio: ratio, replicates: (1...19).map(Double.init), failed: 0,
      level: 0.05)
  }

  @Test("p counts the data itself, and the first number that is not rejected is chosen")
  func tests() {
    #expect(Self.test(1, 30).probability == 0.05)
    #expect(Self.test(1, 30).isRejected)
    #expect(Self.test(1, 19).probability == 0.1)
    #expect(Self.test(1, 0).probability == 1)
    let candidates = (1...3).map { Self.candidate($0, 100 - Double($0)) }
    func chosen(_ ratios: [Double]) -> Int? {
      ComponentSelection(
        candidates: candidates,
        tests: ratios.enumerated().map { Self.test($0 + 1, $1) }
      ).chosenByTests
    }
    #expect(chosen([1]) == 1)
    #expect(chosen([30, 1]) == 2)
    #expect(chosen([30, 30]) == 3)
    #expect(chosen([30]) == nil)
  }

  @Test("p near the level is open: another set of replicates may decide otherwise")
  func undecided() {
    // √(0.05 · 0.95/20) = 0.049
    #expect(Self.test(1, 19).isUndecided)
    #expect(!Self.test(1, 10).isUndecided)
    // Larger than any of 19 is p = 0.05; twice as large as any is no chance.
    #expect(Self.test(1, 30).isUndecided)
    #expect(!Self.test(1, 39).isUndecided)
  }
}
