import NumericKernels
package import PopulationModel

/// What is known of parameters before the data, as independent distributions of single parameters,
/// of blocks of Σ and of the weights that keep the M-step closed form: X. Wang, A. Schumitzky, D.
/// Z. D'Argenio, Comput Stat Data Anal 53 (2009) 3907–3915. With a prior EM climbs the posterior,
/// log L + log p(ϕ), and ends at its maximum (MAP).
///
/// Densities are those of the free parameters as they are: μ on the scale where the effect is
/// normal, the elements of Σ, w_1 … w_{K−1}, σ². What components share is one parameter, and its
/// prior counts once. Parameters without a term have a flat prior.
package struct ParameterPrior: Sendable, Equatable, Codable {
  package enum Term: Sendable, Equatable, Codable {
    /// N(mean, sd²) of a mean, a covariate's coefficient, a structural direct parameter or an
    /// exponent.
    case normal(FreeParameter, mean: Double, standardDeviation: Double)
    /// Of the block of Σ with these effects, ascending, in a component or (`nil`) in all: the
    /// density ∝ |Σ|^{−c/2} exp(−½ tr ΨΣ⁻¹) with c = ν + p + 1 and Ψ = c·diag(mode), which is
    /// largest at Σ = diag(mode). For p = 1 it is inverse gamma. Of effects with one variance in
    /// common the first stands for all.
    case inverseWishart(effects: [Int], component: Int?, mode: [Double], degreesOfFreedom: Double)
    /// The same with p = 1 of σ², of a variance among the direct parameters, or of the square of a
    /// standard deviation among them.
    case inverseGamma(FreeParameter, mode: Double, degreesOfFreedom: Double)
    /// Of the weights: ∝ Π w_k^{a_k} with the pseudo-counts a_k ≥ 0, a Dirichlet distribution with
    /// α_k = a_k + 1.
    case dirichlet(pseudoCounts: [Double])

    /// The component that it belongs to; `nil` if it belongs to all.
    var component: Int? {
      switch self {
      case .normal(let parameter, _, _), .inverseGamma(let parameter, _, _): parameter.component
      case .inverseWishart(_, let component, _, _): component
      case .dirichlet: nil
      }
    }

    /// The same term of another component.
    func of(component: Int) -> Term {
      switch self {
      case .normal(let parameter, let mean, let sd):
        .normal(parameter.of(component: component), mean: mean, standardDeviation: sd)
      case .inverseGamma(let parameter, let mode, let nu):
        .inverseGamma(parameter.of(component: component), mode: mode, degreesOfFreedom: nu)
      case .inverseWishart(let effects, let own, let mode, let nu):
        .inverseWishart(
          effects: effects, component: own == nil ? nil : component, mode: mode,
          degreesOfFreedom: nu)
      case .dirichlet: self
      }
    }
  }

  package let terms: [Term]

  /// Nothing is known: maximum likelihood.
  package static let none = ParameterPrior([])

  /// - Parameter terms: of free parameters, each in one term only.
  package init(_ terms: [Term]) {
    for term in terms {
      switch term {
      case .normal(_, let mean, let sd): precondition(mean.isFinite && sd > 0)
      case .inverseWishart(let effects, _, let mode, let nu):
        precondition(
          effects.count == mode.count && mode.allSatisfy { $0 > 0 }
            && nu > Double(effects.count - 1))
      case .inverseGamma(_, let mode, let nu): precondition(mode > 0 && nu > 0)
      case .dirichlet(let counts): precondition(counts.allSatisfy { $0 >= 0 })
      }
    }
    self.terms = terms
  }

  package var isEmpty: Bool { terms.isEmpty }

  /// The term of a free parameter; `nil` where nothing is known of it.
  package func term(of parameter: FreeParameter) -> Term? {
    terms.first { term in
      switch (term, parameter) {
      case (.normal(let own, _, _), _), (.inverseGamma(let own, _, _), _): own == parameter
      case (.inverseWishart(let effects, let own, _, _), .covariance(let row, let column, let k)):
        own == k && effects.contains(row) && effects.contains(column)
      case (.dirichlet, .weight): true
      default: false
      }
    }
  }

  /// Whether it is the same for all components, so that their numbers mean nothing to it.
  package func isSymmetric(componentCount: Int) -> Bool {
    /// The terms of a component as those of the first.
    func own(_ k: Int) -> [Term] {
      terms.filter { $0.component == k }.map { $0.of(component: 0) }
    }
    let first = own(0)
    return (1..<max(1, componentCount)).allSatisfy { k in
      let other = own(k)
      return other.count == first.count && other.allSatisfy(first.contains)
    }
      && terms.allSatisfy { term in
        guard case .dirichlet(let counts) = term else { return true }
        return counts.allSatisfy { $0 == counts[0] }
      }
  }

  /// Whether all that is free of a component alone has a prior, so that it has values even where no
  /// subject belongs to it.
  func determines(_ k: Int, _ free: FreeParameters) -> Bool {
    let model = free.model
    guard
      free.list.allSatisfy({ parameter in
        if case .weight = parameter { return true }
        return parameter.component != k || term(of: parameter) != nil
      }), model.weightCovariates.isEmpty
    else { return false }
    return model.fixed.weights || (pseudoCounts?[k] ?? 0) > 0
  }

  /// Whether means or coefficients have priors, so that their maximum depends on Σ.
  var hasNormalMeans: Bool {
    terms.contains { term in
      guard case .normal(let parameter, _, _) = term else { return false }
      return switch parameter {
      case .mean, .coefficient: true
      default: false
      }
    }
  }

  /// Mean and standard deviation of a parameter with a normal prior.
  func normal(of parameter: FreeParameter) -> (mean: Double, standardDeviation: Double)? {
    guard case .normal(_, let mean, let sd) = term(of: parameter) else { return nil }
    return (mean, sd)
  }

  /// What the prior adds to a sum of squares about the mean, Ψ_ij, and to the number of subjects,
  /// c; `nil` without a prior.
  /// - Parameter component: `nil`: of an element that components share.
  func scatter(_ i: Int, _ j: Int, _ component: Int?) -> (sum: Double, count: Double)? {
    for term in terms {
      guard case .inverseWishart(let effects, component, let mode, let nu) = term,
        let place = effects.firstIndex(of: i), effects.contains(j)
      else { continue }
      let count = nu + Double(effects.count + 1)
      return (i == j ? count * mode[place] : 0, count)
    }
    return nil
  }

  /// The same of a residual variance: ψ and c.
  func scatter(of parameter: FreeParameter) -> (sum: Double, count: Double)? {
    guard case .inverseGamma(_, let mode, let nu) = term(of: parameter) else { return nil }
    return ((nu + 2) * mode, nu + 2)
  }

  /// a_k; `nil` without a prior of the weights.
  var pseudoCounts: [Double]? {
    for term in terms {
      if case .dirichlet(let counts) = term { return counts }
    }
    return nil
  }
}
