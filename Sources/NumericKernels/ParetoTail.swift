/// How heavy the tail of a set of importance weights is: the shape k̂ of the generalised Pareto
/// distribution that fits the largest ones. The variance of the weights is finite for k < ½, their
/// mean for k < 1; above 0.7 an estimate is not to be trusted with any practical number of samples.
///
/// A. Vehtari, D. Simpson, A. Gelman, Y. Yao & J. Gabry, "Pareto smoothed importance sampling", J
/// Mach Learn Res 25(72) (2024) 1–58. The weights are not smoothed here.
public enum ParetoTail {
  /// How many of the largest weights belong to the tail: ⌈min(S/5, 3√S)⌉ of S.
  public static func count(samples: Int) -> Int {
    precondition(samples >= 0, "a number of samples is not negative")
    let s = Double(samples)
    return Int(min(0.2 * s, 3 * s.squareRoot()).rounded(.up))
  }

  /// The largest shape at which S samples are enough: min(1 − 1/log₁₀ S, 0.7).
  public static func shapeLimit(samples: Int) -> Double {
    guard samples > 1 else { return -.infinity }
    return min(1 - log(10) / log(Double(samples)), 0.7)
  }

  /// k̂ of the tail above the smallest of the given weights.
  ///
  /// The estimator is that of J. Zhang & M. A. Stephens, "A new and efficient estimation method for
  /// the generalized Pareto distribution", Technometrics 51 (2009) 316–325, drawn towards ½ as by
  /// ten observations more (Vehtari et al., appendix).
  /// - Parameter largestWeights: the `count(samples:)` + 1 largest weights in any order and on any
  ///   scale; the smallest of them is the threshold.
  /// - Returns: −∞ if all weights are the same; ∞, as nothing can be said for the weights, if fewer
  ///   than five are above the threshold or one is not finite.
  public static func shape(largestWeights: [Double]) -> Double {
    guard largestWeights.allSatisfy(\.isFinite), let threshold = largestWeights.min(),
      let largest = largestWeights.max()
    else { return .infinity }
    let range = largest - threshold
    if range == 0 && largestWeights.count > 5 { return -.infinity }
    let exceedances = largestWeights.filter { $0 > threshold }.map { ($0 - threshold) / range }
    guard exceedances.count >= 5 else { return .infinity }
    let k = generalizedParetoShape(exceedances.sorted())
    let n = Double(exceedances.count)
    return (n * k + 10 * 0.5) / (n + 10)
  }

  /// Zhang and Stephens' estimate without the prior, in the sign convention in which heavy tails
  /// have k > 0.
  ///
  /// With θ = −k/σ the profile log-likelihood is n(log(−θ/k) − k − 1), k(θ) = mean log(1 − θx); θ̂
  /// is its mean over a grid whose points are quantiles of a prior, weighted with the likelihood.
  /// - Parameter x: exceedances, positive, ascending.
  package static func generalizedParetoShape(_ x: [Double]) -> Double {
    let n = x.count
    let gridCount = 30 + Int(Double(n).squareRoot())
    let quartile = x[max(0, Int(Double(n) / 4 + 0.5) - 1)]
    // In two steps, as the compiler needs ten seconds for the types of one.
    let theta = (1...gridCount).map { j -> Double in
      let quantile: Double = 1 - (Double(gridCount) / (Double(j) - 0.5)).squareRoot()
      return 1 / x[n - 1] + quantile / (3 * quartile)
    }
    let logLikelihoods = theta.map { theta -> Double in
      let k = meanLog(x, theta)
      // k/θ → −mean x at θ = 0, where the distribution is exponential.
      let scale = theta == 0 || k == 0 ? x.reduce(0, +) / Double(n) : -k / theta
      return Double(n) * (-log(scale) - k - 1)
    }
    let highest = logLikelihoods.max() ?? 0
    var total = 0.0
    var moment = 0.0
    for (theta, logLikelihood) in zip(theta, logLikelihoods) {
      let weight = exp(logLikelihood - highest)
      total += weight
      moment += weight * theta
    }
    return meanLog(x, moment / total)
  }

  /// Mean of log(1 − θx).
  private static func meanLog(_ x: [Double], _ theta: Double) -> Double {
    var sum = 0.0
    for value in x {
      let y = -theta * value
      let u = 1 + y
      // What the addition of 1 has rounded away, to first order: small θ need it.
      sum += log(u) - ((u - 1) - y) / u
    }
    return sum / Double(x.count)
  }
}
