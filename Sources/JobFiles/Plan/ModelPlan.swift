import Estimation
import Inference
import ModelLanguage
import NumericKernels
import PopulationData
import PopulationModel
import Spelling
import StructuralModels

/// The model that a job file asks for.
struct ModelPlan {
  private let jobFile: JobFile
  private let specification: ModelSpecification
  private let components: Int
  /// The data set's covariates, in the order of the subjects' values.
  private let covariates: [String]

  init(_ jobFile: JobFile) {
    self.jobFile = jobFile
    specification = jobFile.model
    components = jobFile.mixture.components
    covariates = jobFile.data?.covariates.map(\.name.value) ?? []
  }

  /// - Throws: `JobError.invalid` with the place of what there is no model for.
  func model() throws(JobError) -> MixtureModel {
    var model = try modelWithoutExpressions()
    model.keepsOrder = jobFile.mixture.order == .job
    model.expressions = try expressions(of: model)
    return model
  }

  /// What the user wants beside the parameters.
  private func expressions(of model: MixtureModel) throws(JobError) -> [DerivedExpression] {
    guard !jobFile.derived.isEmpty else { return [] }
    let names = FreeParameters(model.with()).names + model.derivedNames
    var expressions: [DerivedExpression] = []
    var faults: [JobDiagnostic] = []
    for own in jobFile.derived {
      if names.contains(own.name.value) || names.contains("\(own.name.value).1") {
        throw fault(
          own.name.line, own.name.column,
          "the derived quantity \(quoted(own.name.value)) has the name of a parameter; rename it.")
      }
      do throws(ModelTextError) {
        expressions.append(
          try ParameterEquation(
            own.expression.value, name: own.name.value, names: names,
            componentCount: model.componentCount
          ).expression)
      } catch {
        faults += error.diagnostics.map {
          JobDiagnostic(
            path: jobFile.path, line: own.expression.line,
            column: own.expression.column + $0.column - 1, message: $0.message)
        }
      }
    }
    guard faults.isEmpty else { throw .invalid(faults) }
    return expressions
  }

  private func modelWithoutExpressions() throws(JobError) -> MixtureModel {
    let structural = try structuralModel()
    let names = structural.parameterNames
    var effects = specification.randomEffects.map(\.value.effect)
    var covariateEffects: [CovariateEffect] = []
    for (place, effect) in specification.randomEffects.enumerated() {
      for covariate in effect.value.covariates {
        covariateEffects.append(
          CovariateEffect(
            effect: place, covariate: covariate.name.value, column: try column(covariate.name),
            transform: covariate.transform, isPerComponent: covariate.isPerComponent))
      }
    }
    var ties: [[Int]] = []
    for effect in specification.randomEffects {
      guard let occasions = effect.value.occasions else { continue }
      let first = effects.count
      for number in occasions.values.indices {
        effects.append(
          RandomEffect(
            name: OccasionEffects.name(of: effect.value.name, occasion: number),
            distribution: .normal, membership: .shared))
      }
      ties.append(Array(first..<effects.count))
    }
    var weightCovariates: [WeightCovariate] = []
    for covariate in jobFile.mixture.weightCovariates {
      weightCovariates.append(
        WeightCovariate(
          covariate: covariate.name.value, column: try column(covariate.name),
          transform: covariate.transform))
    }
    let mixture = jobFile.mixture
    let hasOne = specification.outputs.count == 1
    return MixtureModel(
      structural: structural, effects: effects,
      fixedEffects: specification.fixedEffects,
      outputs: specification.outputs.map {
        OutputModel(
          name: hasOne ? nil : $0.name, number: $0.number, error: $0.error,
          isPerComponent: $0.isPerComponent && components > 1)
      },
      covariateEffects: covariateEffects, weightCovariates: weightCovariates,
      tiedVariances: ties, isCensored: isCensored, componentCount: components,
      mixtureCovariance: mixture.mixtureCovariance,
      sharedCovariance: mixture.sharedCovariance,
      covarianceSharing: mixture.acrossComponents,
      fixed: fixed(effects, ties: ties),
      structuralPlace: effects.map { effect in
        names.firstIndex(of: effect.name)
          ?? names.firstIndex(of: OccasionEffects.subjectName(of: effect.name))!
      })
  }

  /// Whether values may be known by an interval only: where the job says what becomes of them.
  private var isCensored: Bool {
    jobFile.data?.belowLimit == .interval || jobFile.data?.belowLimit == .conditional
  }

  private func structuralModel() throws(JobError) -> any StructuralModel {
    if let equations = specification.equations { return try equationModel(equations) }
    let structure = specification.structure
    do throws(ModelError) {
      return try StructuralModelCatalog.model(
        named: structure.value,
        parameters: specification.randomEffects.map(\.value.name)
          + specification.fixedEffects.map(\.name))
    } catch {
      throw fault(structure.line, structure.column, "\(error)")
    }
  }

  private func equationModel(_ equations: EquationText) throws(JobError) -> any StructuralModel {
    for effect in specification.randomEffects {
      if let occasions = effect.value.occasions { _ = try column(occasions.covariate) }
    }
    let own = specification.randomEffects.map(\.value)
    let parameters =
      own.map { $0.occasions == nil ? $0.name : OccasionEffects.subjectName(of: $0.name) }
      + specification.fixedEffects.map(\.name)
      + own.flatMap { effect in
        (effect.occasions?.values.indices ?? 0..<0).map {
          OccasionEffects.name(of: effect.name, occasion: $0)
        }
      }
    let prelude = own.compactMap { effect in
      effect.occasions.map {
        OccasionEffects.statement(
          of: effect.name, effect.distribution, covariate: $0.covariate.value, values: $0.values)
      }
    }
    do throws(ModelTextError) {
      return try EquationModel(
        hasOccasions ? prelude.joined(separator: "; ") + "\n" + equations.text : equations.text,
        parameters: parameters, covariates: covariates,
        outputs: specification.outputs.compactMap { $0.name },
        outputNumbers: specification.outputs[0].name == nil
          ? nil : specification.outputs.map { max(1, $0.number) },
        tolerances: specification.tolerances)
    } catch {
      throw .invalid(error.diagnostics.map { place($0, in: equations) })
    }
  }

  /// What equations may not mean as they were meant.
  func warnings(of model: MixtureModel) -> [JobDiagnostic] {
    guard let equations = specification.equations,
      let written = model.structural as? EquationModel
    else { return [] }
    return written.warnings.map { place($0, in: equations) }
  }

  /// Why the integral over a subject's random effects has more dimensions than there are points
  /// for; `nil` if it has not.
  func tooManyDimensions(of model: MixtureModel) -> String? {
    let limit: Int
    let nodes = jobFile.estimation.settings.nodes
    switch nodes {
    case .lattice: limit = Lattice.dimensionLimit
    case .sobol: limit = SobolSequence.dimensionLimit
    // The number of a rule's nodes is limited where the job file is read.
    case .independent, .gaussHermite: return nil
    }
    let count = model.effectCount
    guard count > limit else { return nil }
    let parts = specification.randomEffects.map { own in
      let occasions = own.value.occasions?.values.count
      return own.value.name
        + (occasions.map { " with its \($0) occasions \(1 + $0)" } ?? " 1")
    }
    let remedies =
      hasOccasions
      ? "let fewer effects vary between occasions, or leave occasions out"
      : "move some of them to 'fixed-effects'"
    return
      "the integral over a subject's random effects has \(count) dimensions (\(conjunction(parts))), "
      + "expected at most \(limit) for 'nodes: \(nodes.rawValue)'; \(remedies)"
      + (nodes == .lattice && count <= SobolSequence.dimensionLimit
        ? ", or use 'estimation: {nodes: sobol}', which go to \(SobolSequence.dimensionLimit)."
        : ".")
  }

  private var hasOccasions: Bool {
    specification.randomEffects.contains { $0.value.occasions != nil }
  }

  /// The place of what was found in the equations in the file where they stand; statements for
  /// occasions are a line before them.
  private func place(_ found: ModelDiagnostic, in equations: EquationText) -> JobDiagnostic {
    JobDiagnostic(
      path: equations.path ?? jobFile.path,
      line: max(1, equations.line + found.line - (hasOccasions ? 2 : 1)),
      column: equations.column + found.column - 1, message: found.message)
  }

  /// Place of a covariate among those of the data.
  private func column(_ name: Located<String>) throws(JobError) -> Int {
    if let place = covariates.firstIndex(of: name.value) { return place }
    let near = nearestName(to: name.value, among: covariates)
    throw fault(
      name.line, name.column,
      "the covariate \(quoted(name.value)) is not among those of the data, expected "
        + (covariates.isEmpty
          ? "its name under 'data.covariates'; add it there."
          : "one of \(conjunction(covariates)); "
            + (near.map { "did you mean '\($0)'?" } ?? "add it under 'data.covariates'.")))
  }

  private func fixed(_ effects: [RandomEffect], ties: [[Int]]) -> FixedParameters {
    let given = specification.fixed
    var fixed = FixedParameters(
      componentCount: components, effectCount: effects.count)
    fixed.weights = given.weights
    fixed.residualVariance = given.sigma
    for (j, effect) in effects.enumerated() {
      for k in 0..<components {
        let number = effect.membership == .shared ? 1 : k + 1
        fixed.means[k][j] = given.typical[effect.name]?.contains(number) ?? false
        fixed.variances[k][j] = given.variance[effect.name]?.contains(number) ?? false
      }
    }
    // Deviations of occasions are about 0.
    for j in ties.joined() { for k in 0..<components { fixed.means[k][j] = true } }
    for effect in specification.fixedEffects where given.typical[effect.name] != nil {
      fixed.direct.insert("mu.\(effect.name)")
    }
    if given.sigma {
      for output in specification.outputs {
        let suffix = specification.outputs.count > 1 ? output.name.map { "." + $0 } ?? "" : ""
        for parameter in output.error.parameters { fixed.direct.insert(parameter.suffix + suffix) }
      }
    }
    return fixed
  }

  private func fault(_ line: Int, _ column: Int, _ message: String) -> JobError {
    .invalid([JobDiagnostic(path: jobFile.path, line: line, column: column, message: message)])
  }
}
