import Diagnostics
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Replicates of single subjects")
struct SubjectSimulationTests {
  private static let line = Line.fit(
    PopulationParameters(
      weights: [1], means: [[10, 2]], covariances: [SymmetricMatrix(diagonal: [4, 0.25])],
      residualVariance: 1))
  private static let times = [0.5, 1, 3, 4]

  @Test(
    "means and decorrelated residuals of a normal model are the closed forms, within simulation error"
  )
  func closedForm() {
    let observed = [13.1, 11.2, 17.5, 20]
    let patient = subject([zip(Self.times, observed).map { ($0, $1) }])
    let found = SubjectSimulation(Self.line, replicates: 200_000, seed: 3).observations(
      of: patient, place: 0)
    // Cov(Y) = 4 + ¼ t s + [t = s]
    var covariance = SymmetricMatrix(dimension: 4)
    for i in 0..<4 {
      for j in 0...i {
        covariance[i, j] = 4 + 0.25 * Self.times[i] * Self.times[j] + (i == j ? 1 : 0)
      }
    }
    var expected = zip(Self.times, observed).map { $1 - 10 - 2 * $0 }
    CholeskyFactor.whiten(CholeskyFactor(covariance)!.elements, dimension: 4, &expected)
    for j in 0..<4 {
      let error = (covariance[j, j] / 200_000).squareRoot()
      #expect(abs(found.means[j] - 10 - 2 * Self.times[j]) < 4 * error)
      #expect(abs(found.weightedResiduals[j] - expected[j]) < 0.02)
    }
  }

  @Test("means of a mixture are the mean over the population, not that at typical values")
  func mixture() {
    let fit = Line.fit(
      PopulationParameters(
        weights: [0.3, 0.7], means: [[10, 0], [10, 4]],
        covariances: [
          SymmetricMatrix(diagonal: [1, 0.01]), SymmetricMatrix(diagonal: [1, 0.09]),
        ], residualVariance: 0.25))
    let found = SubjectSimulation(fit, replicates: 100_000).observations(
      of: subject([[(1, 12)]]), place: 4)
    // Var = 0.3·1.26 + 0.7·1.34 + 0.21·16
    let variance = 0.3 * 1.26 + 0.7 * 1.34 + 0.21 * 16
    #expect(abs(found.means[0] - 12.8) < 4 * (variance / 100_000).squareRoot())
    #expect(abs(found.weightedResiduals[0] + 0.8 / variance.squareRoot()) < 0.02)
  }

  @Test("are those of all subjects together, with the same number of replicates")
  func sameErrors() {
    let subjects = PublishedTrial.data(subjects: 60, set: 1)
    let all = PredictionDistributionErrors(.true2007, subjects: subjects)
    let simulation = SubjectSimulation(
      .true2007, replicates: SubjectSimulation.replicates(forObservations: 300))
    #expect(simulation.replicates == all.replicates)
    for (place, subject) in subjects.enumerated().reversed() {
      #expect(simulation.observations(of: subject, place: place).errors == all.values[place])
    }
  }

  @Test("the number of replicates follows that of the observations of the data set")
  func replicates() {
    let counts = [0, 10, 1000, 1400, 9500, 30_000, 10_000_000].map(
      SubjectSimulation.replicates(forObservations:))
    #expect(counts == [1000, 1000, 1000, 1400, 2631, 1000, 1000])
  }

  @Test("rows have what replicates say, and nothing where they do not differ")
  func rows() throws {
    var patient = subject([[(1, 3.5), (1, 3.5), (2, 2.5)]], index: 3)
    patient.occasions[0].observations[1].line = 17
    var still = PublishedTrial.truth
    still.residualVariance = 1e-30
    still.covariances = still.covariances.map { _ in SymmetricMatrix(diagonal: [4, 0.0036]) }
    let fit = FittedModel(model: FittedModel.true2007.model, estimates: still)
    let estimate = SubjectEstimate(membership: [1, 0], means: [[20, 0.3], [20, 0.6]], class: 0)
    let simulation = SubjectSimulation(fit, replicates: 1000)
    let rows = fit.diagnostics(patient, estimate, simulation: simulation)
    let found = simulation.observations(of: patient, place: 3)
    #expect(rows.map(\.subject) == [3, 3, 3] && rows.map(\.line) == [0, 17, 0])
    #expect(rows.map(\.simulatedPrediction) == found.means.map { $0 })
    #expect(rows[0].simulatedResidual == found.weightedResiduals[0])
    // Two observations at once without residual error are the same.
    #expect(rows[1].simulatedResidual == nil && rows[1].npde == nil)
    #expect(rows[2].npde == found.errors[2] && !found.errors[2].isNaN)
  }
}
