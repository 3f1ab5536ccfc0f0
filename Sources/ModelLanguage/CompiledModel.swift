import NumericKernels

/// A model that was written as equations, ready to be computed.
public struct CompiledModel: Sendable {
  /// How amounts in compartments come about.
  public enum Kind: Sendable, Equatable {
    /// There are none: predictions are functions of time, doses and covariates.
    case explicit
    /// A library model, by its place in the vocabulary.
    case library(Int)
    /// Differential equations.
    case differential
  }

  public let vocabulary: ModelVocabulary
  public let kind: Kind
  /// What is predicted.
  public let outputs: [String]
  /// Names of the compartments; the first is number 1 in data sets.
  public let compartments: [String]
  /// For each compartment which of its properties are given, by the raw value of `CompartmentProperty`.
  public let givenProperties: [[Bool]]
  public let warnings: [ModelDiagnostic]
  /// Whether predictions depend on covariates, time after the dose or the amount of the last dose.
  public let dependsOnDose: Bool

  /// For subjects in whose records nothing but the time varies, and for all others.
  let steady: ModelProgram
  let general: ModelProgram

  /// - Throws: all faults of the text that do not follow from each other.
  public init(_ text: String, vocabulary: ModelVocabulary) throws(ModelTextError) {
    var parser = Parser(SourceText(text))
    parser.parse()
    let checker = Checker(parser, vocabulary: vocabulary)
    var model = try checker.result()
    self.vocabulary = vocabulary
    warnings = model.warnings
    outputs = model.outputs.map(\.name)
    compartments = model.compartments.map(\.name)
    givenProperties = model.compartments.map { $0.properties.map { $0 != nil } }
    dependsOnDose = model.outputs.contains {
      !model.graph.dependencies[$0.value].isDisjoint(with: [.dose, .timeAfterDose])
    }
    if let library = model.library {
      kind = .library(library.model)
    } else {
      kind = model.compartments.isEmpty ? .explicit : .differential
    }
    let timeAmount = model.compartments.count
    model.separateTime(as: timeAmount)
    model.differentiate()
    let dose: Dependencies = kind == .explicit ? .dose : []
    steady = ModelProgram(
      model, steady: dose.union(.covariates), timeAmount: timeAmount)
    general = ModelProgram(model, steady: [], timeAmount: timeAmount)
  }
}
