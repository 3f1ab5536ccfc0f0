import NumericKernels
package import PopulationModel
package import Report

/// One fit of one data set, as its files need it.
package struct NonmemRun: Sendable {
  package typealias Iteration = FittedShare.Iteration

  package var popmixVersion: String
  package var job: String
  package var model: MixtureModel
  package var estimation: FitDocument.Estimation
  package var dataSet: FitDocument.DataSet
  package var fit: FitDocument.Fit
  package var numbering: NonmemNumbering
  /// Of the start that is kept.
  package var iterations: [Iteration]
  /// This rank's.
  package var subjects: [SubjectResult]
  /// Wall time of the run that fitted it, all data sets together; `nil` if it is not known.
  package var seconds: Double?
  /// When that run began, `2026-11-26T20:00:00Z`; `nil` if it is not known.
  package var started: String?

  package init(
    _ share: FittedShare, _ run: FittedRun, model: MixtureModel, numbering: NonmemNumbering
  ) {
    popmixVersion = run.popmixVersion
    job = run.name
    self.model = model
    estimation = run.estimation
    dataSet = share.dataSet
    fit = share.fit
    self.numbering = numbering
    iterations = share.iterations
    subjects = share.subjects
    seconds = run.seconds
    started = run.started
  }
}

extension NonmemRun {
  /// NONMEM's N, the number of normally distributed data points: those that are not known by an
  /// interval only, which NONMEM has as a likelihood of their own (`F_FLAG=1`).
  var measuredCount: Int { dataSet.observations - (dataSet.censoredObservations ?? 0) }
}

extension SubjectResult {
  /// What the number of measured values takes off −2 log L.
  private var constant: Double { Double(measuredCount) * log2Pi }

  /// Its share of NONMEM's objective.
  var objective: Double { -2 * logLikelihood - constant }

  /// The same if it is of a component for sure.
  func objective(_ component: Int) -> Double { -2 * logIntegrals[component] - constant }
}

/// Conditional moments of all ETAs of a subject.
struct EtaMoments {
  /// μ + η where NONMEM has a MU, which is where an ETA is not scaled; else η.
  var phi: [Double]
  var eta: [Double]
  var covariance: SymmetricMatrix
}

extension NonmemEstimates {
  /// Of a subject given a component. The ETAs of other components are as before the data.
  func moments(
    _ subject: SubjectResult, in component: Int, scales: [Double], estimates: PopulationParameters
  ) -> EtaMoments {
    let etas = parameters.numbering.etas
    var phi = [Double](repeating: 0, count: etas.count)
    var own = phi
    /// The effect where the subject's data say something of it.
    var known = [Int?](repeating: nil, count: etas.count)
    for (i, eta) in etas.enumerated() {
      guard case .effect(let effect, let k, let scale) = eta.source else { continue }
      let isKnown = k == nil || k == component
      if isKnown { known[i] = effect }
      let prior = subject.priorMeans[k ?? component][effect]
      let mean = isKnown ? subject.means[component][effect] : prior
      own[i] = (mean - prior) / scales[i]
      phi[i] = scale == nil ? mean : own[i]
    }
    var covariance = SymmetricMatrix(dimension: etas.count)
    for i in etas.indices {
      for j in 0...i {
        switch (known[i], known[j]) {
        case (let e?, let f?):
          covariance[i, j] = subject.covariances[component][e, f] / (scales[i] * scales[j])
        case (nil, nil): covariance[i, j] = values[parameters.omega(i, j)]
        default: break
        }
      }
    }
    return EtaMoments(phi: phi, eta: own, covariance: covariance)
  }

  /// Of a subject over all components.
  func moments(
    _ subject: SubjectResult, scales: [Double], estimates: PopulationParameters
  ) -> EtaMoments {
    let parts = subject.membership.indices.map {
      moments(subject, in: $0, scales: scales, estimates: estimates)
    }
    guard parts.count > 1 else { return parts[0] }
    func mean(_ values: (EtaMoments) -> [Double]) -> [Double] {
      parameters.numbering.etas.indices.map { i in
        zip(parts, subject.membership).reduce(0) { $0 + $1.1 * values($1.0)[i] }
      }
    }
    let phi = mean(\.phi)
    var covariance = SymmetricMatrix(dimension: phi.count)
    for (part, share) in zip(parts, subject.membership) {
      for i in phi.indices {
        for j in 0...i {
          covariance[i, j] +=
            share
            * (part.covariance[i, j] + (part.phi[i] - phi[i]) * (part.phi[j] - phi[j]))
        }
      }
    }
    return EtaMoments(phi: phi, eta: mean(\.eta), covariance: covariance)
  }
}
