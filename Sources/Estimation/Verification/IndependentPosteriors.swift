import NumericKernels
package import PopulationData
package import PopulationModel

extension ExpectationStep {
  /// Posteriors of the rank's subjects by independent integration: functions of the parameters, the
  /// subject's records and the seed.
  /// - Parameters:
  ///   - parameters: all Σ_k positive definite.
  ///   - own: the rank's subjects, in the order of `subjects`.
  /// - Returns: the posteriors, and the standard error of each subject's log-likelihood.
  package func independentPosteriors(at parameters: PopulationParameters, of own: [Subject])
    -> (posteriors: [SubjectPosterior], errors: [Double])
  {
    densities.update(parameters)
    predictionStore?.turn(to: parameters)
    blocks.placePriors(densities)
    let integration = IndependentIntegration(self, subjects: own)
    var posteriors: [SubjectPosterior] = []
    var errors: [Double] = []
    for block in 0..<blocks.blockCount {
      integration.integrate(block)
      for lane in 0..<blocks.width(block) {
        posteriors.append(posterior(8 * block + lane, in: integration.total))
        errors.append(integration.variance[lane].squareRoot())
      }
    }
    return (posteriors, errors)
  }
}
