package import PopulationData

/// A subject with observations that were drawn, and what is behind them.
package struct SubjectDraw: Sendable {
  /// With the doses, times and covariates that it was given.
  package let subject: Subject
  /// From 0.
  package let component: Int
  /// φ: p values on the scale where they are normal, in the order of the model's effects.
  package let randomEffects: [Double]
  /// θ = g(φ): the same in natural units.
  package let individualParameters: [Double]
  /// h(θ) of its observations, occasion after occasion.
  package let predictions: [Double]
}
