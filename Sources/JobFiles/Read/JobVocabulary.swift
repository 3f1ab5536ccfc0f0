import PopulationModel
import StructuralModels

/// The words of a job file that depend on what the program can do.
public struct JobVocabulary: Sendable, Equatable {
  /// Structures by name, each with the sets of parameters that it can be written in.
  public var structures: [String: [[String]]]

  public init(structures: [String: [[String]]]) {
    self.structures = structures
  }

  /// The structural models that there are.
  public static let version1 = JobVocabulary(
    structures: Dictionary(
      uniqueKeysWithValues: StructuralModelCatalog.models.map { entry in
        (entry.name, entry.variants.map(\.parameterNames))
      }))
}
