/// What the finite number of nodes leaves open in a fit's figures, measured by integrating once
/// more with other nodes.
package struct SamplingError: Sendable, Equatable, Codable {
  /// Standard error of −2 log L.
  package let minusTwoLogLikelihood: Double
  /// Standard error of each estimate, in its own units, in the order of the free parameters; `nil`
  /// without standard errors of the estimates, from which it is made.
  package let estimates: [Double]?
  /// The largest of `estimates` in standard errors of the estimate.
  package let largestShare: Double?
  /// The least and the largest T of a subject and component.
  package let samples: ClosedRange<Int>

  /// Whether it comes from independent integrals, which have an error of their own where the nodes
  /// of the fit have none to speak of.
  package let isIndependent: Bool

  package init(
    minusTwoLogLikelihood: Double, estimates: [Double]?, largestShare: Double?,
    samples: ClosedRange<Int>,
    isIndependent: Bool = false
  ) {
    self.minusTwoLogLikelihood = minusTwoLogLikelihood
    self.estimates = estimates
    self.largestShare = largestShare
    self.samples = samples
    self.isIndependent = isIndependent
  }

  /// Whether it can be overlooked beside the standard errors of the estimates and differences of −2
  /// log L that mean something.
  var isSmall: Bool { minusTwoLogLikelihood <= 1 && largestShare ?? 0 <= 0.05 }
}
