extension FitDocument {
  /// A maximum of the likelihood, or of the posterior, of several starts.
  package struct Maximum: Codable, Sendable, Equatable {
    package var minusTwoLogLikelihood: Double
    /// −2(log L + log p(ϕ̂)); missing without a prior.
    package var minusTwoLogPosterior: Double?
    /// How many starts ended there.
    package var starts: Int

    package init(minusTwoLogLikelihood: Double, minusTwoLogPosterior: Double? = nil, starts: Int) {
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
      self.minusTwoLogPosterior = minusTwoLogPosterior
      self.starts = starts
    }
  }
}
