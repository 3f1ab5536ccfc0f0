import NumericKernels
public import PopulationData

/// One fit of one data set: a model with its estimates, and what it predicts.
public struct FittedModel: Sendable {
  public let model: MixtureModel
  public let estimates: PopulationParameters

  public init(model: MixtureModel, estimates: PopulationParameters) {
    self.model = model
    self.estimates = estimates
  }

  /// Predictions h(θ) of a subject at its own observations, occasion after occasion.
  /// - Parameter phi: individual parameters φ on the scale where they are normal, θ = g(φ), in the
  ///   order of the model's effects.
  /// - Returns: values that are not finite where θ is outside the structural model's domain.
  public func predictions(_ subject: Subject, phi: [Double], component: Int = 0) -> [Double] {
    predictions(EventProgram(subject, for: model.structural), at: [(phi, component)])[0]
  }

  /// Predictions at several vectors φ, each in a component, for each its own list.
  package func predictions(_ program: EventProgram, at vectors: [(phi: [Double], component: Int)])
    -> [[Double]]
  {
    let count = (vectors.count + 7) / 8
    let observations = program.observed.count
    let width = model.structural.parameterNames.count
    var parameters = [Lanes](repeating: Lanes.all(0), count: width * count)
    for v in 0..<8 * count {
      let own = min(v, vectors.count - 1)
      let theta = model.structuralParameters(
        vectors[own].phi, component: vectors[own].component, estimates)
      for place in 0..<width { parameters[place * count + v / 8][v % 8] = theta[place] }
    }
    var predictions = [Lanes](repeating: Lanes.all(0), count: observations * count)
    model.structural.predict(
      program, parameters: parameters, count: count, predictions: &predictions)
    return vectors.indices.map { v in
      (0..<observations).map { predictions[$0 * count + v / 8][v % 8] }
    }
  }

  /// The typical parameters of a component for a subject: the mean of φ that its covariates give.
  public func typical(_ subject: Subject, component: Int) -> [Double] {
    model.priorMean(component, covariates: subject.covariates.first ?? [], estimates)
  }
}
