package import Estimation
package import NumericKernels
import PopulationData
import PopulationModel

/// What is known of a subject after the fit, by component.
package struct SubjectResult: Sendable, Equatable {
  /// Place in the data set, from 0.
  package var index: Int
  package var id: String
  package var observationCount: Int
  /// Its observations that were measured, and are not known by an interval only.
  package var measuredCount: Int
  package var logLikelihood: Double
  /// log ∫ p(Y | φ) N(φ; μ_k, Σ_k) dφ, without the weight.
  package var logIntegrals: [Double]
  /// w_k at the subject's covariates.
  package var weights: [Double]
  /// τ(k)
  package var membership: [Double]
  /// μ_k at the subject's covariates.
  package var priorMeans: [[Double]]
  /// E[φ | k]
  package var means: [[Double]]
  /// Cov[φ | k]
  package var covariances: [SymmetricMatrix]
  /// In the order of the data; empty unless somebody needs them.
  package var observations: [ObservationResult] = []

  package init(
    index: Int, id: String, observationCount: Int, measuredCount: Int, logLikelihood: Double,
    logIntegrals: [Double], weights: [Double], membership: [Double], priorMeans: [[Double]],
    means: [[Double]], covariances: [SymmetricMatrix]
  ) {
    self.index = index
    self.id = id
    self.observationCount = observationCount
    self.measuredCount = measuredCount
    self.logLikelihood = logLikelihood
    self.logIntegrals = logIntegrals
    self.weights = weights
    self.membership = membership
    self.priorMeans = priorMeans
    self.means = means
    self.covariances = covariances
  }

  init(_ subject: Subject, _ posterior: SubjectPosterior, of fit: FitResult) {
    let model = fit.model
    let components = 0..<model.componentCount
    let covariates = subject.covariates.first ?? []
    let weights = model.priorWeights(covariates: covariates, fit.estimates)
    self.init(
      index: subject.index, id: subject.id, observationCount: subject.observationCount,
      measuredCount: subject.measuredCount, logLikelihood: posterior.logLikelihood,
      logIntegrals: components.map { posterior.logIntegral($0) - log(weights[$0]) },
      weights: weights, membership: posterior.membership,
      priorMeans: components.map {
        model.priorMean($0, covariates: covariates, fit.estimates)
      }, means: components.map(posterior.mean), covariances: components.map(posterior.covariance))
  }

  /// Those of this rank's subjects, in the order of the data.
  package static func all(of fit: FitResult) -> [SubjectResult] {
    zip(fit.subjects, fit.posteriors).map { SubjectResult($0, $1, of: fit) }
  }

  /// The component with the largest posterior probability, of equals the first.
  package var component: Int {
    membership.indices.max {
      membership[$0] < membership[$1] || (membership[$0] == membership[$1] && $0 > $1)
    } ?? 0
  }
}

/// What the fit says of an observation, in the numbers of `observations.csv`.
package struct ObservationResult: Sendable, Equatable {
  /// Of its row in the data file; `nil` if there is none.
  package var line: Int?
  package var time: Double
  /// By `ObservationsTable.valueColumns`; NaN where there is no number.
  package var values: [Double]

  package init(line: Int?, time: Double, values: [Double]) {
    self.line = line
    self.time = time
    self.values = values
  }
}
