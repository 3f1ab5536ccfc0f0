import PopulationData
import PopulationModel

/// What a fit says of one subject.
public struct SubjectEstimate: Sendable, Equatable {
  /// τ(k): K values that sum to 1.
  public var membership: [Double]
  /// E[φ | component k]: K vectors of p values, on the scale where the effects are normal.
  public var means: [[Double]]
  /// The class, from 0.
  public var `class`: Int

  public init(membership: [Double], means: [[Double]], class: Int) {
    self.membership = membership
    self.means = means
    self.class = `class`
  }
}

/// One observation beside what the fit says of it.
public struct ObservationDiagnostic: Sendable, Equatable {
  /// Place of the subject in the data set, from 0.
  public var subject: Int
  /// From 0.
  public var occasion: Int
  public var time: Double
  /// Y
  public var observed: Double
  /// h(g(μ_c)): at the typical values of the subject's class c, as NONMEM's PRED with MIXEST.
  public var populationPrediction: Double
  /// Σ_k w_k h(g(μ_k)): the mean of the components' typical predictions, which is known without the observations. Checks have to be
  /// plotted against it, as the class follows from the observations, so that NPDE have a trend over `populationPrediction` even if the
  /// model is right.
  public var mixturePrediction: Double
  /// h(g(E[φ | c])): at the subject's conditional mean given its class.
  public var individualPrediction: Double
  /// Σ_k τ(k) h(g(E[φ | k])): the mean over what the subject may be.
  public var weightedPrediction: Double
  /// Y − `individualPrediction`
  public var residual: Double
  /// `residual` in standard deviations of the residual error (IWRES); NaN where these are 0.
  public var weightedResidual: Double
  /// Normalised prediction distribution error, where it was computed.
  public var npde: Double?
}

extension FittedModel {
  /// A row for each observation, subject after subject.
  /// - Parameters:
  ///   - individuals: what the fit says of each of `subjects`.
  ///   - npde: of the same subjects, if the rows are to have them.
  public func diagnostics(
    _ subjects: [Subject], _ individuals: [SubjectEstimate],
    npde: PredictionDistributionErrors? = nil
  ) -> [ObservationDiagnostic] {
    precondition(subjects.count == individuals.count)
    var rows: [ObservationDiagnostic] = []
    rows.reserveCapacity(subjects.reduce(0) { $0 + $1.observationCount })
    for (place, subject) in subjects.enumerated() {
      add(
        subject, at: place, individuals[place], errors: npde.map { $0.values[place] } ?? [],
        to: &rows)
    }
    return rows
  }

  private func add(
    _ subject: Subject, at place: Int, _ estimate: SubjectEstimate, errors: [Double],
    to rows: inout [ObservationDiagnostic]
  ) {
    let program = EventProgram(subject, for: model.structural)
    let components = self.estimates.weights.indices
    let priors = components.map {
      model.priorMean($0, covariates: program.baseline, self.estimates)
    }
    let weights = model.priorWeights(covariates: program.baseline, self.estimates)
    let values = predictions(
      program,
      at: [(priors[estimate.class], estimate.class)]
        + components.map { (estimate.means[$0], $0) } + components.map { (priors[$0], $0) })
    var j = 0
    for (number, occasion) in subject.occasions.enumerated() {
      for observation in occasion.observations {
        let individual = values[1 + estimate.class][j]
        let residual = observation.value - individual
        let distribution = model.residualDistribution(
          of: model.outputPlace(number: program.knowledge[j].output),
          component: estimate.class, self.estimates)
        let weightedResidual = distribution.standardized(observation.value, at: individual)
        let weighted = estimate.membership.indices.reduce(0) { sum, k in
          // A component that the subject is not in has no say, even where its prediction is not finite.
          let tau = estimate.membership[k]
          return tau > 0 ? sum + tau * values[1 + k][j] : sum
        }
        let mixture = components.reduce(0) { sum, k in
          let weight = weights[k]
          return weight > 0 ? sum + weight * values[1 + estimate.means.count + k][j] : sum
        }
        let error = errors.indices.contains(j) && !errors[j].isNaN ? errors[j] : nil
        rows.append(
          ObservationDiagnostic(
            subject: place, occasion: number, time: observation.time, observed: observation.value,
            populationPrediction: values[0][j], mixturePrediction: mixture,
            individualPrediction: individual,
            weightedPrediction: weighted, residual: residual,
            weightedResidual: weightedResidual.isFinite ? weightedResidual : .nan, npde: error))
        j += 1
      }
    }
  }
}
