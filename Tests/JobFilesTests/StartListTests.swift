import Estimation
import JobFiles
import PopulationData
import PopulationModel
import TestSupport
import Testing

@Suite("several starts of the user's")
struct StartListTests {
  private let starts = """
    [{typical: {V: 20, k: [0.3, 0.6]}, variance: {V: 4, k: 0.01}, sigma: 0.1, weights: [0.5, 0.5]}, \
    {typical: {k: [0.2, 0.9]}}, {weights: [0.8, 0.2], sigma: 0.3}]
    """

  private func plan(_ starts: String, estimation: String? = nil, fixed: String? = nil) throws
    -> RunPlan
  {
    try RunPlan(
      read(
        job(
          effects: "random-effects: {V: \(shared), k: \(mixed)}", start: starts, fixed: fixed,
          mixture: "{components: 2}", estimation: estimation)))
  }

  @Test("there are as many starts as are given, if nothing is said")
  func count() throws {
    #expect(try plan(starts).jobFile.estimation.starts == .exactly(3))
    #expect(try plan(starts, estimation: "{starts: 7}").jobFile.estimation.starts == .exactly(7))
  }

  @Test("fewer starts than are given, and other values of what is fixed, are refused")
  func refused() {
    expectFault(
      job(
        start: "[{weights: [0.5, 0.5]}, {weights: [0.2, 0.8]}]", mixture: "{components: 2}",
        estimation: "{starts: ▸1}"),
      "'estimation.starts' is 1, and 'model.start' has 2, expected as many or more; those that are more are moved from the first at random."
    )
    expectFault(
      job(
        start: "[{typical: {V: 20}}, ▸{typical: {V: 30}}]", fixed: "typical V",
        mixture: "{components: 2}"),
      "'model.start[2]' has another value of 'typical.V', which is fixed, expected the first start's; leave it out."
    )
  }
}
