import PopulationData

/// A function of the parameters of a fit, named as `estimates.csv` has them, or a plain number.
public struct NonmemExpression: Sendable {
  /// As it is written.
  public let text: String
  /// The names that it is a function of; none of a number.
  public let inputs: [String]
  /// Its value at those of `inputs`.
  package let value: @Sendable ([Double]) -> Double

  public init(text: String, inputs: [String], value: @escaping @Sendable ([Double]) -> Double) {
    self.text = text
    self.inputs = inputs
    self.value = value
  }

  /// A parameter as it is.
  public static func parameter(_ name: String) -> NonmemExpression {
    NonmemExpression(text: name, inputs: [name]) { $0[0] }
  }

  /// A number, which is fixed.
  public static func number(_ value: Double, text: String? = nil) -> NonmemExpression {
    NonmemExpression(text: text ?? csvNumber(value), inputs: []) { _ in value }
  }
}

/// Which parameters of a fit are which THETA, ETA and SIGMA.
public struct NonmemNumbering: Sendable {
  /// What an ETA stands for.
  public enum Source: Sendable {
    /// (φ − μ)/scale of a random effect, by its place in the model; in each component, or (not
    /// `nil`) in one of them.
    case effect(Int, component: Int?, scale: NonmemExpression?)
    /// Nothing of the model: a variance that is fixed.
    case constant(Double)
  }

  public struct Eta: Sendable {
    /// What the numbering calls it: `CL`, `k.1`.
    public let label: String
    public let source: Source

    public init(label: String, source: Source) {
      self.label = label
      self.source = source
    }
  }

  public var thetas: [NonmemExpression]
  public var etas: [Eta]
  /// SIGMA(i,i); SIGMA is diagonal.
  public var sigmas: [NonmemExpression]

  public init(thetas: [NonmemExpression], etas: [Eta], sigmas: [NonmemExpression]) {
    self.thetas = thetas
    self.etas = etas
    self.sigmas = sigmas
  }
}

extension NonmemNumbering {
  /// The numbering of a model of which nothing is said.
  ///
  /// THETA are means of random effects in the order of `estimates.csv`, fixed effects, coefficients
  /// of covariates, weights but the last, their coefficients, and what of residual errors is no
  /// variance. ETA are the effects, those of a mixture with a covariance in each component once for
  /// each; those of occasions come last. SIGMA are the variances of residual errors.
  public init(_ model: MixtureModel) {
    // Of a model in which nothing is fixed.
    let all = FreeParameters(model.with())
    func names(_ isWanted: (FreeParameter) -> Bool) -> [NonmemExpression] {
      all.list.filter(isWanted).map { .parameter(all.name($0)) }
    }
    let structural = names { parameter in
      switch parameter {
      case .mean, .coefficient, .weight, .weightCoefficient: true
      case .direct(let place, _): model.direct[place].isStructural
      case .covariance, .residualVariance: false
      }
    }
    let errors = names { parameter in
      guard case .direct(let place, _) = parameter, !model.direct[place].isStructural else {
        return false
      }
      return model.direct[place].kind != .variance
    }
    let variances = names { parameter in
      switch parameter {
      case .residualVariance: true
      case .direct(let place, _): model.direct[place].kind == .variance
      default: false
      }
    }
    self.init(
      thetas: structural + errors, etas: Self.etas(of: model),
      // Residual errors whose standard deviations are THETA are multiples of an EPS with variance
      // 1.
      sigmas: variances.isEmpty ? [.number(1)] : variances)
  }

  /// Blocks of OMEGA one after the other: that of the mixture, for each component if they differ,
  /// and that of the shared effects, as the job has them; those of occasions last.
  private static func etas(of model: MixtureModel) -> [Eta] {
    func eta(_ effect: Int, _ component: Int? = nil) -> Eta {
      Eta(
        label: model.effects[effect].name + (component.map { ".\($0 + 1)" } ?? ""),
        source: .effect(effect, component: component, scale: nil))
    }
    let occasions = Set(model.tiedVariances.joined())
    let shared = model.sharedEffects.filter { !occasions.contains($0) }
    let mixture = model.mixtureEffects
    let isOwn = model.componentCount > 1 && model.covarianceSharing == .perComponent
    let blocks: [[Eta]]
    if !isOwn, model.mixtureCovariance == .diagonal, model.sharedCovariance == .diagonal {
      blocks = [(mixture + shared).sorted().map { eta($0) }]
    } else {
      let components: [Int?] = isOwn ? (0..<model.componentCount).map { $0 } : [nil]
      let first = components.flatMap { k in mixture.map { eta($0, k) } }
      let second = shared.map { eta($0) }
      blocks =
        (mixture.first ?? .max) < (shared.first ?? .max) ? [first, second] : [second, first]
    }
    return blocks.flatMap { $0 } + model.tiedVariances.flatMap { $0.map { eta($0) } }
  }
}

extension NonmemNumbering {
  /// Two columns: NONMEM's name and what it stands for.
  public var rows: [(name: String, meaning: String)] {
    thetas.enumerated().map { ("THETA(\($0 + 1))", $1.text) }
      + etas.enumerated().map { i, eta in ("ETA(\(i + 1))", Self.meaning(eta)) }
      + sigmas.enumerated().map { ("SIGMA(\($0 + 1),\($0 + 1))", $1.text) }
  }

  private static func meaning(_ eta: Eta) -> String {
    switch eta.source {
    case .constant(let variance): "not in the model, variance \(csvNumber(variance)) fixed"
    case .effect(_, _, nil): eta.label
    case .effect(_, _, let scale?): "\(eta.label), divided by \(scale.text)"
    }
  }
}
