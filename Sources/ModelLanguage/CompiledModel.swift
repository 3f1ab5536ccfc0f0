import NumericKernels

/// A model that was written as equations, ready to be computed.
package struct CompiledModel: Sendable {
  /// How amounts in compartments come about.
  package enum Kind: Sendable, Equatable {
    /// There are none: predictions are functions of time, doses and covariates.
    case explicit
    /// A library model, by its place in the vocabulary.
    case library(Int)
    /// Differential equations.
    case differential
  }

  package let vocabulary: ModelVocabulary
  package let kind: Kind
  /// What is predicted.
  package let outputs: [String]
  /// Names of the compartments; the first is number 1 in data sets.
  package let compartments: [String]
  /// For each compartment which of its properties are given, by the raw value of
  /// `CompartmentProperty`.
  package let givenProperties: [[Bool]]
  package let warnings: [ModelDiagnostic]
  /// Whether predictions depend on the time after the dose or the amount of the last dose.
  package let dependsOnDose: Bool
  /// Whether anything depends on each of the covariates.
  package let usesCovariate: [Bool]
  /// Ways to compute the model; a library model may have several.
  package enum Form: Int, Sendable {
    case explicit
    /// By the library, with parameters that do not change in a subject.
    case linear
    case differential
    /// By the library, with parameters that change between records. Outputs are functions of the
    /// concentration if the model has the form `linear` too, else of the amounts in compartments.
    case varyingLinear
  }

  /// Whether derivatives of amounts depend on the time.
  package let derivativesReadTime: Bool
  /// The values of the text, before they became instructions.
  let checked: CheckedModel

  /// By form: for subjects in whose records nothing but the time varies, and for all others.
  let programs: [[ModelProgram]]
  /// Whether all outputs are the concentration that the library computes.
  package let isPlainLinear: Bool
  /// Whether the partial derivatives of the differential equations are known.
  package let hasJacobian: Bool

  package func has(_ form: Form) -> Bool { !programs[form.rawValue].isEmpty }

  /// - Throws: all faults of the text that do not follow from each other.
  package init(_ text: String, vocabulary: ModelVocabulary) throws(ModelTextError) {
    var parser = Parser(SourceText(text))
    parser.parse()
    let checker = Checker(parser, vocabulary: vocabulary)
    let model = try checker.result()
    self.vocabulary = vocabulary
    checked = model
    derivativesReadTime = model.compartments.contains {
      $0.derivative.map { model.graph.dependencies[$0].contains(.time) } ?? false
    }
    warnings = model.warnings
    outputs = model.outputs.map(\.name)
    compartments = model.compartments.map(\.name)
    givenProperties = model.compartments.map { $0.properties.map { $0 != nil } }
    dependsOnDose = model.outputs.contains {
      !model.graph.dependencies[$0.value].isDisjoint(with: [.dose, .timeAfterDose])
    }
    let used = Set(
      model.inputs(of: model.roots).filter { model.graph.nodes[$0].operation == .covariate }
        .map { Int(model.graph.nodes[$0].a) })
    usesCovariate = vocabulary.covariates.indices.map(used.contains)
    var programs = [[ModelProgram]](repeating: [], count: 4)
    var differential: CheckedModel?
    var isPlainLinear = false
    if let library = model.library {
      kind = .library(library.model)
      let linear = model.asLinear()
      let varying = linear ?? model
      programs[Form.varyingLinear.rawValue] = [
        ModelProgram(varying, steady: .covariates, timeAmount: -1),
        ModelProgram(varying, steady: [], timeAmount: -1),
      ]
      if let linear {
        programs[Form.linear.rawValue] = [
          ModelProgram(linear, steady: .covariates, timeAmount: -1)
        ]
        isPlainLinear = linear.outputs.allSatisfy {
          linear.graph.nodes[$0.value].operation == .amount
        }
      }
      differential = model.asDifferential(vocabulary.library[library.model])
    } else if model.compartments.isEmpty {
      kind = .explicit
      programs[Form.explicit.rawValue] = [
        ModelProgram(model, steady: [.covariates, .dose], timeAmount: -1),
        ModelProgram(model, steady: [], timeAmount: -1),
      ]
    } else {
      kind = .differential
      differential = model
    }
    if var differential {
      let timeAmount = differential.compartments.count
      differential.separateTime(as: timeAmount)
      differential.differentiate()
      programs[Form.differential.rawValue] = [
        ModelProgram(differential, steady: .covariates, timeAmount: timeAmount),
        ModelProgram(differential, steady: [], timeAmount: timeAmount),
      ]
      hasJacobian = differential.hasPartials
    } else {
      hasJacobian = false
    }
    self.programs = programs
    self.isPlainLinear = isPlainLinear
  }
}
