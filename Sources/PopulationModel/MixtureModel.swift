import NumericKernels

/// Which elements of a block of Σ are free.
public enum CovarianceForm: String, Sendable, CaseIterable {
  case diagonal, full
}

/// Whether the mixture block of Σ_k differs between components.
public enum CovarianceSharing: String, Sendable, CaseIterable {
  case perComponent = "per-component"
  case equal
}

/// The parameters that are kept at their starting values.
public struct FixedParameters: Sendable, Equatable {
  public var weights = false
  public var residualVariance = false
  /// `means[k][j]`: the mean of effect j in component k. Effects that are shared have the same
  /// value for all k. In a full block all or none: a fixed mean moves the maximum of the others,
  /// which the closed-form M-step does not follow.
  public var means: [[Bool]]
  /// `variances[k][j]`, likewise. In a full block all or none; its covariances go with them.
  public var variances: [[Bool]]
  /// Of the direct parameters, by their base names; in all components.
  public var direct: Set<String> = []

  public init(componentCount: Int, effectCount: Int) {
    let none = [[Bool]](
      repeating: [Bool](repeating: false, count: effectCount), count: componentCount)
    means = none
    variances = none
  }
}

/// A nonlinear random effects finite mixture model, without its parameter values: W07 (1), (2), (4)
/// and Appendix.
///
/// Y_i | θ_i ~ N(h_i(θ_i), σ²H_i(θ_i)), θ_i = g(φ_i), φ_i ~ Σ_k w_k N(μ_k, Σ_k), Σ_k block diagonal
/// between the effects of the mixture and those that all components share.
public struct MixtureModel: Sendable {
  public let structural: any StructuralModel
  /// The p random effects, in the order of the job file, which is that of μ and Σ.
  public let effects: [RandomEffect]
  /// What is measured, at least one.
  public let outputs: [OutputModel]
  public let fixedEffects: [FixedEffect]
  public let covariateEffects: [CovariateEffect]
  /// Covariates of the weights.
  public let weightCovariates: [WeightCovariate]
  /// Effects that have one variance in common, as those of occasions have; each with a diagonal
  /// covariance.
  public let tiedVariances: [[Int]]
  /// Whether some observations are known by an interval only.
  public let isCensored: Bool
  /// ψ: first those of residual errors, then structural ones; empty if σ² is all.
  public let direct: [DirectParameter]
  /// For each output, the place of its first direct parameter.
  public let firstDirect: [Int]
  /// K
  public let componentCount: Int
  public let mixtureCovariance: CovarianceForm
  public let sharedCovariance: CovarianceForm
  public let covarianceSharing: CovarianceSharing
  public let fixed: FixedParameters
  /// Place of effect j among the structural model's parameters.
  public let structuralPlace: [Int]
  /// Whether components keep the order of their start values instead of the stable one.
  public var keepsOrder = false
  /// What a user wants to see beside the parameters.
  public var expressions: [DerivedExpression] = []

  /// - Parameters:
  ///   - fixedEffects: the structural model's other parameters.
  ///   - structuralPlace: place of each effect among the structural model's parameters.
  package init(
    structural: any StructuralModel, effects: [RandomEffect], fixedEffects: [FixedEffect] = [],
    outputs: [OutputModel], covariateEffects: [CovariateEffect] = [],
    weightCovariates: [WeightCovariate] = [], tiedVariances: [[Int]] = [],
    isCensored: Bool = false, componentCount: Int, mixtureCovariance: CovarianceForm,
    sharedCovariance: CovarianceForm, covarianceSharing: CovarianceSharing,
    fixed: FixedParameters, structuralPlace: [Int]
  ) {
    self.structural = structural
    self.effects = effects
    self.fixedEffects = fixedEffects
    self.outputs = outputs
    self.covariateEffects = covariateEffects
    self.weightCovariates = weightCovariates
    self.tiedVariances = tiedVariances
    self.isCensored = isCensored
    (direct, firstDirect) = Self.direct(
      outputs: outputs, fixedEffects: fixedEffects, structural: structural,
      isCensored: isCensored)
    self.componentCount = componentCount
    self.mixtureCovariance = mixtureCovariance
    self.sharedCovariance = sharedCovariance
    self.covarianceSharing = covarianceSharing
    self.fixed = fixed
    self.structuralPlace = structuralPlace
  }

  /// The direct parameters: of all residual errors, unless σ² is a factor of the only one, and the
  /// structural ones.
  private static func direct(
    outputs: [OutputModel], fixedEffects: [FixedEffect], structural: any StructuralModel,
    isCensored: Bool
  ) -> ([DirectParameter], first: [Int]) {
    let isPlain =
      outputs.count == 1 && outputs[0].error.isFactored && !outputs[0].isPerComponent
      && fixedEffects.isEmpty && !isCensored
    guard !isPlain else { return ([], [0]) }
    var list: [DirectParameter] = []
    var first: [Int] = []
    for output in outputs {
      first.append(list.count)
      for parameter in output.error.parameters {
        list.append(
          DirectParameter(
            base: parameter.suffix + (output.name.map { "." + $0 } ?? ""), kind: parameter.kind,
            isPerComponent: output.isPerComponent))
      }
    }
    for effect in fixedEffects {
      guard let place = structural.parameterNames.firstIndex(of: effect.name) else {
        preconditionFailure("fixed effects are the structural model's parameters")
      }
      list.append(
        DirectParameter(
          base: "mu.\(effect.name)", kind: .structural(place: place, effect.distribution),
          isPerComponent: effect.isPerComponent))
    }
    return (list, first)
  }

  /// The residual error of the only output, or of the first.
  public var residual: ResidualErrorModel { outputs[0].error }

  /// Whether σ² is a factor of all residual variances, and nothing else than it and the random
  /// effects is in the likelihood of observations.
  public var isFactored: Bool { direct.isEmpty }

  /// p
  public var effectCount: Int { effects.count }

  /// Effects of the mixture, ascending.
  public var mixtureEffects: [Int] {
    effects.indices.filter { effects[$0].membership == .mixture }
  }

  /// Effects with one normal distribution for all components, ascending.
  public var sharedEffects: [Int] {
    effects.indices.filter { effects[$0].membership == .shared }
  }

  /// The place of the output with a number under DVID: 0 if there is no other, or none of that
  /// number.
  public func outputPlace(number: Int) -> Int {
    outputs.count == 1 ? 0 : outputs.firstIndex { $0.number == number } ?? 0
  }

  /// The effects whose variance is that of effect j, which is one of them; `nil` if it is its own.
  public func tie(of j: Int) -> [Int]? { tiedVariances.first { $0.contains(j) } }

  /// Whether the model allows Σ_ij ≠ 0.
  public func isInBlock(_ i: Int, _ j: Int) -> Bool {
    guard effects[i].membership == effects[j].membership else { return false }
    if i == j { return true }
    return
      (effects[i].membership == .mixture ? mixtureCovariance : sharedCovariance) == .full
  }
}

extension MixtureModel {
  /// A model with one output and nothing but random effects.
  /// - Parameter structuralPlace: place of each effect among the structural model's parameters.
  package init(
    structural: any StructuralModel, effects: [RandomEffect], residual: ResidualErrorModel,
    componentCount: Int, mixtureCovariance: CovarianceForm, sharedCovariance: CovarianceForm,
    covarianceSharing: CovarianceSharing, fixed: FixedParameters, structuralPlace: [Int]
  ) {
    self.init(
      structural: structural, effects: effects, outputs: [OutputModel(error: residual)],
      componentCount: componentCount, mixtureCovariance: mixtureCovariance,
      sharedCovariance: sharedCovariance, covarianceSharing: covarianceSharing, fixed: fixed,
      structuralPlace: structuralPlace)
  }

  /// The same model with other components, effects or form; nothing is fixed unless it is said
  /// here.
  public func with(
    componentCount: Int? = nil, effects: [RandomEffect]? = nil,
    mixtureCovariance: CovarianceForm? = nil, fixed: FixedParameters? = nil
  ) -> MixtureModel {
    var model = MixtureModel(
      structural: structural, effects: effects ?? self.effects, fixedEffects: fixedEffects,
      outputs: outputs, covariateEffects: covariateEffects, weightCovariates: weightCovariates,
      tiedVariances: tiedVariances, isCensored: isCensored,
      componentCount: componentCount ?? self.componentCount,
      mixtureCovariance: mixtureCovariance ?? self.mixtureCovariance,
      sharedCovariance: sharedCovariance, covarianceSharing: covarianceSharing,
      fixed: fixed
        ?? nothingFixed(
          componentCount: componentCount ?? self.componentCount,
          effectCount: effects?.count ?? effectCount),
      structuralPlace: structuralPlace)
    model.expressions = expressions
    model.keepsOrder = keepsOrder
    return model
  }

  /// Nothing but the means of effects that have one variance in common, which are 0: they are
  /// deviations.
  private func nothingFixed(componentCount: Int, effectCount: Int) -> FixedParameters {
    var fixed = FixedParameters(componentCount: componentCount, effectCount: effectCount)
    for j in tiedVariances.joined() {
      for k in 0..<componentCount { fixed.means[k][j] = true }
    }
    return fixed
  }
}
