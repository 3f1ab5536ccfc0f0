import Glibc

extension ScalarReference {
  /// An envelope for each subject and component: the mode of the conditional density with the
  /// curvature there.
  func initialEnvelopes(_ parameters: ScalarParameters) -> [ScalarEnvelope] {
    subjects.flatMap { subject in
      parameters.components.indices.map { k in
        envelope(subject, parameters, component: k)
      }
    }
  }

  /// The best mode that is reached from the means of all components.
  private func envelope(
    _ subject: ScalarSubject, _ parameters: ScalarParameters, component k: Int
  ) -> ScalarEnvelope {
    let component = parameters.components[k]
    var best: ScalarPoint?
    for start in parameters.components {
      let reached = climb(
        subject, parameters, component, volume: parameters.volumeMean, rate: start.rateMean)
      if reached.value > best?.value ?? -.infinity { best = reached }
    }
    if let best {
      // The inverse of a matrix of two rows.
      let determinant =
        best.curvature00 * best.curvature11 - best.curvature10 * best.curvature10
      let envelope = ScalarEnvelope(
        volume: best.volume, rate: best.rate, covariance00: best.curvature11 / determinant,
        covariance10: -best.curvature10 / determinant,
        covariance11: best.curvature00 / determinant)
      if let envelope { return envelope }
    }
    return ScalarEnvelope(
      volume: parameters.volumeMean, rate: component.rateMean,
      covariance00: parameters.volumeVariance, covariance10: 0,
      covariance11: component.rateVariance)!
  }

  /// Gauss–Newton steps, halved until they climb and the volume stays positive.
  private func climb(
    _ subject: ScalarSubject, _ parameters: ScalarParameters,
    _ component: ScalarParameters.Component, volume: Double, rate: Double
  ) -> ScalarPoint {
    var here = point(subject, parameters, component, volume: volume, rate: rate)
    for _ in 0..<40 {
      let determinant =
        here.curvature00 * here.curvature11 - here.curvature10 * here.curvature10
      let volumeStep =
        (here.curvature11 * here.gradient0 - here.curvature10 * here.gradient1) / determinant
      let rateStep =
        (here.curvature00 * here.gradient1 - here.curvature10 * here.gradient0) / determinant
      var length = 1.0
      var next: ScalarPoint?
      for _ in 0..<12 {
        let candidate = point(
          subject, parameters, component, volume: here.volume + length * volumeStep,
          rate: here.rate + length * rateStep)
        if candidate.volume > 0, candidate.value > here.value {
          next = candidate
          break
        }
        length *= 0.5
      }
      guard let next else { break }
      let gain = next.value - here.value
      here = next
      if gain < 1e-7 { break }
    }
    return here
  }

  /// The log density of one point but for constants, its gradient, and its Fisher information as
  /// the curvature.
  private func point(
    _ subject: ScalarSubject, _ parameters: ScalarParameters,
    _ component: ScalarParameters.Component, volume: Double, rate: Double
  ) -> ScalarPoint {
    let volumeDistance = volume - parameters.volumeMean
    let rateDistance = rate - component.rateMean
    var point = ScalarPoint(
      volume: volume, rate: rate,
      value: -0.5 * volumeDistance * volumeDistance / parameters.volumeVariance
        - 0.5 * rateDistance * rateDistance / component.rateVariance,
      gradient0: -volumeDistance / parameters.volumeVariance,
      gradient1: -rateDistance / component.rateVariance,
      curvature00: 1 / parameters.volumeVariance, curvature10: 0,
      curvature11: 1 / component.rateVariance)
    // With u = ln h, ∂u/∂V = −1/V and ∂u/∂k = −t; the log-likelihood is −u − (y e⁻ᵘ − 1)²/(2σ²).
    let information = 1 / parameters.residualVariance + 2
    for j in subject.observations {
      let prediction = subject.dose / volume * exp(-rate * times[j])
      let ratio = values[j] / prediction
      let residual = ratio - 1
      point.value -=
        log(abs(prediction)) + 0.5 * residual * residual / parameters.residualVariance
      let slope = ratio * residual / parameters.residualVariance - 1
      let volumeSlope = -1 / volume
      let rateSlope = -times[j]
      point.gradient0 += slope * volumeSlope
      point.gradient1 += slope * rateSlope
      point.curvature00 += information * volumeSlope * volumeSlope
      point.curvature10 += information * volumeSlope * rateSlope
      point.curvature11 += information * rateSlope * rateSlope
    }
    return point
  }
}

/// A point of the mode search.
private struct ScalarPoint {
  var volume: Double
  var rate: Double
  var value: Double
  var gradient0: Double
  var gradient1: Double
  var curvature00: Double
  var curvature10: Double
  var curvature11: Double
}
