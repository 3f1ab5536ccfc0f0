import NumericKernels
package import PopulationData
package import PopulationModel

/// What a fit says of one subject.
package struct SubjectEstimate: Sendable, Equatable {
  /// τ(k): K values that sum to 1.
  package var membership: [Double]
  /// E[φ | component k]: K vectors of p values, on the scale where the effects are normal.
  package var means: [[Double]]
  /// The class, from 0.
  package var `class`: Int

  package init(membership: [Double], means: [[Double]], class: Int) {
    self.membership = membership
    self.means = means
    self.class = `class`
  }
}

/// One observation beside what the fit says of it.
package struct ObservationDiagnostic: Sendable, Equatable {
  /// Place of the subject in the data set, from 0.
  package var subject: Int
  /// From 0.
  package var occasion: Int
  /// Of its row in the data file; 0 if there is none.
  package var line: Int
  package var time: Double
  /// The number under DVID, or 0.
  package var output: Int
  /// Y
  package var observed: Double
  /// 0 of a value that was measured, 1 of one below Y, −1 of one above it.
  package var censoring: Int
  /// h(g(μ_c)): at the typical values of the subject's class c, as NONMEM's PRED with MIXEST.
  package var populationPrediction: Double
  /// Σ_k w_k h(g(μ_k)): the mean of the components' typical predictions, which is known without the
  /// observations. Checks have to be plotted against it, as the class follows from the
  /// observations, so that NPDE have a trend over `populationPrediction` even if the model is
  /// right.
  package var mixturePrediction: Double
  /// h(g(E[φ | c])): at the subject's conditional mean given its class.
  package var individualPrediction: Double
  /// Σ_k τ(k) h(g(E[φ | k])): the mean over what the subject may be.
  package var weightedPrediction: Double
  /// Y − `individualPrediction`; NaN of a censored value.
  package var residual: Double
  /// `residual` in standard deviations of the residual error (IWRES); NaN where these are 0, and of
  /// a censored value.
  package var weightedResidual: Double
  /// Of a censored value: a weighted residual that is drawn from the residual error's distribution
  /// beyond the limit at `individualPrediction`, so that with the others residuals of a right model
  /// stay standard normal, but for their shrinkage.
  package var drawnResidual: Double?
  /// EPRED and EWRES of `SimulatedObservations`, where they were computed and exist.
  package var simulatedPrediction: Double?
  package var simulatedResidual: Double?
  /// Normalised prediction distribution error, likewise.
  package var npde: Double?
}

extension FittedModel {
  /// A row for each observation, subject after subject.
  /// - Parameters:
  ///   - individuals: what the fit says of each of `subjects`.
  ///   - npde: of the same subjects, if the rows are to have them.
  package func diagnostics(
    _ subjects: [Subject], _ individuals: [SubjectEstimate],
    npde: PredictionDistributionErrors? = nil
  ) -> [ObservationDiagnostic] {
    precondition(subjects.count == individuals.count)
    var rows: [ObservationDiagnostic] = []
    rows.reserveCapacity(subjects.reduce(0) { $0 + $1.observationCount })
    for (place, subject) in subjects.enumerated() {
      let first = rows.count
      let program = EventProgram(subject, for: model.structural)
      add(subject, program, at: place, individuals[place], to: &rows)
      for (j, error) in (npde?.values[place] ?? []).enumerated() where !error.isNaN {
        rows[first + j].npde = error
      }
    }
    return rows
  }

  /// A row for each observation of one subject.
  /// - Parameter simulation: draws its replicates, for what is made of them.
  package func diagnostics(
    _ subject: Subject, _ estimate: SubjectEstimate, simulation: SubjectSimulation
  ) -> [ObservationDiagnostic] {
    var rows: [ObservationDiagnostic] = []
    let program = EventProgram(subject, for: model.structural)
    add(subject, program, at: subject.index, estimate, to: &rows)
    let simulated = simulation.observations(
      of: program, subject: subject, place: subject.index)
    func value(_ x: Double) -> Double? { x.isNaN ? nil : x }
    for j in rows.indices {
      rows[j].simulatedPrediction = value(simulated.means[j])
      rows[j].simulatedResidual = value(simulated.weightedResiduals[j])
      rows[j].npde = value(simulated.errors[j])
    }
    return rows
  }

  private func add(
    _ subject: Subject, _ program: EventProgram, at place: Int, _ estimate: SubjectEstimate,
    to rows: inout [ObservationDiagnostic]
  ) {
    let components = self.estimates.weights.indices
    let priors = components.map {
      model.priorMean($0, covariates: program.baseline, self.estimates)
    }
    let weights = model.priorWeights(covariates: program.baseline, self.estimates)
    let values = predictions(
      program,
      at: [(priors[estimate.class], estimate.class)]
        + components.map { (estimate.means[$0], $0) } + components.map { (priors[$0], $0) })
    /// What has no weight has no say, even where it is not finite.
    func mean(_ weights: [Double], from first: Int, _ j: Int) -> Double {
      weights.indices.reduce(0) { sum, k in
        weights[k] > 0 ? sum + weights[k] * values[first + k][j] : sum
      }
    }
    let address = RandomAddress(
      key: RandomAddress.key(mixing: 1), purpose: .censoredResiduals, subject: subject.index)
    var j = 0
    for (number, occasion) in subject.occasions.enumerated() {
      for observation in occasion.observations {
        let individual = values[1 + estimate.class][j]
        let distribution = model.residualDistribution(
          of: model.outputPlace(number: program.knowledge[j].output),
          component: estimate.class, self.estimates)
        let weightedResidual = distribution.standardized(observation.value, at: individual)
        let censoring =
          switch observation.censoring {
          case .none: 0
          case .below: 1
          case .above: -1
          }
        let isMeasured = censoring == 0
        var drawn: Double?
        if !isMeasured, weightedResidual.isFinite {
          drawn = Self.drawn(
            observation, beyond: weightedResidual, of: distribution, at: individual,
            by: address.uniform(sample: 0, dimension: j))
        }
        rows.append(
          ObservationDiagnostic(
            subject: place, occasion: number, line: observation.line, time: observation.time,
            output: observation.output, observed: observation.value, censoring: censoring,
            populationPrediction: values[0][j],
            mixturePrediction: mean(weights, from: 1 + components.count, j),
            individualPrediction: individual,
            weightedPrediction: mean(estimate.membership, from: 1, j),
            residual: isMeasured ? observation.value - individual : .nan,
            weightedResidual: isMeasured && weightedResidual.isFinite ? weightedResidual : .nan,
            drawnResidual: drawn))
        j += 1
      }
    }
  }

  /// A standard normal number from the interval in which a censored value lies: Φ⁻¹(Φ(a) + u (Φ(b)
  /// − Φ(a))).
  /// - Parameters:
  ///   - limit: the limit, in standard deviations from the prediction f.
  ///   - u: uniform in (0, 1).
  private static func drawn(
    _ observation: Observation, beyond limit: Double, of distribution: ResidualDistribution,
    at f: Double, by u: Double
  ) -> Double? {
    func end(_ y: Double) -> Double? {
      guard y.isFinite else { return nil }
      let z = distribution.standardized(y, at: f)
      return z.isNaN ? nil : z
    }
    let z: Double
    switch observation.censoring {
    case .none: return nil
    case .below(let lower): z = Self.truncated(from: end(lower) ?? -.infinity, to: limit, u)
    // By symmetry, so that nothing is lost in the upper tail.
    case .above(let upper):
      z = -Self.truncated(from: -(end(upper) ?? .infinity), to: -limit, u)
    }
    return z.isFinite ? z : nil
  }

  /// - Parameters: a < b in standard deviations, and a uniform number.
  private static func truncated(from a: Double, to b: Double, _ u: Double) -> Double {
    if a > 0 { return -truncated(from: -b, to: -a, 1 - u) }
    let below = a == -.infinity ? 0 : normalDistribution(Lanes.all(a))[0]
    let share = below + u * (normalDistribution(Lanes.all(b))[0] - below)
    // Where Φ(b) is 0 in doubles, all is at b.
    return share > 0 ? min(b, normalQuantile(Lanes.all(share))[0]) : b
  }
}
