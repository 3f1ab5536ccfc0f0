import Estimation
import MessagePassing
import PopulationModel
import Testing

@Suite("Fits that others step")
struct SteppingTests {
  private static let example = LinearExample(
    times: [0, 1, 2, 4], subjectCount: 40, means: [[5, -0.7]], deviations: [0.8, 0.3], sigma: 0.5,
    seed: 3)
  private static let start = PopulationParameters(
    weights: [1], means: [[4, -0.3]], covariances: diagonals([[0.4, 0.2]]), residualVariance: 0.3)

  private static func settings(_ method: EstimationMethod) -> EstimationSettings {
    method == .paper ? .paper() : .rule
  }

  @Test(
    "steps are the iterations of a fit, and their state says where it is",
    arguments: [EstimationMethod.paper, .exact])
  func steps(method: EstimationMethod) throws {
    let model = Self.example.model()
    let settings = Self.settings(method)
    let maximization = ExpectationMaximization(
      model: model, dataset: Self.example.dataset, subjects: Array(0..<40), settings: settings,
      communicator: SerialCommunicator())
    var state = maximization.begin(from: Self.start)
    #expect(state.parameters == Self.start && state.records.isEmpty && state.stop == nil)
    while state.stop == nil {
      let parameters = state.parameters
      let count = state.records.count
      try maximization.step(&state)
      #expect(state.records.count == count + 1)
      // A record tells of where the step began.
      #expect(state.records[count].parameters == parameters)
      #expect(state.records[count].iteration == count)
      // Log L is that of the model, by a rule that is exact for it.
      guard method == .exact, !state.records[count].isRejected, count > 2 else { continue }
      let truth = Self.example.logLikelihood(at: parameters)
      #expect(abs(state.records[count].logLikelihood - truth) < 0.05)
    }
    let fit = try serialFit(model, Self.example.dataset, settings, from: Self.start)
    #expect(Array(fit.iterations.prefix(state.records.count)) == state.records)
    #expect(method == .exact || fit.iterations.count == state.records.count + 1)
    #expect(state.stop?.isRegular == true)
  }

  @Test("two fits are stepped in turn as one after the other")
  func inTurn() throws {
    func maximization() -> ExpectationMaximization {
      ExpectationMaximization(
        model: Self.example.model(), dataset: Self.example.dataset, subjects: Array(0..<40),
        settings: Self.settings(.exact), communicator: SerialCommunicator())
    }
    let (first, second) = (maximization(), maximization())
    var other = Self.start
    other.means[0][0] = 6
    var states = (first.begin(from: Self.start), second.begin(from: other))
    for _ in 0..<4 {
      try first.step(&states.0)
      try second.step(&states.1)
    }
    let alone = maximization()
    var state = alone.begin(from: other)
    for _ in 0..<4 { try alone.step(&state) }
    #expect(states.1.records == state.records)
    #expect(states.0.records != state.records)
  }
}
