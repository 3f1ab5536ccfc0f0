package import NumericKernels

/// Computes the derivatives of the amounts, for the vector that its workspace has selected. It is
/// valid as long as the workspace.
///
/// Pointers only: the innermost loop of the solver counts no references.
package struct DerivativeEvaluator: BitwiseCopyable {
  struct State: BitwiseCopyable {
    var derivatives: ModelProgram.Section?
    var jacobian: ModelProgram.Section?
    /// Where the instructions find the time.
    var time: UnsafeMutablePointer<Lanes>?
  }

  let state: UnsafeMutablePointer<State>
  let regions: UnsafeMutablePointer<InterpreterMemory.Region>

  /// Writes the derivatives at a time of each lane.
  package func placeDerivatives(
    time: UnsafePointer<Lanes>, amounts: UnsafePointer<Lanes>,
    into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    if let section = state.pointee.derivatives { run(section, time, amounts, derivatives) }
  }

  /// Writes their partial derivatives ∂fᵢ/∂Aⱼ to `j * n + i`.
  package func placeJacobian(
    time: UnsafePointer<Lanes>, amounts: UnsafePointer<Lanes>, compartmentCount: Int,
    into jacobian: UnsafeMutablePointer<Lanes>
  ) {
    for i in 0..<compartmentCount * compartmentCount { jacobian[i] = Lanes.all(0) }
    if let section = state.pointee.jacobian { run(section, time, amounts, jacobian) }
  }

  private func run(
    _ section: ModelProgram.Section, _ time: UnsafePointer<Lanes>, _ amounts: UnsafePointer<Lanes>,
    _ target: UnsafeMutablePointer<Lanes>
  ) {
    state.pointee.time?.pointee = time.pointee
    regions[3] = InterpreterMemory.Region(
      base: UnsafeMutablePointer(mutating: amounts), stride: 1, step: 0)
    regions[4] = InterpreterMemory.Region(base: target, stride: 1, step: 0)
    Interpreter.run(
      section.code, section.count, InterpreterMemory(regions: regions), count: 1)
  }
}
