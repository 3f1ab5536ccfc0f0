import NumericKernels
import PopulationModel

/// log p(Y_i | θ) for batches of samples: W07 (1), (4), with −½ log |H_i(θ)|, which the print hides in a constant.
///
/// The class owns the buffers of one rank; nothing is allocated while it works.
final class LikelihoodKernel {
  /// The log-likelihood of a sample outside the model's domain; far below any real one, and finite, so that differences of
  /// two such values are numbers.
  static let outside = -1e300

  let model: MixtureModel
  /// The largest batch, in vectors of eight samples.
  let capacity: Int
  /// Random effects φ of the batch on their normal scale: effect j of vector v at `j * count + v`.
  let effects: UnsafeMutablePointer<Lanes>
  /// log p(Y | θ) without the terms that do not depend on θ.
  let logLikelihood: UnsafeMutablePointer<Lanes>
  /// (Y − h)ᵀH⁻¹(Y − h); 0 outside the domain.
  let residualSquares: UnsafeMutablePointer<Lanes>
  /// h: observation j of vector v at `j * count + v`.
  let predictions: UnsafeMutablePointer<Lanes>
  private let parameters: UnsafeMutablePointer<Lanes>

  /// - Parameter observationCount: the largest number of observations of a subject.
  init(model: MixtureModel, capacity: Int, observationCount: Int) {
    self.model = model
    self.capacity = capacity
    let p = model.effectCount
    effects = .allocate(capacity: p * capacity)
    effects.initialize(repeating: Lanes.all(0), count: p * capacity)
    parameters = .allocate(capacity: p * capacity)
    parameters.initialize(repeating: Lanes.all(0), count: p * capacity)
    logLikelihood = .allocate(capacity: capacity)
    logLikelihood.initialize(repeating: Lanes.all(0), count: capacity)
    residualSquares = .allocate(capacity: capacity)
    residualSquares.initialize(repeating: Lanes.all(0), count: capacity)
    predictions = .allocate(capacity: max(1, observationCount) * capacity)
    predictions.initialize(repeating: Lanes.all(0), count: max(1, observationCount) * capacity)
  }

  deinit {
    effects.deallocate()
    parameters.deallocate()
    logLikelihood.deallocate()
    residualSquares.deallocate()
    predictions.deallocate()
  }

  /// Terms of log p(Y | θ) that do not depend on θ: −(m/2) log(2πσ²).
  static func constant(observationCount: Int, residualVariance: Double) -> Double {
    -0.5 * Double(observationCount) * log(2 * Double.pi * residualVariance)
  }

  /// Fills `logLikelihood` and `residualSquares` for the first `count` vectors of `effects`.
  func evaluate(_ program: borrowing EventProgram, count: Int, residualVariance: Double) {
    for (j, effect) in model.effects.enumerated() {
      let source = effects + j * count
      let target = parameters + model.structuralPlace[j] * count
      switch effect.distribution {
      case .normal: target.update(from: source, count: count)
      case .lognormal: for v in 0..<count { target[v] = exp(source[v]) }
      }
    }
    model.structural.predict(
      program, parameters: parameters, count: count, predictions: predictions)
    let halfPrecision = -0.5 / residualVariance
    program.observed.withUnsafeBufferPointer { observed in
      switch model.residual {
      case .additive: additive(observed, count: count, halfPrecision: halfPrecision)
      case .proportional: proportional(observed, count: count, halfPrecision: halfPrecision)
      }
    }
  }

  private func additive(_ y: UnsafeBufferPointer<Double>, count: Int, halfPrecision: Double) {
    for v in 0..<count {
      var squares = Lanes.all(0)
      for j in 0..<y.count {
        let r = y[j] - predictions[j * count + v]
        squares += r * r
      }
      let isOutside = .!(squares .< .infinity)
      residualSquares[v] = squares.replacing(with: Lanes.all(0), where: isOutside)
      logLikelihood[v] = (squares * halfPrecision)
        .replacing(with: Lanes.all(Self.outside), where: isOutside)
    }
  }

  /// Σ_j log |h_j| is the logarithm of a product: mantissas are multiplied and exponents added, so that one logarithm serves
  /// all observations and nothing over- or underflows.
  private func proportional(_ y: UnsafeBufferPointer<Double>, count: Int, halfPrecision: Double) {
    let mantissaMask = SIMD8<Int64>(repeating: 0x000F_FFFF_FFFF_FFFF)
    let one = SIMD8<Int64>(repeating: 0x3FF0_0000_0000_0000)
    // All but the sign.
    let magnitudeMask = SIMD8<Int64>(repeating: Int64.max)
    for v in 0..<count {
      var squares = Lanes.all(0)
      var product = Lanes.all(1)
      // Biased by 1023 for each observation, which is taken off at the end.
      var exponent = SIMD8<Int64>(repeating: 0)
      for j in 0..<y.count {
        let h = predictions[j * count + v]
        let r = y[j] / h - 1
        // h = 0 makes r infinite or NaN; h·0 is NaN where h is infinite or NaN.
        squares += r * r + h * 0
        let bits = unsafeBitCast(h, to: SIMD8<Int64>.self) & magnitudeMask
        product *= unsafeBitCast((bits & mantissaMask) | one, to: Lanes.self)
        exponent &+= bits.logicalShift(52)
        if j & 511 == 511 {
          let productBits = unsafeBitCast(product, to: SIMD8<Int64>.self)
          exponent &+= productBits.logicalShift(52) &- 1023
          product = unsafeBitCast((productBits & mantissaMask) | one, to: Lanes.self)
        }
      }
      exponent &-= Int64(1023 * y.count)
      let isOutside = .!(squares .< .infinity)
      let magic = Lanes.all(0x1.8p52)
      let power =
        unsafeBitCast(exponent &+ unsafeBitCast(magic, to: SIMD8<Int64>.self), to: Lanes.self)
        - magic
      let logDeterminant = log(product) + power * 0.693147180559945309417
      residualSquares[v] = squares.replacing(with: Lanes.all(0), where: isOutside)
      logLikelihood[v] = (squares * halfPrecision - logDeterminant)
        .replacing(with: Lanes.all(Self.outside), where: isOutside)
    }
  }
}
