public import NumericKernels

/// The right-hand side of a system of ordinary differential equations dy/dt = f(t, y), for eight
/// samples at once.
///
/// The solver calls it in its innermost loop and is compiled for each conforming type, so that
/// nothing is dispatched at run time: conform with a struct or a final class. No lane of the
/// results may depend on another lane of the arguments. Calls must not allocate. The parameters of
/// the samples belong to the conforming value.
///
/// A value that is not finite says that the amounts are outside the model's domain: the solver
/// tries a shorter step, and the sample fails when there is none.
public protocol DerivativeFunction {
  /// Writes dy/dt of all compartments, without the constant infusion rates, which the solver adds.
  /// - Parameters:
  ///   - time: of each lane.
  ///   - amounts: y, a vector for each compartment.
  ///   - derivatives: dy/dt, in the order of `amounts`; never the same memory.
  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>)

  /// Whether `jacobian` has the partial derivatives; where not, the solver of stiff samples takes
  /// difference quotients.
  static var hasJacobian: Bool { get }

  /// Writes the partial derivatives ∂fᵢ/∂yⱼ of n compartments to `j * n + i` of `jacobian`; called
  /// only if `hasJacobian`.
  func jacobian(
    time: Lanes, amounts: UnsafePointer<Lanes>, into jacobian: UnsafeMutablePointer<Lanes>)
}

extension DerivativeFunction {
  @inlinable public static var hasJacobian: Bool { false }

  @inlinable
  public func jacobian(
    time: Lanes, amounts: UnsafePointer<Lanes>, into jacobian: UnsafeMutablePointer<Lanes>
  ) {
    preconditionFailure("A right-hand side with hasJacobian has to write it.")
  }
}
