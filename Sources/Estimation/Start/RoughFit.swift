import DataPartition
import MessagePassing
import PopulationData
import PopulationModel

/// Some iterations of EM on some of the subjects, which say which of several candidates is better.
struct RoughFit {
  let model: MixtureModel
  let subjects: [Subject]
  let seed: UInt64
  let prior: ParameterPrior
  let mustStop: () -> Bool

  /// - Returns: `nil` where the likelihood is 0, or a component degenerates.
  /// - Throws: `FitStopped`.
  func fit(from start: PopulationParameters, iterations: Int) throws -> FitResult? {
    let dataset = Dataset(name: "sample", subjects: subjects)
    let p = model.effectCount
    var settings = EstimationSettings(
      // More dimensions than a lattice has are refused where a job is read, but for Sobol' points
      // and independent ones.
      method: .exact, nodes: p <= 10 ? .lattice : p <= 32 ? .sobol : .independent,
      samples: p <= 3 ? 64 : 128, iterations: iterations, tolerance: 1e-3, seed: seed,
      envelopeInflation: p <= 10 ? 3 : 1.5)
    settings.leastGain = 0.02
    settings.prior = prior
    do {
      let fit = try ExpectationMaximization(
        model: model, dataset: dataset, subjects: Array(subjects.indices), settings: settings,
        communicator: SerialCommunicator()
      ).fit(from: start, control: Control(mustStop: mustStop))
      guard !fit.stopReason.isDegenerate, fit.logLikelihood.isFinite else { return nil }
      return fit
    } catch is EstimationError {
      return nil
    }
  }

  /// Stops, and saves nothing.
  private final class Control: FitControl {
    private let isAsked: () -> Bool
    init(mustStop: @escaping () -> Bool) { isAsked = mustStop }
    var mustStop: Bool { isAsked() }
    func wishes(after step: FitStep) -> FitWishes { isAsked() ? .stop : [] }
    func save(_ fit: FitSnapshot, stopping: Bool) {}
  }
}
