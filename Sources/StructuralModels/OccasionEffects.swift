package import PopulationModel

/// A parameter that varies between the occasions of a subject: θ = g(φ + κ_o), with a deviation κ_o
/// for each occasion.
///
/// Equations have the parameter's name for the value of the occasion at hand; the subject's own
/// value and the deviations are parameters of the structural model.
package enum OccasionEffects {
  /// What the deviation of a parameter in an occasion is called; occasions count from 0 here, from
  /// 1 in the name.
  package static func name(of parameter: String, occasion: Int) -> String {
    "\(parameter)_occasion\(occasion + 1)"
  }

  /// What the value of the subject, without deviation, is called.
  package static func subjectName(of parameter: String) -> String { "\(parameter)_subject" }

  /// The statement that makes a parameter of the subject's value and the deviation of the occasion
  /// at hand.
  /// - Parameters:
  ///   - covariate: tells the occasion.
  ///   - values: its value in each occasion; at another value there is no deviation.
  package static func statement(
    of parameter: String, _ distribution: EffectDistribution, covariate: String, values: [Double]
  ) -> String {
    let own = subjectName(of: parameter)
    var deviation = "0"
    for (occasion, value) in values.enumerated().reversed() {
      deviation =
        "ifelse(\(covariate) == (\(value)), \(name(of: parameter, occasion: occasion)), \(deviation))"
    }
    return "\(parameter) = \(distribution.expression(own, deviatingBy: deviation))"
  }
}
