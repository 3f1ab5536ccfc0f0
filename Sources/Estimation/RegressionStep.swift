import NumericKernels
import PopulationModel

/// The M-step of means and covariances where covariates have a say: with μ_ik = μ_k + Σ_c γ_kc x_ic the means and coefficients that
/// maximise Q are those of weighted least squares,
///
///     Σ_i Σ_k τ_i(k) A_iᵀ Σ_k⁻¹ (E_ik[φ] − A_i b) = 0,
///
/// and Σ_k follows as in W07 (8). Where the effects of a full block have different covariates b depends on Σ_k; it is taken at the
/// Σ_k before the step (Meng & Rubin, Biometrika 80 (1993) 267–278: each conditional maximum raises log L).
struct RegressionStep {
  let model: MixtureModel

  /// A mean or a coefficient that is looked for.
  private struct Unknown {
    let effect: Int
    /// 0: the mean; else 1 + the place of the covariate.
    let covariate: Int
    let components: ClosedRange<Int>
  }

  func apply(
    _ statistics: SufficientStatistics, from previous: PopulationParameters,
    to result: inout PopulationParameters
  ) throws(DegenerateComponent) {
    let unknowns = unknowns
    let sums = Sums(statistics: statistics, effectCount: model.effectCount)
    let components = 0..<model.componentCount
    var precisions: [SymmetricMatrix] = []
    for k in components {
      guard let factor = CholeskyFactor(previous.covariances[k]) else {
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

  private var unknowns: [Unknown] {
    let all = 0...(model.componentCount - 1)
    return FreeParameters(model).list.compactMap { parameter in
      switch parameter {
      case .mean(let effect, let component):
        Unknown(
          effect: effect, covariate: 0, components: component.map { $0...$0 } ?? all)
      case .coefficient(let place, let component):
        Unknown(
          effect: model.covariateEffects[place].effect, covariate: 1 + place,
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
      let total = from.reduce(0) { $0 + sums.design($1, 0, 0) }
      let value = from.reduce(0) { $0 + square($1, i, j) } / total
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
