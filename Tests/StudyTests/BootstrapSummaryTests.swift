import Study
import Testing

@Suite("Summary of a bootstrap")
struct BootstrapSummaryTests {
  private static func replicate(
    _ value: Double, isRegular: Bool = true, margin: Double? = nil, order: [Int] = [0, 1]
  ) -> BootstrapSummary.Replicate {
    BootstrapSummary.Replicate(
      name: "a", status: isRegular ? "converged" : "degenerate", isRegular: isRegular,
      labels: margin.map { LabelAlignment(order: order, margin: $0) }, values: [value],
      minusTwoLogLikelihood: 1)
  }

  @Test("mean, bias, standard error and quantiles of 0, 1 … 40 as R has them")
  func figures() throws {
    let summary = BootstrapSummary(
      estimates: [("x", 19, 2)], replicates: (0...40).reversed().map { Self.replicate(Double($0)) })
    let x = try #require(summary.parameters.first)
    #expect(x.count == 41)
    #expect(x.mean == 20)
    #expect(x.bias == 1)
    #expect(x.median == 20)
    // sd(0:40) and quantile(0:40, c(.025, .975))
    #expect(abs((x.deviation ?? 0) - 11.979148550710939) < 1e-12)
    #expect(abs(x.interval.low - 1) < 1e-12)
    #expect(abs(x.interval.high - 39) < 1e-12)
  }

  @Test(
    "replicates that did not end well, or whose components are not clear, are told and do not count"
  )
  func marked() throws {
    let summary = BootstrapSummary(
      estimates: [("x", 0, nil)],
      replicates: [
        Self.replicate(1, margin: 0.9), Self.replicate(3, margin: 0.8, order: [1, 0]),
        Self.replicate(1000, margin: 0.05), Self.replicate(1000, isRegular: false, margin: 0.9),
        BootstrapSummary.Replicate(
          name: "b", status: "failed", isRegular: false, labels: nil, values: [],
          minusTwoLogLikelihood: nil),
      ])
    #expect(summary.used == 2)
    #expect(summary.ambiguous == 1)
    #expect(summary.relabelled == 1)
    #expect(summary.leastMargin == 0.8)
    #expect(summary.parameters[0].mean == 2)
    #expect(summary.statuses.map(\.status) == ["converged", "degenerate", "failed"])
  }

  @Test(
    "the margin is what the exchange of two components would lose: all, nothing, and a known share")
  func margin() {
    #expect(LabelAlignment(gains: [[5, 0], [0, 5]]).margin == 1)
    #expect(LabelAlignment(gains: [[0, 5], [5, 0]]) == LabelAlignment(order: [1, 0], margin: 1))
    #expect(LabelAlignment(gains: [[2, 2], [3, 3]]).margin == 0)
    // 8 + 1 less 2 + 1, of 12
    #expect(LabelAlignment(gains: [[8, 2], [1, 1]]).margin == 0.5)
    // The last two of three are as good one way as the other, nearly.
    let three = LabelAlignment(gains: [[50, 0, 0], [0, 12, 11], [0, 11, 12]])
    #expect(three.order == [0, 1, 2])
    #expect(abs(three.margin - 2.0 / 46) < 1e-12)
    #expect(three.isAmbiguous)
  }
}
