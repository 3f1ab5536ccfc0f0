import PopulationModel
import StructuralModels

/// The words of a job file that depend on what the program can do.
package struct JobVocabulary: Sendable, Equatable {
  /// Structures by name, each with the sets of parameters that it can be written in.
  package var structures: [String: [[String]]]

  package init(structures: [String: [[String]]]) {
    self.structures = structures
  }

  /// The structural models that there are.
  package static let version1 = JobVocabulary(
    structures: Dictionary(
      uniqueKeysWithValues: StructuralModelCatalog.models.map { entry in
        (entry.name, entry.variants.map(\.parameterNames))
      }))
}
