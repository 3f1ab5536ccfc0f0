import NumericKernels

/// Which elements of a block of Σ are free.
public enum CovarianceForm: String, Sendable, CaseIterable {
  case full, diagonal
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
  /// `means[k][j]`: the mean of effect j in component k. Effects that are shared have the same value for all k.
  /// In a full block all or none: a fixed mean moves the maximum of the others, which the
  /// closed-form M-step does not follow.
  public var means: [[Bool]]
  /// `variances[k][j]`, likewise. In a full block all or none; its covariances go with them.
  public var variances: [[Bool]]

  public init(componentCount: Int, effectCount: Int) {
    let none = [[Bool]](
      repeating: [Bool](repeating: false, count: effectCount), count: componentCount)
    means = none
    variances = none
  }
}

/// A nonlinear random effects finite mixture model, without its parameter values: W07 (1), (2), (4) and Appendix.
///
/// Y_i | θ_i ~ N(h_i(θ_i), σ²H_i(θ_i)), θ_i = g(φ_i), φ_i ~ Σ_k w_k N(μ_k, Σ_k), Σ_k block diagonal between the effects of
/// the mixture and those that all components share.
public struct MixtureModel: Sendable {
  public let structural: any StructuralModel
  /// The p random effects, in the order of the job file, which is that of μ and Σ.
  public let effects: [RandomEffect]
  public let residual: ResidualErrorModel
  /// K
  public let componentCount: Int
  public let mixtureCovariance: CovarianceForm
  public let sharedCovariance: CovarianceForm
  public let covarianceSharing: CovarianceSharing
  public let fixed: FixedParameters
  /// Place of effect j among the structural model's parameters.
  public let structuralPlace: [Int]

  /// - Parameter structuralPlace: place of each effect among the structural model's parameters.
  package init(
    structural: any StructuralModel, effects: [RandomEffect], residual: ResidualErrorModel,
    componentCount: Int, mixtureCovariance: CovarianceForm, sharedCovariance: CovarianceForm,
    covarianceSharing: CovarianceSharing, fixed: FixedParameters, structuralPlace: [Int]
  ) {
    self.structural = structural
    self.effects = effects
    self.residual = residual
    self.componentCount = componentCount
    self.mixtureCovariance = mixtureCovariance
    self.sharedCovariance = sharedCovariance
    self.covarianceSharing = covarianceSharing
    self.fixed = fixed
    self.structuralPlace = structuralPlace
  }

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

  /// Whether the model allows Σ_ij ≠ 0.
  public func isInBlock(_ i: Int, _ j: Int) -> Bool {
    guard effects[i].membership == effects[j].membership else { return false }
    if i == j { return true }
    return
      (effects[i].membership == .mixture ? mixtureCovariance : sharedCovariance) == .full
  }
}

extension MixtureModel {
  /// The same model with other components, effects or form; nothing is fixed unless it is said here.
  public func with(
    componentCount: Int? = nil, effects: [RandomEffect]? = nil,
    mixtureCovariance: CovarianceForm? = nil, fixed: FixedParameters? = nil
  ) -> MixtureModel {
    MixtureModel(
      structural: structural, effects: effects ?? self.effects, residual: residual,
      componentCount: componentCount ?? self.componentCount,
      mixtureCovariance: mixtureCovariance ?? self.mixtureCovariance,
      sharedCovariance: sharedCovariance, covarianceSharing: covarianceSharing,
      fixed: fixed
        ?? FixedParameters(
          componentCount: componentCount ?? self.componentCount,
          effectCount: effects?.count ?? effectCount),
      structuralPlace: structuralPlace)
  }
}
