import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
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
    arguments: [ResidualErrorModel.proportional, .additive])
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

@Suite("Designs of simulated trials")
struct TrialDesignTests {
  private func trial(_ design: TrialDesign, sigma2: Double = 0.01) throws -> SimulatedTrial {
    let model = try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "V", distribution: .lognormal, membership: .shared),
        RandomEffect(name: "k", distribution: .lognormal, membership: .mixture),
      ], residual: .additive, componentCount: 1, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
    return try #require(
      SimulatedTrial(
        model: model, design: design,
        parameters: PopulationParameters(
          weights: [1], means: [[3, -1]],
          covariances: [SymmetricMatrix(diagonal: [0.04, 0.04])], residualVariance: sigma2),
        seed: 3))
  }

  private let one = TrialDesign.Dose(time: 0, amount: 2, covariate: 0)
  private let covariates = [
    SimulatedCovariate(name: "WT", distribution: .lognormal(median: 70, standardDeviation: 0.2)),
    SimulatedCovariate(name: "SEX", distribution: .categories([0, 1], shares: [0.25, 0.75])),
    SimulatedCovariate(name: "AGE", distribution: .uniform(low: 20, high: 60)),
    SimulatedCovariate(name: "X", distribution: .normal(mean: -1, standardDeviation: 2)),
  ]

  @Test("covariates have their distributions within sampling error, and doses are theirs")
  func covariateMoments() throws {
    let n = 20_000
    let trial = try trial(
      TrialDesign(
        arms: [TrialDesign.Arm(subjectCount: n, doses: [one], times: [1])], covariates: covariates))
    let draw = trial.draw(1)
    let values = (0..<4).map { c in draw.truth.map { $0.covariates[c] } }
    func mean(_ list: [Double]) -> Double { list.reduce(0, +) / Double(list.count) }
    let root = Double(n).squareRoot()
    let logs = values[0].map(NumericKernels.log)
    #expect(abs(mean(logs) - NumericKernels.log(70.0)) < 5 * 0.2 / root)
    #expect(Set(values[1]) == [0, 1])
    #expect(abs(mean(values[1]) - 0.75) < 5 * 0.433 / root)
    #expect(values[2].allSatisfy { 20 < $0 && $0 < 60 })
    #expect(abs(mean(values[2]) - 40) < 5 * 11.55 / root)
    #expect(abs(mean(values[3]) + 1) < 5 * 2 / root)
    for (subject, truth) in zip(draw.subjects, draw.truth) {
      #expect(subject.occasions[0].doses[0].amount == 2 * truth.covariates[0])
    }
  }

  @Test("each arm has its own subjects, doses and times")
  func arms() throws {
    let trial = try trial(
      TrialDesign(arms: [
        TrialDesign.Arm(
          subjectCount: 2, doses: [TrialDesign.Dose(time: 0, amount: 10)], times: [1]),
        TrialDesign.Arm(
          subjectCount: 3, doses: [TrialDesign.Dose(time: 0, amount: 20)], times: [2, 4]),
      ]))
    let draw = trial.draw(1)
    #expect(draw.truth.map(\.arm) == [0, 0, 1, 1, 1])
    #expect(draw.subjects.map { $0.occasions[0].doses[0].amount } == [10, 10, 20, 20, 20])
    #expect(draw.subjects.map(\.observationCount) == [1, 1, 2, 2, 2])
    #expect(trial.dataTable(draw).hasPrefix("ID,TIME,AMT,DV,EVID,MDV,ARM\n1,0,10,.,1,1,1\n"))
  }

  @Test("subjects leave at the rate of the hazard, and the others are as if nobody had left")
  func dropOut() throws {
    let n = 10_000
    let arm = TrialDesign.Arm(
      subjectCount: n, doses: [TrialDesign.Dose(time: 0, amount: 100, additional: 1, interval: 6)],
      times: [1, 5, 10])
    let whole = try trial(TrialDesign(arms: [arm])).draw(1)
    let draw = try trial(TrialDesign(arms: [arm], dropOutHazard: 0.1)).draw(1)
    // Those who leave before their first observation are not there.
    let present = Double(draw.subjects.count) / Double(n)
    #expect(abs(present - NumericKernels.exp(-0.1)) < 5 * 0.3 / Double(n).squareRoot())
    let last = Double(draw.subjects.count { $0.observationCount == 3 }) / Double(n)
    #expect(abs(last - NumericKernels.exp(-1.0)) < 5 * 0.5 / Double(n).squareRoot())
    #expect(
      draw.subjects.contains { $0.doseCount == 1 } && draw.subjects.contains { $0.doseCount == 2 })
    for subject in draw.subjects where subject.observationCount == 3 {
      #expect(subject.occasions == whole.subjects[subject.index].occasions)
    }
  }

  @Test("observations below the limit are left out, the others stay as they are")
  func quantificationLimit() throws {
    let arm = TrialDesign.Arm(
      subjectCount: 500, doses: [TrialDesign.Dose(time: 0, amount: 100)], times: [1, 5, 10])
    let whole = try trial(TrialDesign(arms: [arm])).draw(1)
    let draw = try trial(TrialDesign(arms: [arm], quantificationLimit: 1)).draw(1)
    #expect(draw.subjects.contains { $0.observationCount < 3 })
    for subject in draw.subjects {
      let all = whole.subjects[subject.index].occasions[0].observations
      #expect(subject.occasions[0].observations == all.filter { $0.value >= 1 })
    }
  }

  @Test("a table of arms, drop-out and a limit reads back as the subjects that were drawn")
  func table() throws {
    let trial = try trial(
      TrialDesign(
        arms: [
          TrialDesign.Arm(subjectCount: 30, doses: [one], times: [0, 1, 5]),
          TrialDesign.Arm(
            subjectCount: 30,
            doses: [TrialDesign.Dose(time: 0, amount: 50, additional: 2, interval: 2)],
            times: [1, 4, 9]),
        ], covariates: covariates, dropOutHazard: 0.1, quantificationLimit: 0.4))
    let draw = trial.draw(2)
    #expect(draw.subjects.count < 60)
    let dataset = try DatasetReader.read(bytes: Array(trial.dataTable(draw).utf8), name: "drawn")
    #expect(dataset.subjects.map(\.id) == draw.subjects.map(\.id))
    for (read, drawn) in zip(dataset.subjects, draw.subjects) {
      #expect(read.occasions[0].doses.map(\.amount) == drawn.occasions[0].doses.map(\.amount))
      #expect(read.occasions[0].doses.map(\.time) == drawn.occasions[0].doses.map(\.time))
      #expect(
        read.occasions[0].observations.map(\.value)
          == drawn.occasions[0].observations.map(\.value))
      #expect(
        read.occasions[0].observations.map(\.precedingDoses)
          == drawn.occasions[0].observations.map(\.precedingDoses))
    }
  }
}
