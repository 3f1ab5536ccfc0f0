import NumericKernels
import PopulationData
import PopulationModel
import Study
import Testing

@Suite("Simulated data sets")
struct SimulatedTrialTests {
  private func trial(
    subjects: Int, residual: ResidualErrorModel = .proportional, seed: UInt64 = 1,
    doses: [TrialDesign.Dose] = [TrialDesign.Dose(time: 0, amount: 100)]
  ) throws -> SimulatedTrial {
    let model = try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "V", distribution: .normal, membership: .mixture),
        RandomEffect(name: "k", distribution: .lognormal, membership: .mixture),
      ], residual: residual, componentCount: 2, mixtureCovariance: .full,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
    return try #require(
      SimulatedTrial(
        model: model,
        design: TrialDesign(subjectCount: subjects, doses: doses, times: [1, 2, 4]),
        parameters: PopulationParameters(
          weights: [0.7, 0.3], means: [[20, -1], [30, -2]],
          covariances: [
            SymmetricMatrix(dimension: 2, elements: [4, 0.3, 0.09]),
            SymmetricMatrix(dimension: 2, elements: [9, -0.2, 0.04]),
          ], residualVariance: 0.01), seed: seed))
  }

  @Test("components and random effects have the moments of the model within sampling error")
  func moments() throws {
    let trial = try trial(subjects: 40_000)
    let draw = trial.draw(1)
    let n = Double(draw.truth.count)
    let share = Double(draw.truth.count { $0.component == 0 }) / n
    #expect(abs(share - 0.7) < 5 * (0.21 / n).squareRoot())
    for k in 0..<2 {
      let phi = draw.truth.filter { $0.component == k }.map {
        [$0.parameters[0], NumericKernels.log($0.parameters[1])]
      }
      let count = Double(phi.count)
      let omega = trial.parameters.covariances[k]
      for i in 0..<2 {
        let mean = phi.reduce(0) { $0 + $1[i] } / count
        let expected = trial.parameters.means[k][i]
        #expect(abs(mean - expected) < 5 * (omega[i, i] / count).squareRoot())
        for j in 0...i {
          let covariance =
            phi.reduce(0) {
              $0 + ($1[i] - expected) * ($1[j] - trial.parameters.means[k][j])
            } / count
          let error = ((omega[i, i] * omega[j, j] + omega[i, j] * omega[i, j]) / count)
            .squareRoot()
          #expect(abs(covariance - omega[i, j]) < 5 * error)
        }
      }
    }
  }

  @Test(
    "residuals have the model's variance about the prediction",
    arguments: ResidualErrorModel.allCases)
  func residuals(residual: ResidualErrorModel) throws {
    let trial = try trial(subjects: 20_000, residual: residual)
    let draw = trial.draw(1)
    var squares = 0.0
    var products = 0.0
    for (subject, truth) in zip(draw.subjects, draw.truth) {
      let residuals = subject.occasions[0].observations.map { observation in
        let h =
          100 / truth.parameters[0] * NumericKernels.exp(-truth.parameters[1] * observation.time)
        return residual == .proportional ? observation.value / h - 1 : observation.value - h
      }
      squares += residuals.reduce(0) { $0 + $1 * $1 }
      products += residuals[0] * residuals[1]
    }
    let n = Double(3 * draw.subjects.count)
    #expect(abs(squares / n - 0.01) < 5 * 0.01 * (2 / n).squareRoot())
    #expect(abs(products / n * 3) < 5 * 0.01 / (n / 3).squareRoot())
  }

  @Test("a data set depends on seed and number alone")
  func addressed() throws {
    let small = try trial(subjects: 3)
    let large = try trial(subjects: 10)
    #expect(small.draw(7).truth == Array(large.draw(7).truth.prefix(3)))
    #expect(small.draw(7).truth != small.draw(8).truth)
    #expect(try small.draw(7).truth != trial(subjects: 3, seed: 2).draw(7).truth)
  }

  @Test("a table reads back as the subjects that were drawn")
  func table() throws {
    let doses = [
      TrialDesign.Dose(time: 0, amount: 100),
      TrialDesign.Dose(time: 1, amount: 12.5, additional: 2, interval: 1.5),
    ]
    let trial = try trial(subjects: 20, doses: doses)
    let draw = trial.draw(3)
    let dataset = try DatasetReader.read(
      bytes: Array(trial.dataTable(draw).utf8), name: "drawn")
    #expect(dataset.subjects.count == 20)
    for (read, drawn) in zip(dataset.subjects, draw.subjects) {
      #expect(read.id == drawn.id)
      #expect(read.occasions[0].doses.map(\.time) == [0, 1, 2.5, 4])
      #expect(read.occasions[0].doses.map(\.amount) == [100, 12.5, 12.5, 12.5])
      let observations = drawn.occasions[0].observations
      #expect(read.occasions[0].observations.map(\.value) == observations.map(\.value))
      // A dose at the time of an observation comes before it.
      #expect(read.occasions[0].observations.map(\.precedingDoses) == [2, 2, 4])
      #expect(observations.map(\.precedingDoses) == [2, 2, 4])
    }
    let truth = trial.truthTable(draw).split(separator: "\n")
    #expect(truth[0] == "ID,COMPONENT,V,k" && truth.count == 21)
  }

  @Test("covariances that are not positive definite are not simulated from")
  func indefinite() throws {
    let good = try trial(subjects: 1)
    var parameters = good.parameters
    parameters.covariances[1][1, 0] = 10
    #expect(
      SimulatedTrial(model: good.model, design: good.design, parameters: parameters, seed: 1)
        == nil)
  }
}
