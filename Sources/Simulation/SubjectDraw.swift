import PopulationData

/// A subject with observations that were drawn, and what is behind them.
public struct SubjectDraw: Sendable {
  /// With the doses, times and covariates that it was given.
  public let subject: Subject
  /// From 0.
  public let component: Int
  /// φ: p values on the scale where they are normal, in the order of the model's effects.
  public let randomEffects: [Double]
  /// θ = g(φ): the same in natural units.
  public let individualParameters: [Double]
  /// h(θ) of its observations, occasion after occasion.
  public let predictions: [Double]
}
