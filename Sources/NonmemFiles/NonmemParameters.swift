import Estimation
import Inference
import NumericKernels
import PopulationModel

/// NONMEM's parameters as functions of those of a fit, in the order of raw output files: THETA,
/// then the lower triangles of SIGMA and OMEGA.
struct NonmemParameters: Sendable {
  let numbering: NonmemNumbering
  let model: MixtureModel
  let labels: [String]

  init(_ numbering: NonmemNumbering, model: MixtureModel) {
    self.numbering = numbering
    var plain = model
    plain.expressions = []
    self.model = plain
    labels =
      numbering.thetas.indices.map { "THETA\($0 + 1)" }
      + Self.triangle("SIGMA", numbering.sigmas.count)
      + Self.triangle("OMEGA", numbering.etas.count)
  }

  private static func triangle(_ name: String, _ size: Int) -> [String] {
    (0..<size).flatMap { i in (0...i).map { "\(name)(\(i + 1),\($0 + 1))" } }
  }

  var thetaCount: Int { numbering.thetas.count }
  var etaCount: Int { numbering.etas.count }
  var sigmaCount: Int { numbering.sigmas.count }
  var count: Int { labels.count }

  /// The place of SIGMA(i,j), i ≥ j, from 0.
  func sigma(_ i: Int, _ j: Int) -> Int { thetaCount + SymmetricMatrix.index(i, j) }
  /// The place of OMEGA(i,j), i ≥ j, from 0.
  func omega(_ i: Int, _ j: Int) -> Int {
    thetaCount + SymmetricMatrix.elementCount(sigmaCount) + SymmetricMatrix.index(i, j)
  }

  /// The values at those of the fit.
  func values(at parameters: PopulationParameters) -> [Double] {
    let table = names(at: parameters)
    func value(_ expression: NonmemExpression, _ component: Int? = nil) -> Double {
      Self.value(expression, component, table)
    }
    var values = [Double](repeating: 0, count: count)
    for (i, theta) in numbering.thetas.enumerated() { values[i] = value(theta) }
    for (i, sigma) in numbering.sigmas.enumerated() { values[self.sigma(i, i)] = value(sigma) }
    for i in 0..<etaCount {
      for j in 0...i { values[omega(i, j)] = covariance(i, j, parameters, table) }
    }
    return values
  }

  /// The scale of each ETA at the values of the fit; 1 where there is none.
  func scales(at parameters: PopulationParameters) -> [Double] {
    let table = names(at: parameters)
    return numbering.etas.map { scale($0, table) }
  }

  private func scale(_ eta: NonmemNumbering.Eta, _ table: [String: Double]) -> Double {
    guard case .effect(_, let component, let scale?) = eta.source else { return 1 }
    return Self.value(scale, component, table)
  }

  private static func value(
    _ expression: NonmemExpression, _ component: Int?, _ table: [String: Double]
  ) -> Double {
    expression.value(
      expression.inputs.map { name in
        component.flatMap { table["\(name).\($0 + 1)"] } ?? table[name] ?? .nan
      })
  }

  private func names(at parameters: PopulationParameters) -> [String: Double] {
    var table: [String: Double] = [:]
    for row in model.parameterTable(at: parameters, covariance: nil)
      + model.derivedQuantities(at: parameters, covariance: nil)
    { table[row.name] = row.estimate }
    return table
  }

  private func covariance(
    _ i: Int, _ j: Int, _ parameters: PopulationParameters, _ table: [String: Double]
  ) -> Double {
    guard hasCovariance(i, j) else { return 0 }
    let (a, b) = (numbering.etas[i], numbering.etas[j])
    switch (a.source, b.source) {
    case (.constant(let variance), _): return variance
    case (.effect(let e, let k, _), .effect(let f, _, _)):
      return parameters.covariances[k ?? 0][e, f] / (scale(a, table) * scale(b, table))
    default: return 0
    }
  }

  /// Whether OMEGA(i,j) is more than a zero of the structure.
  func hasCovariance(_ i: Int, _ j: Int) -> Bool {
    if i == j { return true }
    guard case .effect(let e, let k, _) = numbering.etas[i].source,
      case .effect(let f, let l, _) = numbering.etas[j].source,
      // Two ETAs of one effect are different random numbers.
      e != f
    else { return false }
    // Each occasion has its own deviation.
    return k == l && model.isInBlock(e, f) && model.tie(of: e) == nil && model.tie(of: f) == nil
  }
}
