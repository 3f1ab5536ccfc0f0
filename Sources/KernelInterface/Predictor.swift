import NumericKernels
import PopulationModel

/// Predictions by the structural model itself, for models and tasks that the kernels have no code of their own for.
public final class Predictor {
  private let programs: SubjectPrograms

  public init(_ programs: SubjectPrograms) { self.programs = programs }

  /// Predicts all observations of a subject; see `StructuralModel.predict`.
  public func predict(
    _ subject: Int, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    programs.model.structural.predict(
      programs.events[subject], parameters: parameters, count: count, predictions: predictions)
  }
}
