public import NumericKernels

/// What CVODE's functions need to evaluate one lane: the sample stands in all lanes, and the
/// results of its own one are taken.
@usableFromInline
struct StiffCall {
  /// By address, as generic functions cannot be given to C.
  @usableFromInline typealias Evaluation = (
    _ function: UnsafeRawPointer, _ time: Double, _ amounts: UnsafePointer<Lanes>,
    _ results: UnsafeMutablePointer<Lanes>
  ) -> Void

  @usableFromInline let function: UnsafeRawPointer
  @usableFromInline let derivatives: Evaluation
  @usableFromInline let jacobian: Evaluation?
  @usableFromInline let lane: Int
  @usableFromInline let count: Int
  @usableFromInline let rates: UnsafePointer<Lanes>
  @usableFromInline let amounts: UnsafeMutablePointer<Lanes>
  @usableFromInline let results: UnsafeMutablePointer<Lanes>
  @usableFromInline var partials: UnsafeMutablePointer<Lanes>?

  /// CVODE's errors grow to some ten times its tolerances, those of the explicit method stay near
  /// them.
  static let sharpening = 0.1

  @inlinable
  init(
    function: UnsafeRawPointer, derivatives: @escaping Evaluation, jacobian: Evaluation?, lane: Int,
    count: Int, rates: UnsafePointer<Lanes>, amounts: UnsafeMutablePointer<Lanes>,
    results: UnsafeMutablePointer<Lanes>
  ) {
    self.function = function
    self.derivatives = derivatives
    self.jacobian = jacobian
    self.lane = lane
    self.count = count
    self.rates = rates
    self.amounts = amounts
    self.results = results
  }

  @inlinable
  static func derivatives<F: DerivativeFunction>(of type: F.Type) -> Evaluation {
    { function, time, amounts, results in
      function.assumingMemoryBound(to: F.self).pointee
        .derivatives(time: Lanes.all(time), amounts: amounts, into: results)
    }
  }

  @inlinable
  static func jacobian<F: DerivativeFunction>(of type: F.Type) -> Evaluation {
    { function, time, amounts, results in
      function.assumingMemoryBound(to: F.self).pointee
        .jacobian(time: Lanes.all(time), amounts: amounts, into: results)
    }
  }

  /// Writes the results of the lane; returns 0, or 1 if they are not finite, and CVODE then tries a
  /// shorter step.
  func evaluate(
    _ evaluation: Evaluation, _ time: Double, _ sample: UnsafePointer<Double>,
    _ lanes: UnsafeMutablePointer<Lanes>, _ target: UnsafeMutablePointer<Double>, _ size: Int
  ) -> CInt {
    for i in 0..<count { amounts[i] = Lanes.all(sample[i]) }
    evaluation(function, time, amounts, lanes)
    var test = 0.0
    for i in 0..<size {
      target[i] = lanes[i][lane]
      test += target[i] * 0
    }
    return test == 0 ? 0 : 1
  }
}

func stiffDerivatives(
  _ time: Double, _ sample: UnsafePointer<Double>, _ derivatives: UnsafeMutablePointer<Double>,
  _ context: UnsafeMutableRawPointer
) -> CInt {
  let call = context.assumingMemoryBound(to: StiffCall.self)
  let count = call.pointee.count
  let code = call.pointee.evaluate(
    call.pointee.derivatives, time, sample, call.pointee.results, derivatives, count)
  for i in 0..<count { derivatives[i] += call.pointee.rates[i][call.pointee.lane] }
  return code
}

func stiffJacobian(
  _ time: Double, _ sample: UnsafePointer<Double>, _ jacobian: UnsafeMutablePointer<Double>,
  _ context: UnsafeMutableRawPointer
) -> CInt {
  let call = context.assumingMemoryBound(to: StiffCall.self)
  guard let evaluation = call.pointee.jacobian, let lanes = call.pointee.partials else { return -1 }
  let count = call.pointee.count
  return call.pointee.evaluate(evaluation, time, sample, lanes, jacobian, count * count)
}
