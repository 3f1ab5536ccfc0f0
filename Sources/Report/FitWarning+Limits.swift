import Estimation
import PopulationData
import PopulationModel

extension FitWarning {
  /// Limits of quantification of 0 or less, by output, where all measured values are above 0.
  /// Residual errors that grow with the prediction refuse them; under additive error values may be
  /// logarithms, whose limit may be any number.
  static func limitsNotPositive(_ fit: FitResult) -> [FitWarning] {
    fit.limits.lower.sorted { $0.key < $1.key }.compactMap { number, limits in
      guard let lowest = fit.limits.lowest[number], lowest > 0,
        let limit = limits.last(where: { $0.value <= 0 && $0.end == -.infinity })
      else { return nil }
      let name = fit.model.outputs[fit.model.outputPlace(number: number)].name
      return .limitNotPositive(output: name, limit: limit.value, lowest: lowest)
    }
  }
}
