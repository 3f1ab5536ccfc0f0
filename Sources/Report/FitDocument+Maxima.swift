extension FitDocument {
  /// A maximum of the likelihood, or of the posterior, of several starts.
  public struct Maximum: Codable, Sendable, Equatable {
    public var minusTwoLogLikelihood: Double
    /// −2(log L + log p(ϕ̂)); missing without a prior.
    public var minusTwoLogPosterior: Double?
    /// How many starts ended there.
    public var starts: Int

    public init(minusTwoLogLikelihood: Double, minusTwoLogPosterior: Double? = nil, starts: Int) {
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
      self.minusTwoLogPosterior = minusTwoLogPosterior
      self.starts = starts
    }
  }
}
