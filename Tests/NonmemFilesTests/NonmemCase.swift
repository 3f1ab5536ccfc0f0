import Estimation
import Inference
import MessagePassing
import NonmemFiles
import NumericKernels
import PopulationData
import PopulationModel
import Report
import Study

/// h(t) = a exp(−k t)
private struct Decay: StructuralModel {
  let parameterNames = ["a", "k"]
  var name: String { "decay" }
  var parameterKinds: [ParameterKind] { [.rate, .rate] }

  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var time = 0.0
      var place = v
      for step in program.steps {
        time += step.elapsed
        guard step.action == .observe else { continue }
        predictions[place] = parameters[v] * exp(-parameters[count + v] * time)
        place += count
      }
    }
  }

  func validate(_ subject: Subject, residual: ResidualErrorModel) {}
}

/// A fit of 60 subjects whose rate k follows a mixture and whose amplitude a does not, and what its
/// files are made of.
struct NonmemCase {
  let fit: FitResult
  let dataSet: FitDocument.DataSet
  let document: FitDocument.Fit
  let subjects: [SubjectResult]
  var model: MixtureModel { fit.model }

  /// - Parameter iterations: fewer than are needed end the fit too early.
  init(components: Int, fixesVariance: Bool = false, iterations: Int = 2000) throws {
    var fixed = FixedParameters(componentCount: components, effectCount: 2)
    if fixesVariance { for k in 0..<components { fixed.variances[k][0] = true } }
    let model = MixtureModel(
      structural: Decay(),
      effects: [
        RandomEffect(name: "a", distribution: .normal, membership: .shared),
        RandomEffect(name: "k", distribution: .lognormal, membership: .mixture),
      ], residual: .additive, componentCount: components, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent, fixed: fixed,
      structuralPlace: [0, 1])
    let dataset = Self.dataset
    let settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 49, iterations: iterations, tolerance: 1e-6,
      seed: 1, envelopeInflation: 1)
    fit = try ExpectationMaximization(
      model: model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: settings, communicator: SerialCommunicator()
    ).fitAndDescribe(
      from: PopulationParameters(
        weights: components == 1 ? [1] : [0.5, 0.5],
        means: components == 1 ? [[10, -1.2]] : [[10, -1.7], [10, -0.4]],
        covariances: (0..<components).map { _ in SymmetricMatrix(diagonal: [1, 0.1]) },
        residualVariance: 0.05))
    dataSet = FitDocument.DataSet(
      DataSetResult(name: "data.csv", start: 1, share: nil, outcome: .fitted(fit)))
    guard let document = dataSet.fit else { preconditionFailure("it was fitted") }
    self.document = document
    subjects = SubjectResult.all(of: fit)
  }

  private static var dataset: Dataset {
    let times = [0.5, 1, 2, 4, 6, 8]
    let subjects = (0..<60).map { i in
      let effect = RandomAddress(key: 5, purpose: .simulatedEffects, subject: i)
      let residual = RandomAddress(key: 5, purpose: .simulatedResiduals, subject: i)
      let rate = exp(
        (i < 40 ? -1.7 : -0.4) + 0.2 * effect.normal(sample: 0, dimension: 0))
      let height = 10 + effect.normal(sample: 0, dimension: 1)
      return Subject(
        id: "\(100 + i)", index: i,
        occasions: [
          Occasion(
            doses: [DoseRecord(time: 0, amount: 1)],
            observations: times.indices.map { j in
              Observation(
                time: times[j],
                value: height * exp(-rate * times[j]) + 0.2
                  * residual.normal(sample: j, dimension: 0), precedingDoses: 1)
            })
        ])
    }
    return Dataset(name: "data.csv", subjects: subjects)
  }

  /// The fit as a rank has it.
  /// - Parameter subjects: places of its own; all if left out.
  func share(_ subjects: Range<Int>? = nil) -> FittedShare {
    var dataSet = dataSet
    dataSet.observations = fit.observationCount
    dataSet.subjects = fit.subjectCount
    let free = FreeParameters(model)
    return FittedShare(
      dataSet: dataSet, fit: document,
      iterations: fit.iterations.map {
        FittedShare.Iteration(
          number: $0.iteration, logLikelihood: $0.logLikelihood,
          values: free.values(in: $0.parameters))
      }, subjects: Array(self.subjects[subjects ?? self.subjects.indices]))
  }

  /// - Parameter numbering: the default if left out.
  func run(_ numbering: NonmemNumbering? = nil, subjects: Range<Int>? = nil) -> NonmemRun {
    let document = FitDocument(
      popmixVersion: "1", job: "case", jobText: "", model: model, settings: fit.settings)
    return NonmemRun(
      share(subjects), FittedRun(document, seconds: 1.5, started: nil), model: model,
      numbering: numbering ?? NonmemNumbering(model))
  }

  func files(_ numbering: NonmemNumbering? = nil) throws -> [String: String] {
    Dictionary(
      try NonmemOutput(run(numbering)).files.map { ($0.ending, $0.text) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The files that some ranks make together, each with an even part of the subjects.
  func files(ranks: Int) throws -> [String: String] {
    let count = subjects.count
    let parts = ThreadCommunicator.run(ranks: ranks) { communicator in
      let own =
        count * communicator.rank / ranks..<count * (communicator.rank + 1) / ranks
      return try NonmemOutput(run(subjects: own), by: communicator).files.map {
        [$0.ending, $0.text]
      }
    }
    var files: [String: String] = [:]
    for part in parts {
      for file in try part.get() { files[file[0], default: ""] += file[1] }
    }
    return files
  }
}

/// A file with a title, names of columns and rows of numbers.
struct NonmemRows {
  let title: String
  let names: [String]
  let rows: [[String]]

  init(_ text: String?) throws {
    let lines = (text ?? "").split(separator: "\n").map(String.init)
    title = lines.first ?? ""
    let cells = lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
    names = cells.first ?? []
    rows = Array(cells.dropFirst())
  }

  func row(_ first: Int) -> [String: Double] {
    let found = rows.first { $0.first == "\(first)" } ?? []
    return Dictionary(
      zip(names, found.compactMap { Double($0) }), uniquingKeysWith: { first, _ in first })
  }

  func column(_ name: String) -> [Double] {
    guard let place = names.firstIndex(of: name) else { return [] }
    return rows.compactMap { Double($0[place]) }
  }
}
