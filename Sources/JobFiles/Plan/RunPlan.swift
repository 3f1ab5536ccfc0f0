package import Estimation
import Inference
import NumericKernels
package import PopulationData
package import PopulationModel
import Spelling
import StructuralModels
package import Study

/// A job that has been checked as far as its own file goes and cannot be wrong: what `JobFile` asks
/// for in the terms of the model and the estimation.
package struct RunPlan: Sendable {
  package private(set) var jobFile: JobFile
  package let model: MixtureModel
  package private(set) var settings: EstimationSettings
  package let starting: StartingValues
  /// Further starts of the user's, behind which come those that are moved at random.
  package let otherStarts: [StartingValues]
  package let format: DatasetFormat
  /// What the model's equations may not mean as they were meant.
  package let warnings: [JobDiagnostic]
  /// What `simulate` draws, and `fit` fits where there is no data.
  package let trial: SimulatedTrial?
  /// Which parameters are which in outputs in NONMEM's formats; `nil` if there are none.
  package private(set) var nonmem: NonmemNumbering?

  /// - Throws: `JobError.invalid` with the places of what cannot be run.
  package init(_ jobFile: JobFile) throws(JobError) {
    let specification = jobFile.model
    func fault(_ line: Int, _ column: Int, _ message: String) -> JobError {
      .invalid([JobDiagnostic(path: jobFile.path, line: line, column: column, message: message)])
    }
    let structure = specification.structure
    let modelPlan = ModelPlan(jobFile)
    let model = try modelPlan.model()
    if let reason = modelPlan.tooManyDimensions(of: model) {
      throw fault(structure.line, structure.column, reason)
    }
    let starting =
      specification.start.map { StartingValues($0, model: model) }
      ?? StartingValues(model)
    let otherStarts = specification.otherStarts.map { StartingValues($0, model: model) }
    for starting in [starting] + otherStarts where starting.isComplete {
      let start = starting.completed(with: nil)
      if start.covariances.contains(where: { CholeskyFactor($0) == nil }) {
        throw fault(
          structure.line, structure.column,
          "a starting covariance is not positive definite; lower the correlations in 'start'.")
      }
      if let (a, b) = start.alikeComponents(mixtureEffects: model.mixtureEffects) {
        throw fault(
          structure.line, structure.column,
          "\(EstimationError.componentsStartAlike(a, b))")
      }
    }
    if let name = Self.immovableMean(model, starting) {
      throw fault(
        structure.line, structure.column,
        "the variance of \(name) is fixed below 1 % of its typical value (squared: 1e-4), where EM hardly "
          + "moves its typical value; fix 'typical \(name)' too, or fix a larger variance.")
    }
    var trial: SimulatedTrial?
    if let design = jobFile.simulation {
      let reason: String? =
        (model.structural as? EquationModel)?.usesCovariates == true
        ? "equations that depend on covariates"
        : !model.covariateEffects.isEmpty || !model.weightCovariates.isEmpty
          ? "parameters that depend on covariates"
          : !model.tiedVariances.isEmpty
            ? "variation between occasions" : model.outputs.count > 1 ? "several outputs" : nil
      if let reason {
        throw fault(
          structure.line, structure.column,
          "the model has \(reason), which 'simulation' cannot draw yet; remove 'simulation', or simplify the model."
        )
      }
      for arm in design.arms {
        let firstDose = arm.doses.map(\.time).min() ?? .infinity
        guard model.residual.needsPrediction, let early = arm.times.value.first,
          early < firstDose
        else { continue }
        throw fault(
          arm.times.line, arm.times.column,
          "'simulation.times' begins at \(early), before the first dose at \(firstDose), where the "
            + "model predicts 0, which has no \(model.residual.rawValue) error; begin later, or use "
            + "'residual-error: additive'.")
      }
      trial = SimulatedTrial(
        model: model, design: TrialDesign(design),
        parameters: StartingValues(design.values, model: model).completed(with: nil),
        seed: design.seed)
      if trial == nil {
        throw fault(
          structure.line, structure.column,
          "a covariance of the simulation is not positive definite; lower the correlations in "
            + "`simulation: values:`.")
      }
    }
    self.jobFile = jobFile
    self.model = model
    warnings = modelPlan.warnings(of: model)
    self.starting = starting
    self.otherStarts = otherStarts
    self.trial = trial
    var settings = jobFile.estimation.settings
    let profiles = jobFile.estimation.profile.map(\.value)
    settings.profiles = profiles.contains("all") ? .all : .names(profiles)
    if let prior = jobFile.prior { settings.prior = ParameterPrior(prior, model: model) }
    self.settings = settings
    let names = FreeParameters(model).names + model.derivedNames
    for name in jobFile.estimation.profile
    where name.value != "all" && !names.contains(name.value) {
      let nearest = nearestName(to: name.value, among: names).map { "; did you mean \($0)?" } ?? ""
      throw fault(
        name.line, name.column,
        "'estimation.profile' names '\(name.value)', expected all, or free or derived parameters: "
          + names.joined(separator: ", ") + nearest)
    }
    format = try Self.format(jobFile, model: model, fault: fault)
    if jobFile.nonmem != nil { nonmem = try NonmemPlan(jobFile, model: model).numbering() }
  }

  /// An effect whose variance is fixed so small that EM, whose steps in a mean are of the size of
  /// the variance, would not find its mean.
  private static func immovableMean(_ model: MixtureModel, _ starting: StartingValues) -> String? {
    for k in 0..<model.componentCount {
      for (j, effect) in model.effects.enumerated()
      where model.fixed.variances[k][j] && !model.fixed.means[k][j] {
        guard let variance = starting.variances[k][j] else { continue }
        let scale = effect.distribution == .normal ? starting.means[k][j] ?? 0 : 1
        if variance < 1e-4 * scale * scale { return effect.name }
      }
    }
    return nil
  }

  /// The same fits of data sets that are drawn, each from where the fit ended that it was drawn
  /// from.
  package var forReplicates: RunPlan {
    var plan = self
    plan.settings.profiles = .none
    plan.jobFile.estimation.starts = .exactly(1)
    return plan
  }

  /// The same fits of data sets of which only the likelihood is wanted.
  /// - Parameter startsAtEstimates: as `forReplicates`.
  package func forLikelihoods(startsAtEstimates: Bool) -> RunPlan {
    var plan = startsAtEstimates ? forReplicates : self
    plan.settings.profiles = .none
    plan.settings.leastGain = Self.likelihoodGain
    plan.settings.precision = plan.settings.precision.map { max($0, Self.likelihoodPrecision) }
    return plan
  }

  /// Of log L and of −2 log L: small beside the differences of several units that likelihood ratios
  /// are about.
  private static let likelihoodGain = 0.005
  private static let likelihoodPrecision = 0.05

  /// The same with outputs in NONMEM's formats, by default where the job does not say how.
  package func inNonmemFormats() -> RunPlan {
    guard nonmem == nil else { return self }
    var plan = wanting(NonmemSpecification(), by: "nonmem")
    plan.nonmem = NonmemNumbering(model)
    return plan
  }

  /// The tables that outputs need, beside those that every job has.
  package var tables: [ResultTable] {
    jobFile.tables + jobFile.formats.tables.filter { !jobFile.tables.contains($0) }
  }

  /// The same with results in the format of another program, by default where the job does not say
  /// how.
  package func wanting(_ specification: any FormatSpecification, by key: String) -> RunPlan {
    guard jobFile.formats[key] == nil else { return self }
    var plan = self
    plan.jobFile.formats[key] = specification
    return plan
  }

  /// The names of the free parameters.
  package var freeParameterNames: [String] { FreeParameters(model).names }

  /// Where a limit of quantification has to be above 0, if the job says what limits mean.
  private static func positiveLimits(_ jobFile: JobFile, _ model: MixtureModel) -> PositiveLimits {
    guard jobFile.data?.belowLimit != nil else { return .none }
    let outputs = model.outputs.filter { $0.error.dependsOnPrediction || $0.error.isOfLogarithm }
    guard model.outputs.count > 1 else { return outputs.isEmpty ? .none : .all }
    return .outputs(Set(outputs.map(\.number)))
  }

  private static func format(
    _ jobFile: JobFile, model: MixtureModel, fault: (Int, Int, String) -> JobError
  ) throws(JobError) -> DatasetFormat {
    guard let data = jobFile.data else { return .standard }
    var ignore: [IgnoreRule] = []
    for text in data.ignore {
      do { ignore.append(try IgnoreRule(text.value)) } catch {
        throw fault(text.line, text.column, "\(error)")
      }
    }
    var accept: [Condition] = []
    for text in data.accept {
      do { accept.append(try Condition(text.value)) } catch {
        throw fault(text.line, text.column, "\(error)")
      }
    }
    do {
      return try DatasetFormat(
        columns: data.columns.mapValues(\.value), ignore: ignore, accept: accept,
        repeatedIDs: data.repeatedIDs,
        missing: Set(data.missing),
        covariates: data.covariates.map {
          CovariateColumn($0.name.value, carry: $0.carry)
        }, belowLimit: data.belowLimit ?? .interval,
        header: data.header, quantificationLimit: data.quantificationLimit,
        layout: data.layout,
        positiveLimits: positiveLimits(jobFile, model))
    } catch {
      let place = (data.columns.values + data.covariates.map(\.name)).min {
        ($0.line, $0.column) < ($1.line, $1.column)
      }
      throw fault(
        place?.line ?? data.files[0].line, place?.column ?? data.files[0].column, "\(error)")
    }
  }
}

extension RunPlan {
  /// Names of the files that `simulate` writes: job name and number, padded so that they sort.
  package var simulatedNames: [String] {
    guard let count = jobFile.simulation?.dataSets else { return [] }
    let width = "\(count)".count
    return (1...count).map { number in
      let digits = "\(number)"
      return "\(jobFile.name)_" + String(repeating: "0", count: width - digits.count) + digits
        + ".csv"
    }
  }
}

extension StartingValues {
  /// Values of a job file on the scale where the effects are normal.
  init(_ values: PopulationValues, model: MixtureModel) {
    self.init(model)
    weights = values.weights
    residualVariance = model.isFactored ? values.sigma.map { $0 * $0 } : nil
    /// Effects that components share have one value for all.
    func value(_ list: [Double]?, _ k: Int) -> Double? {
      list.map { $0.count == 1 ? $0[0] : $0[k] }
    }
    for (j, effect) in model.effects.enumerated() {
      for k in 0..<model.componentCount {
        if let typical = value(values.typical[effect.name], k) {
          means[k][j] = effect.distribution.normalScale(typical)
        }
        variances[k][j] = value(values.variance[effect.name], k)
      }
    }
    placeDirect(values, model: model)
    for (c, effect) in model.covariateEffects.enumerated() {
      let given = values.coefficients[model.effects[effect.effect].name]?[effect.label]
      for k in 0..<model.componentCount { coefficients[k][c] = value(given, k) ?? 0 }
    }
    let place = Dictionary(
      uniqueKeysWithValues: model.effects.enumerated().map { ($1.name, $0) })
    for correlation in values.correlation {
      let pair = [place[correlation.first]!, place[correlation.second]!]
      for k in 0..<model.componentCount {
        correlations.append(
          (
            component: k, row: pair.max()!, column: pair.min()!,
            value: value(correlation.values, k)!
          ))
      }
    }
  }
}

extension StartingValues {
  /// Residual errors and fixed effects.
  private mutating func placeDirect(_ values: PopulationValues, model: MixtureModel) {
    guard !model.isFactored else { return }
    for k in 0..<model.componentCount {
      for (place, output) in model.outputs.enumerated() {
        let given = values.residuals[model.outputs.count > 1 ? output.name ?? "" : ""] ?? [:]
        func own(_ part: String) -> Double? {
          given[part].map { $0.count == 1 ? $0[0] : $0[k] }
        }
        let sigma = own(ResidualErrorModel.sigma) ?? values.sigma
        for (offset, parameter) in output.error.parameters.enumerated() {
          let part = parameter.key == ResidualErrorModel.sigma ? sigma : own(parameter.key)
          direct[k][model.firstDirect[place] + offset] = part.map {
            parameter.kind == .variance ? $0 * $0 : $0
          }
        }
      }
      for (a, parameter) in model.direct.enumerated() {
        guard case .structural(let place, let distribution) = parameter.kind,
          let list = values.typical[model.structural.parameterNames[place]]
        else { continue }
        direct[k][a] = distribution.normalScale(list.count == 1 ? list[0] : list[k])
      }
    }
  }
}

extension TrialDesign {
  init(_ design: SimulationDesign) {
    self.init(
      arms: design.arms.map { arm in
        Arm(
          subjectCount: arm.subjects,
          doses: arm.doses.map { dose in
            Dose(
              time: dose.time, amount: dose.amount, additional: dose.additional,
              interval: dose.interval ?? 0,
              covariate: dose.per.flatMap { name in
                design.covariates.firstIndex { $0.name == name }
              })
          }, times: arm.times.value)
      }, covariates: design.covariates, dropOutHazard: design.dropOutHazard,
      quantificationLimit: design.quantificationLimit)
  }
}
