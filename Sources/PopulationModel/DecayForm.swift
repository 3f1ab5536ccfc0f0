public import NumericKernels

/// Predictions h(t) = Σ_d (A_d/V) exp(−k(t − t_d)) over the boluses d given before t, which is all
/// that the kernels have to know of a model to compute them without asking it.
public struct DecayForm: Sendable, Equatable, BitwiseCopyable {
  /// Places of V, and of k or CL, among the model's parameters.
  public let volumePlace: Int
  public let ratePlace: Int
  /// Whether CL is given, k = CL/V.
  public let isClearance: Bool
  /// Whether k has to be finite and not below 0 in the model's domain.
  public let refusesGrowth: Bool

  public init(volumePlace: Int, ratePlace: Int, isClearance: Bool, refusesGrowth: Bool) {
    self.volumePlace = volumePlace
    self.ratePlace = ratePlace
    self.isClearance = isClearance
    self.refusesGrowth = refusesGrowth
  }

  /// Predicts as `StructuralModel.predict` does.
  ///
  /// Doses are superposed by carrying the amount in the compartment from event to event: all terms
  /// have one sign, so this loses nothing against the sum over doses, and costs one exponential for
  /// each step in time.
  public func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    let (volumeRow, rateRow) = (volumePlace * count, ratePlace * count)
    program.steps.withUnsafeBufferPointer { steps in
      for v in 0..<count {
        let volume = parameters[volumeRow + v]
        var rate = isClearance ? parameters[rateRow + v] / volume : parameters[rateRow + v]
        if refusesGrowth {
          rate.replace(with: Lanes.all(.nan), where: rate .< 0 .| rate .== .infinity)
        }
        let perVolume = 1 / volume
        var amount = Lanes.all(0)
        var place = v
        for step in steps {
          if step.elapsed > 0 { amount *= exp(-rate * step.elapsed) }
          switch step.action {
          case .dose: amount += step.amount
          case .observe:
            predictions[place] = amount * perVolume
            place += count
          case .reset: amount = Lanes.all(0)
          }
        }
      }
    }
  }
}
