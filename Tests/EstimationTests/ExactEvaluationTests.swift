import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// Log-likelihood, posteriors, scores and EM steps against quadrature.
@Suite("Evaluations and EM steps of the reference cases")
struct ExactEvaluationTests {
  /// What one E-step with settled envelopes gives.
  struct Evaluation {
    let posteriors: [SubjectPosterior]
    let scores: [[Double]]
    let logLikelihood: Double

    init(_ reference: ReferenceCase, at parameters: PopulationParameters) {
      let subjects = reference.dataset.subjects
      let step = ExpectationStep(
        model: reference.model, dataset: reference.dataset, subjects: Array(subjects.indices),
        settings: .exact(1024))
      _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
      _ = step.run(at: parameters, iteration: 1, envelopes: .previousMoments)
      logLikelihood =
        step.run(at: parameters, iteration: 2, envelopes: .previousMoments).values[
          step.statisticsLayout.logLikelihood]
      let posteriors = subjects.indices.map { step.posterior($0) }
      let function = ScoreFunction(free: FreeParameters(reference.model), parameters: parameters)
      self.posteriors = posteriors
      scores = subjects.indices.map {
        function.score(posteriors[$0], observationCount: subjects[$0].observationCount)
      }
    }

    var totalScore: [Double] {
      scores[0].indices.map { place in scores.reduce(0) { $0 + $1[place] } }
    }
  }

  /// Expects log L, each subject's log-likelihood and τ, and the total score to be those of
  /// quadrature.
  func compare(
    _ reference: ReferenceCase, at parameters: PopulationParameters,
    with exact: ReferenceCase.Exact.Evaluation
  ) {
    let evaluation = Evaluation(reference, at: parameters)
    #expect(abs(evaluation.logLikelihood - exact.loglik) < 1e-4)
    for (i, posterior) in evaluation.posteriors.enumerated() {
      #expect(abs(posterior.logLikelihood - exact.subjectLoglik[i]) < 5e-5, "subject \(i + 1)")
      for (ours, theirs) in zip(posterior.membership, exact.tau[i]) {
        #expect(abs(ours - theirs) < 1e-5, "subject \(i + 1)")
      }
    }
    let total = evaluation.totalScore
    for (place, name) in FreeParameters(reference.model).names.enumerated() {
      let error = abs(total[place] - exact.totalScore[ReferenceCase.referenceName(name)]!)
      let largest = evaluation.scores.map { abs($0[place]) }.max()!
      #expect(error < 1e-3 * largest, "score of \(name)")
    }
  }

  @Test(
    "log-likelihood, memberships and scores at the true parameters are those of quadrature",
    arguments: ReferenceCase.names)
  func truth(name: String) throws {
    let reference = try ReferenceCase(name)
    compare(
      reference, at: reference.truth, with: reference.exact.evaluationsAtFixedPoints.truth)
  }

  @Test(
    "log-likelihood, memberships and scores at the start are those of quadrature",
    arguments: ReferenceCase.names)
  func start(name: String) throws {
    let reference = try ReferenceCase(name)
    compare(
      reference, at: reference.start, with: reference.exact.evaluationsAtFixedPoints.start)
  }

  @Test(
    "conditional moments and scores of each subject at the maximum are those of quadrature",
    arguments: ReferenceCase.names)
  func maximum(name: String) throws {
    let reference = try ReferenceCase(name)
    let estimates = ReferenceCase.parameters(reference.exact.estimates, of: reference.model)
    let evaluation = Evaluation(reference, at: estimates)
    let exact = reference.exact.subjects
    let order = reference.exact.freeParameters.map {
      FreeParameters(reference.model).names.map(ReferenceCase.referenceName).firstIndex(of: $0)!
    }
    for (i, posterior) in evaluation.posteriors.enumerated() {
      for k in 0..<reference.model.componentCount {
        let mean = posterior.mean(k)
        let covariance = posterior.covariance(k)
        let sd = (0..<reference.model.effectCount).map {
          exact.conditionalCovPhi[i][k][$0][$0].squareRoot()
        }
        for a in sd.indices {
          #expect(
            abs(mean[a] - exact.conditionalMeanPhi[i][k][a]) < 1e-4 * sd[a],
            "mean \(a) of subject \(i + 1), component \(k + 1)")
          for b in sd.indices {
            #expect(
              abs(covariance[a, b] - exact.conditionalCovPhi[i][k][a][b])
                < 5e-4 * sd[a] * sd[b],
              "covariance \(a), \(b) of subject \(i + 1), component \(k + 1)")
          }
        }
      }
      for (place, ours) in order.enumerated() {
        let largest = exact.score.map { abs($0[place]) }.max()!
        #expect(
          abs(evaluation.scores[i][ours] - exact.score[i][place]) < 5e-5 * largest,
          "score of \(reference.exact.freeParameters[place]), subject \(i + 1)")
      }
    }
  }

  @Test("EM with fixed samples follows EM by quadrature", arguments: ReferenceCase.names)
  func exactTrace(name: String) throws {
    let reference = try ReferenceCase(name)
    let iterates = try EMIterates(reference, .exact(1024), count: 21)
    let errors = reference.exactValues(reference.exact.se.opg)
    for entry in reference.exact.emByQuadrature.trace where entry.iteration <= 20 {
      let values = FreeParameters(reference.model).values(in: iterates.parameters[entry.iteration])
      let exact = reference.exactValues(entry.estimates)
      #expect(abs(iterates.logLikelihoods[entry.iteration] - entry.loglik) < 3e-3)
      for (i, parameter) in FreeParameters(reference.model).names.enumerated() {
        #expect(
          abs(values[i] - exact[i]) < 1e-3 * errors[i],
          "\(parameter) after \(entry.iteration) steps")
      }
    }
  }

  /// The error of each estimate over 16 seeds has a mean of 0 ± its spread/√16, of which 5 are
  /// allowed; the spread itself has to be small beside a standard error, or the comparison would
  /// say nothing.
  @Test(
    "the print's first steps differ from quadrature by their sampling error only",
    arguments: ReferenceCase.names)
  func paperTrace(name: String) throws {
    let reference = try ReferenceCase(name)
    let errors = reference.exactValues(reference.exact.se.opg)
    let free = FreeParameters(reference.model)
    let runs = try (1...16).map {
      try EMIterates(reference, .paper(seed: UInt64($0)), count: 2)
    }
    for entry in reference.exact.emByQuadrature.trace where (1...2).contains(entry.iteration) {
      let exact = reference.exactValues(entry.estimates)
      for (i, parameter) in free.names.enumerated() {
        let deviations = runs.map {
          free.values(in: $0.parameters[entry.iteration])[i] - exact[i]
        }
        let mean = deviations.reduce(0, +) / 16
        let variance = deviations.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 15
        #expect(abs(mean) < 5 * (variance / 16).squareRoot(), "\(parameter), \(entry.iteration)")
        #expect(variance.squareRoot() < 0.1 * errors[i], "\(parameter), \(entry.iteration)")
      }
    }
  }
}

/// The iterates of EM from a reference's start, step by step.
struct EMIterates {
  /// ϕ after 0, 1, … steps.
  private(set) var parameters: [PopulationParameters]
  /// log L at each but the last.
  private(set) var logLikelihoods: [Double] = []

  init(_ reference: ReferenceCase, _ settings: EstimationSettings, count: Int) throws {
    let dataset = reference.dataset
    let expectation = ExpectationStep(
      model: reference.model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: settings)
    let maximization = MaximizationStep(model: reference.model)
    parameters = [reference.start]
    for iteration in 0..<count {
      let here = parameters[iteration]
      let sums = expectation.run(
        at: here, iteration: iteration,
        envelopes: iteration == 0 ? .modes : .previousMoments)
      let statistics = SufficientStatistics(
        layout: expectation.statisticsLayout, subjectCount: dataset.subjects.count,
        observationCount: dataset.observationCount, centres: here.means, values: sums.values)
      logLikelihoods.append(statistics.logLikelihood)
      parameters.append(try maximization.maximize(statistics, from: here))
    }
  }
}
