import NumericKernels
import PopulationModel

/// The M-step of means and covariances where covariates or priors of means have a say: with μ_ik =
/// μ_k + Σ_c γ_kc x_ic the means and coefficients that maximise Q are those of weighted least
/// squares,
///
///     Σ_i Σ_k τ_i(k) A_iᵀ Σ_k⁻¹ (E_ik[φ] − A_i b) = 0,
///
/// and Σ_k follows as in W07 (8). Where the effects of a full block have different covariates b
/// depends on Σ_k; it is taken at the Σ_k before the step (Meng & Rubin, Biometrika 80 (1993)
/// 267–278: each conditional maximum raises log L). Normal priors N(m, s²) of b add (m − b)/s² to
/// the left side.
struct RegressionStep {
  let model: MixtureModel
  let prior: ParameterPrior

  /// A mean or a coefficient that is looked for.
  private struct Unknown {
    let parameter: FreeParameter
    let effect: Int
    /// 0: the mean; else 1 + the place of the covariate.
    let covariate: Int
    let components: ClosedRange<Int>
  }

  /// - Parameter covariances: Σ_k, on which means may depend.
  func apply(
    _ statistics: SufficientStatistics, from previous: PopulationParameters,
    covariances: [SymmetricMatrix], to result: inout PopulationParameters
  ) throws(DegenerateComponent) {
    let free = FreeParameters(model)
    let unknowns = unknowns(free)
    let sums = Sums(statistics: statistics, effectCount: model.effectCount)
    let components = 0..<model.componentCount
    var precisions: [SymmetricMatrix] = []
    for k in components {
      guard let factor = CholeskyFactor(covariances[k]) else {
        throw DegenerateComponent(component: k, kind: .collapsed)
      }
      precisions.append(factor.inverse)
    }
    var matrix = SymmetricMatrix(dimension: unknowns.count)
    var slope = [Double](repeating: 0, count: unknowns.count)
    for (a, first) in unknowns.enumerated() {
      for k in first.components {
        for j in 0..<model.effectCount {
          slope[a] += precisions[k][first.effect, j] * sums.slope(k, first.covariate, j)
        }
        for (b, second) in unknowns[...a].enumerated() where second.components.contains(k) {
          matrix[a, b] +=
            precisions[k][first.effect, second.effect]
            * sums.design(k, first.covariate, second.covariate)
        }
      }
      if let (mean, sd) = prior.normal(of: first.parameter) {
        matrix[a, a] += 1 / (sd * sd)
        slope[a] += (mean - free.value(first.parameter, in: previous)) / (sd * sd)
      }
    }
    let step = DirectStep.solve(matrix, slope)
    /// What the mean of effect j moves for a covariate, by component.
    var moves = components.map { _ in
      [[Double]](
        repeating: [Double](repeating: 0, count: 1 + model.covariateEffects.count),
        count: model.effectCount)
    }
    for (a, unknown) in unknowns.enumerated() {
      for k in unknown.components {
        moves[k][unknown.effect][unknown.covariate] = step[a]
        if unknown.covariate == 0 {
          result.means[k][unknown.effect] = previous.means[k][unknown.effect] + step[a]
        } else {
          result.coefficients[k][unknown.covariate - 1] =
            previous.coefficients[k][unknown.covariate - 1] + step[a]
        }
      }
    }
    place(sums, moves, in: &result)
  }

  private func unknowns(_ free: FreeParameters) -> [Unknown] {
    let all = 0...(model.componentCount - 1)
    return free.list.compactMap { parameter in
      switch parameter {
      case .mean(let effect, let component):
        Unknown(
          parameter: parameter, effect: effect, covariate: 0,
          components: component.map { $0...$0 } ?? all)
      case .coefficient(let place, let component):
        Unknown(
          parameter: parameter, effect: model.covariateEffects[place].effect, covariate: 1 + place,
          components: component.map { $0...$0 } ?? all)
      default: nil
      }
    }
  }

  /// The covariances about the new means.
  private func place(
    _ sums: Sums, _ moves: [[[Double]]], in result: inout PopulationParameters
  ) {
    let width = 1 + model.covariateEffects.count
    /// Σ_i τ E[(φ − μ_i)(φ − μ_i)ᵀ] of a component
    func square(_ k: Int, _ i: Int, _ j: Int) -> Double {
      var sum = sums.second(k, i, j)
      for a in 0..<width {
        sum -= moves[k][i][a] * sums.slope(k, a, j) + moves[k][j][a] * sums.slope(k, a, i)
        for b in 0..<width { sum += moves[k][i][a] * moves[k][j][b] * sums.design(k, a, b) }
      }
      return sum
    }
    let components = 0..<model.componentCount
    func set(_ i: Int, _ j: Int, _ from: Range<Int>, _ to: Range<Int>) {
      var total = from.reduce(0) { $0 + sums.design($1, 0, 0) }
      var sum = from.reduce(0) { $0 + square($1, i, j) }
      let label = from.count == 1 && components.count > 1 ? from.lowerBound : nil
      if model.tie(of: i) == nil, let known = prior.scatter(i, j, label) {
        total += known.count
        sum += known.sum
      }
      let value = sum / total
      for k in to where !(model.fixed.variances[k][i] || model.fixed.variances[k][j]) {
        result.covariances[k][i, j] = value
      }
    }
    for i in 0..<model.effectCount {
      for j in 0...i where model.isInBlock(i, j) {
        if model.effects[i].membership == .shared || model.covarianceSharing == .equal {
          set(i, j, components, components)
        } else {
          for k in components { set(i, j, k..<k + 1, k..<k + 1) }
        }
      }
    }
  }

  /// Sums over the subjects, with 0 as the covariate that is 1.
  private struct Sums {
    let statistics: SufficientStatistics
    let effectCount: Int

    func design(_ k: Int, _ a: Int, _ b: Int) -> Double {
      if statistics.layout.covariateCount == 0 { return statistics.membership(k) }
      let element = a >= b ? SymmetricMatrix.index(a, b) : SymmetricMatrix.index(b, a)
      return statistics.values[statistics.layout.designs(k) + element]
    }

    /// Σ_i x E[φ_j − c_j]
    func slope(_ k: Int, _ covariate: Int, _ j: Int) -> Double {
      covariate == 0
        ? statistics.values[statistics.layout.first(k) + j]
        : statistics.values[statistics.layout.slopes(k) + (covariate - 1) * effectCount + j]
    }

    func second(_ k: Int, _ i: Int, _ j: Int) -> Double {
      statistics.values[statistics.layout.second(k) + SymmetricMatrix.index(i, j)]
    }
  }
}
