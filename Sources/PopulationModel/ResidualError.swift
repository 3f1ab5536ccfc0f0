import NumericKernels

/// The form of a residual error: the variance v of an observation about its prediction f.
public enum ResidualErrorModel: String, Sendable, CaseIterable {
  /// v = σ²f²; σ is a coefficient of variation.
  case proportional
  /// v = σ²; σ is in units of the observations.
  case additive
  /// v = a² + b²f²: an additive and a proportional error that are independent.
  case combined
  /// v = (a + bf)²: their standard deviations add.
  case combinedDeviations = "combined-sd"
  /// v = σ²f^(2c)
  case power
  /// log Y has the variance σ² about log f.
  case lognormal

  /// Whether σ² is a factor of v, which makes the M-step closed form: W07 (9).
  public var isFactored: Bool { self == .proportional || self == .additive }

  /// Whether nothing but 0 can be observed, or nothing at all, where the prediction is 0.
  public var needsPrediction: Bool {
    switch self {
    case .proportional, .power, .lognormal: true
    case .additive, .combined, .combinedDeviations: false
    }
  }

  /// Its parameters: what each is called, and what it is.
  public var parameters: [(suffix: String, kind: DirectParameter.Kind)] {
    switch self {
    case .proportional, .additive, .lognormal: [("sigma2", .variance)]
    case .combined: [("sigma2.additive", .variance), ("sigma2.proportional", .variance)]
    case .combinedDeviations:
      [("sigma.additive", .deviation), ("sigma.proportional", .deviation)]
    case .power: [("sigma2", .variance), ("power", .exponent)]
    }
  }
}

/// One kind of measurement: what is observed of the structural model, and its residual error.
public struct OutputModel: Sendable, Equatable {
  /// What job files call it; `nil` if it is the only one.
  public let name: String?
  /// The number under DVID; 0 if it is the only one.
  public let number: Int
  public let error: ResidualErrorModel
  /// Whether each component has a residual error of its own.
  public let isPerComponent: Bool

  public init(
    name: String? = nil, number: Int = 0, error: ResidualErrorModel, isPerComponent: Bool = false
  ) {
    self.name = name
    self.number = number
    self.error = error
    self.isPerComponent = isPerComponent
  }
}

/// A parameter that the likelihood of a subject's observations given its random effects depends on
/// itself: of a residual error whose variance is no factor of all, or a structural parameter that
/// does not vary between subjects.
public struct DirectParameter: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// σ², above 0
    case variance
    /// σ, above 0
    case deviation
    /// An exponent.
    case exponent
    /// A structural parameter θ = g(ψ), in that place among the structural model's.
    case structural(place: Int, EffectDistribution)
  }

  /// Its name without the number of the component.
  public let base: String
  public let kind: Kind
  public let isPerComponent: Bool

  public init(base: String, kind: Kind, isPerComponent: Bool) {
    self.base = base
    self.kind = kind
    self.isPerComponent = isPerComponent
  }

  /// Whether it is above 0.
  public var isPositive: Bool { kind == .variance || kind == .deviation }

  /// Whether it is a structural parameter.
  public var isStructural: Bool {
    if case .structural = kind { true } else { false }
  }
}

/// A structural parameter that is the same for all subjects, or for all of a component: NONMEM's
/// THETA without an ETA.
public struct FixedEffect: Sendable, Equatable {
  public let name: String
  /// The scale on which it is estimated.
  public let distribution: EffectDistribution
  public let isPerComponent: Bool

  public init(name: String, distribution: EffectDistribution, isPerComponent: Bool) {
    self.name = name
    self.distribution = distribution
    self.isPerComponent = isPerComponent
  }
}

/// The influence of a covariate on the mean of a random effect: μ_ij = μ_j + γ (x_i − centre), on
/// the scale where it is normal.
public struct CovariateEffect: Sendable, Equatable {
  /// Place of the random effect.
  public let effect: Int
  /// Of the data set, and its place among the subjects' covariates.
  public let covariate: String
  public let column: Int
  public let transform: CovariateTransform
  /// Whether each component has a coefficient of its own.
  public let isPerComponent: Bool

  public init(
    effect: Int, covariate: String, column: Int, transform: CovariateTransform,
    isPerComponent: Bool
  ) {
    self.effect = effect
    self.covariate = covariate
    self.column = column
    self.transform = transform
    self.isPerComponent = isPerComponent
  }
}

/// What becomes of a covariate's value x before it counts.
public enum CovariateTransform: Sendable, Equatable {
  /// x − c
  case centred(Double)
  /// log(x/c)
  case logRatio(Double)
  /// 1 where x is the category, else 0.
  case category(Double)
}

extension CovariateEffect {
  /// The covariate, and of a categorical one the category.
  public var label: String { transform.label(covariate) }
}

extension WeightCovariate {
  /// The covariate, and of a categorical one the category.
  public var label: String { transform.label(covariate) }
}

extension CovariateTransform {
  /// The covariate, and of a categorical one the category.
  public func label(_ covariate: String) -> String {
    guard case .category(let value) = self else { return covariate }
    let text = "\(value)"
    return covariate + "." + (text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  /// What counts, as a formula: `WT - 70`, `log(WT/70)`, `SEX = 1`.
  public func formula(_ covariate: String) -> String {
    func plain(_ x: Double) -> String {
      let text = "\(x)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    switch self {
    case .centred(0): return covariate
    case .centred(let centre): return "\(covariate) - \(plain(centre))"
    case .logRatio(1): return "log(\(covariate))"
    case .logRatio(let centre): return "log(\(covariate)/\(plain(centre)))"
    case .category(let value): return "\(covariate) = \(plain(value))"
    }
  }

  /// The value that counts.
  public func value(_ x: Double) -> Double {
    switch self {
    case .centred(let centre): x - centre
    case .logRatio(let centre): log(x / centre)
    case .category(let category): x == category ? 1 : 0
    }
  }
}

/// A covariate of the weights: log w_ik/w_iK = log w_k/w_K + Σ ζ_k x_i.
public struct WeightCovariate: Sendable, Equatable {
  public let covariate: String
  /// Its place among the subjects' covariates.
  public let column: Int
  public let transform: CovariateTransform

  public init(covariate: String, column: Int, transform: CovariateTransform) {
    self.covariate = covariate
    self.column = column
    self.transform = transform
  }
}
