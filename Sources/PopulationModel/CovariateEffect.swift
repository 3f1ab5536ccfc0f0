import NumericKernels

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
