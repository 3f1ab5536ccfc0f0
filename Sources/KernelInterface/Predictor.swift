public import NumericKernels
import PopulationModel

/// Predictions by the structural model itself, for models and tasks that the kernels have no code
/// of their own for.
public final class Predictor {
  private let programs: SubjectPrograms
  /// Asked before each batch: where it is true the rest of a step is given up, and its predictions
  /// may be any numbers. A batch of a system of differential equations takes a moment, the nodes of
  /// a block of subjects may take many seconds.
  public var isLeft: () -> Bool = { false }

  public init(_ programs: SubjectPrograms) { self.programs = programs }

  /// Predicts all observations of a subject; see `StructuralModel.predict`.
  public func predict(
    _ subject: Int, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    guard !isLeft() else { return }
    programs.model.structural.predict(
      programs.events[subject], parameters: parameters, count: count, predictions: predictions)
  }
}
