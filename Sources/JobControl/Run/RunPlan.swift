import Estimation
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Study

/// A job that has been checked as far as its own file goes and cannot be wrong: what `JobFile` asks for in the terms of the
/// model and the estimation.
public struct RunPlan: Sendable {
  public let jobFile: JobFile
  public let model: MixtureModel
  public let settings: EstimationSettings
  public let starting: StartingValues
  public let format: DatasetFormat
  /// What `simulate` draws, and `fit` fits where there is no data.
  public let trial: SimulatedTrial?

  /// - Throws: `JobError.invalid` with the places of what cannot be run.
  public init(_ jobFile: JobFile) throws(JobError) {
    let specification = jobFile.model
    let effects = specification.randomEffects.map { $0.value.effect }
    let mixture = jobFile.mixture
    func fault(_ line: Int, _ column: Int, _ message: String) -> JobError {
      .invalid([JobDiagnostic(path: jobFile.path, line: line, column: column, message: message)])
    }
    let structure = specification.structure
    let model: MixtureModel
    do {
      model = try MixtureModel(
        structuralName: structure.value, effects: effects,
        residual: ResidualErrorModel(rawValue: specification.residualError.rawValue)!,
        componentCount: mixture.components,
        mixtureCovariance: CovarianceForm(rawValue: mixture.mixtureCovariance.rawValue)!,
        sharedCovariance: CovarianceForm(rawValue: mixture.sharedCovariance.rawValue)!,
        covarianceSharing: CovarianceSharing(rawValue: mixture.acrossComponents.rawValue)!,
        fixed: Self.fixed(specification.fixed, effects: effects, components: mixture.components))
    } catch {
      throw fault(structure.line, structure.column, "\(error)")
    }
    let starting =
      specification.start.map { StartingValues($0, model: model) }
      ?? StartingValues(componentCount: mixture.components, effectCount: effects.count)
    if starting.isComplete {
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
      for arm in design.arms {
        let firstDose = arm.doses.map(\.time).min() ?? .infinity
        guard model.residual == .proportional, let early = arm.times.value.first,
          early < firstDose
        else { continue }
        throw fault(
          arm.times.line, arm.times.column,
          "'simulation.times' begins at \(early), before the first dose at \(firstDose), where the "
            + "model predicts 0, which has no proportional error; begin later, or use "
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
    self.starting = starting
    self.trial = trial
    settings = EstimationSettings(jobFile.estimation, effectCount: effects.count)
    format = try Self.format(jobFile, fault: fault)
  }

  /// An effect whose variance is fixed so small that EM, whose steps in a mean are of the size of the variance, would not find
  /// its mean.
  private static func immovableMean(_ model: MixtureModel, _ starting: StartingValues) -> String? {
    for k in 0..<model.componentCount {
      for (j, effect) in model.effects.enumerated()
      where model.fixed.variances[k][j] && !model.fixed.means[k][j] {
        guard let variance = starting.variances[k][j] else { continue }
        let scale = effect.distribution == .lognormal ? 1 : starting.means[k][j] ?? 0
        if variance < 1e-4 * scale * scale { return effect.name }
      }
    }
    return nil
  }

  /// The names of the free parameters.
  public var freeParameterNames: [String] { FreeParameters(model).names }

  private static func fixed(
    _ specification: JobControl.FixedParameters, effects: [RandomEffect], components: Int
  ) -> PopulationModel.FixedParameters {
    var fixed = PopulationModel.FixedParameters(
      componentCount: components, effectCount: effects.count)
    fixed.weights = specification.weights
    fixed.residualVariance = specification.sigma
    for (j, effect) in effects.enumerated() {
      for k in 0..<components {
        let number = effect.membership == .shared ? 1 : k + 1
        fixed.means[k][j] = specification.typical[effect.name]?.contains(number) ?? false
        fixed.variances[k][j] = specification.variance[effect.name]?.contains(number) ?? false
      }
    }
    return fixed
  }

  private static func format(
    _ jobFile: JobFile, fault: (Int, Int, String) -> JobError
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
        repeatedIDs: RepeatedIDs(rawValue: data.repeatedIDs.rawValue)!,
        missing: Set(data.missing),
        covariates: data.covariates.map {
          CovariateColumn($0.name.value, carry: CovariateCarry(rawValue: $0.carry.rawValue)!)
        }, belowLimit: BelowLimit(rawValue: data.belowLimit.rawValue)!)
    } catch {
      let place = (data.columns.values + data.covariates.map(\.name)).min {
        ($0.line, $0.column) < ($1.line, $1.column)
      }
      throw fault(
        place?.line ?? data.files[0].line, place?.column ?? data.files[0].column, "\(error)")
    }
  }
}

extension RandomEffectSpecification {
  var effect: RandomEffect {
    RandomEffect(
      name: name, distribution: EffectDistribution(rawValue: distribution.rawValue)!,
      membership: EffectMembership(rawValue: membership.rawValue)!)
  }
}

extension EstimationSettings {
  init(_ options: EstimationOptions, effectCount: Int) {
    let exact = options.exact
    let nodes = exact?.nodes ?? .independent
    self.init(
      method: exact == nil ? .paper : .exact, nodes: Nodes(rawValue: nodes.rawValue)!,
      // The job file's reader has refused rules that are too large.
      samples: nodes == .gaussHermite
        ? EstimationOptions.ruleSize(order: options.samples, effectCount: effectCount)!
        : options.samples,
      iterations: options.iterations, tolerance: exact?.tolerance ?? 0, seed: options.seed,
      envelopeInflation: options.envelope.inflation,
      envelopeDegreesOfFreedom: options.envelope.degreesOfFreedom,
      priorShare: options.envelope.priorShare, precision: exact?.precision,
      isAccelerated: exact?.acceleration == .anderson,
      memoryLimit: (exact?.memoryLimit ?? 1024) << 20)
  }
}

extension StartingValues {
  /// Values of a job file on the scale where the effects are normal.
  init(_ values: PopulationValues, model: MixtureModel) {
    self.init(componentCount: model.componentCount, effectCount: model.effectCount)
    weights = values.weights
    residualVariance = values.sigma.map { $0 * $0 }
    /// Effects that components share have one value for all.
    func value(_ list: [Double]?, _ k: Int) -> Double? {
      list.map { $0.count == 1 ? $0[0] : $0[k] }
    }
    for (j, effect) in model.effects.enumerated() {
      for k in 0..<model.componentCount {
        means[k][j] = value(values.typical[effect.name], k).map(effect.distribution.normalScale)
        variances[k][j] = value(values.variance[effect.name], k)
      }
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
