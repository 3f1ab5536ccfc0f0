import NumericKernels

/// The form of a residual error: the variance v of an observation about its prediction f.
///
/// What the program knows of a form is in this file, but for the vectors of v and its derivatives,
/// which the kernels compute (`EStepKernels/VarianceLaw.swift`). A new form is a case here and
/// there.
public enum ResidualErrorModel: String, Sendable, CaseIterable, BitwiseCopyable {
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
  public var isFactored: Bool {
    switch self {
    case .proportional, .additive: true
    case .combined, .combinedDeviations, .power, .lognormal: false
    }
  }

  /// Whether the logarithm of an observation has the variance v, about the logarithm of its
  /// prediction.
  public var isOfLogarithm: Bool {
    switch self {
    case .lognormal: true
    case .proportional, .additive, .combined, .combinedDeviations, .power: false
    }
  }

  /// Whether nothing but 0 can be observed, or nothing at all, where the prediction is 0.
  public var needsPrediction: Bool {
    switch self {
    case .proportional, .power, .lognormal: true
    case .additive, .combined, .combinedDeviations: false
    }
  }

  /// Whether v follows the prediction.
  public var dependsOnPrediction: Bool {
    switch self {
    case .proportional, .combined, .combinedDeviations, .power: true
    case .additive, .lognormal: false
    }
  }

  /// Whether its first parameter is all the variance that there is at a prediction of 0, while
  /// others add to it elsewhere.
  public var hasAdditivePart: Bool {
    switch self {
    case .combined, .combinedDeviations: true
    case .proportional, .additive, .power, .lognormal: false
    }
  }

  /// What job files call the standard deviation of an error without parts.
  public static let sigma = "sigma"

  /// Whether job files give it by parts.
  public var hasParts: Bool { parameters.count > 1 }

  /// One of its parameters.
  public struct Parameter: Sendable {
    /// The name in results, behind that of the output.
    public let suffix: String
    /// What job files call it, by its standard deviation where it is a variance.
    public let key: String
    public let kind: DirectParameter.Kind

    fileprivate init(_ suffix: String, key: String, _ kind: DirectParameter.Kind) {
      self.suffix = suffix
      self.key = key
      self.kind = kind
    }
  }

  /// Its parameters: one or two.
  public var parameters: [Parameter] {
    switch self {
    case .proportional, .additive, .lognormal: [Parameter("sigma2", key: "sigma", .variance)]
    case .combined:
      [
        Parameter("sigma2.additive", key: "additive", .variance),
        Parameter("sigma2.proportional", key: "proportional", .variance),
      ]
    case .combinedDeviations:
      [
        Parameter("sigma.additive", key: "additive", .deviation),
        Parameter("sigma.proportional", key: "proportional", .deviation),
      ]
    case .power:
      [
        Parameter("sigma2", key: "sigma", .variance), Parameter("power", key: "power", .exponent),
      ]
    }
  }

  /// v, the variance of an observation, or that of its logarithm.
  /// - Parameters:
  ///   - f: its prediction, in the units of the observations.
  ///   - first: the first of `parameters`, and `second` the other, where there is one.
  public func variance(at f: Double, first: Double, second: Double) -> Double {
    switch self {
    case .proportional: return first * f * f
    case .additive, .lognormal: return first
    case .combined: return first + second * f * f
    case .combinedDeviations:
      let deviation = first + second * abs(f)
      return deviation * deviation
    case .power: return first * exp(2 * second * log(abs(f)))
    }
  }

  /// An observation.
  /// - Parameter z: a standard normal variable.
  public func draw(at f: Double, _ z: Double, first: Double, second: Double) -> Double {
    switch self {
    case .proportional: f * (1 + first.squareRoot() * z)
    case .additive: f + first.squareRoot() * z
    case .lognormal: f * exp(first.squareRoot() * z)
    case .combined, .combinedDeviations, .power:
      f + variance(at: f, first: first, second: second).squareRoot() * z
    }
  }

  /// v over the mean square of the observations: whether an error has gone to 0.
  public func relativeVariance(meanSquare: Double, first: Double, second: Double) -> Double {
    switch self {
    case .proportional, .lognormal: return first
    case .additive: return first / meanSquare
    case .combined: return first / meanSquare + second
    case .combinedDeviations:
      let deviation = first / meanSquare.squareRoot() + second
      return deviation * deviation
    case .power: return first * exp((second - 1) * log(meanSquare))
    }
  }

  /// The variance at a prediction of 0, of an error with an additive part.
  /// - Parameter first: the first of `parameters`.
  public func additiveVariance(first: Double) -> Double {
    variance(at: 0, first: first, second: 0)
  }

  /// Where its parameters start.
  /// - Parameters:
  ///   - additive: what v would be if it were the same for all observations.
  ///   - relative: the squared coefficient of variation if that were the same.
  public func start(additive: Double, relative: Double) -> [Double] {
    switch self {
    case .proportional, .lognormal: [relative]
    case .additive: [additive]
    case .combined: [additive / 4, relative / 2]
    case .combinedDeviations: [(additive / 8).squareRoot(), (relative / 8).squareRoot()]
    case .power: [relative, 1]
    }
  }

  /// The size below which observations are compared by their differences, and above which by their
  /// ratios, in a search for starting values.
  /// - Parameters:
  ///   - median: of the absolute observations other than 0, and `upperQuartile` theirs.
  public func comparisonScale(median: Double, upperQuartile: Double) -> Double {
    switch self {
    case .proportional, .lognormal, .power: 0.02 * median
    case .combined, .combinedDeviations: 0.1 * median
    case .additive: upperQuartile
    }
  }
}
