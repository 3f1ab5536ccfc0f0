import Estimation
import Foundation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// A simulated data set with its exact maximum likelihood fit by adaptive Gauss–Hermite quadrature
/// (log-likelihood accurate to 1e-7): `data.csv`, `model.txt` (model and start) and `exact.json`
/// (results) of a folder in `Fixtures`.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
  let name: String
  let dataset: Dataset
  let model: MixtureModel
  let start: PopulationParameters
  let exact: Exact

  var testDescription: String { name }

  static let names = [
    "wang_000", "wang_001", "wang_002", "wang_003", "clv_mix_full", "vk_mix_homo_full", "k3_mix",
  ]

  /// The parts of `exact.json` that the tests read.
  struct Exact: Decodable, Sendable {
    struct Evaluation: Decodable, Sendable {
      let loglik: Double
      let totalScore: [String: Double]
      let subjectLoglik: [Double]
      let tau: [[Double]]
    }
    struct Evaluations: Decodable, Sendable {
      let truth: Evaluation
      let start: Evaluation
    }
    struct Errors: Decodable, Sendable {
      let opg: [String: Double]
      let observed: [String: Double]
      let sandwich: [String: Double]

      subscript(kind: StandardErrorKind) -> [String: Double] {
        switch kind {
        case .outerProduct: opg
        case .observed: observed
        case .sandwich: sandwich
        }
      }
    }
    struct Subjects: Decodable, Sendable {
      let loglik: [Double]
      let tau: [[Double]]
      let conditionalMeanPhi: [[[Double]]]
      let conditionalCovPhi: [[[[Double]]]]
      let score: [[Double]]
    }
    struct Trace: Decodable, Sendable {
      struct Entry: Decodable, Sendable {
        let iteration: Int
        let loglik: Double
        let estimates: [String: Double]
      }
      let trace: [Entry]
    }
    let freeParameters: [String]
    let loglik: Double
    let estimates: [String: Double]
    let se: Errors
    let subjects: Subjects
    let evaluationsAtFixedPoints: Evaluations
    let emByQuadrature: Trace
  }

  init(_ name: String) throws {
    self.name = name
    let folder = try #require(
      Bundle.module.url(forResource: "Fixtures", withExtension: nil)
    ).appendingPathComponent(name)
    func text(_ file: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    }
    dataset = try DatasetReader.read(
      bytes: Array(try text("data.csv").utf8), name: name, format: DatasetFormat())
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    exact = try decoder.decode(Exact.self, from: Data(try text("exact.json").utf8))
    var settings: [String: String] = [:]
    for line in try text("model.txt").split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: "=", maxSplits: 1)
      settings[parts[0].trimmingCharacters(in: .whitespaces)] =
        parts[1].trimmingCharacters(in: .whitespaces)
    }
    let mixing = Set(settings["mixing"]!.split(separator: " ").map(String.init))
    let effects = settings["random"]!.split(separator: " ").map { item in
      let parts = item.split(separator: ":").map(String.init)
      return RandomEffect(
        name: parts[0], distribution: parts[1] == "lognormal" ? .lognormal : .normal,
        membership: mixing.contains(parts[0]) ? .mixture : .shared)
    }
    let form: CovarianceForm = settings["covariance"] == "full" ? .full : .diagonal
    model = try MixtureModel(
      structuralName: "one-compartment bolus", effects: effects,
      residual: settings["error"] == "add" ? .additive : .proportional,
      componentCount: Int(settings["components"]!)!, mixtureCovariance: form,
      sharedCovariance: form,
      covarianceSharing: settings["sigma"] == "homo" ? .equal : .perComponent)
    let values = settings.filter { $0.key.hasPrefix("start.") }.map {
      (String($0.key.dropFirst(6)), Double($0.value)!)
    }
    start = Self.parameters(Dictionary(uniqueKeysWithValues: values), of: model)
  }

  /// Parameters from the reference's names: mu.k.1, Sigma.V.k.2, w.1, s2.
  static func parameters(_ values: [String: Double], of model: MixtureModel)
    -> PopulationParameters
  {
    let p = model.effectCount
    let zero = [Double](repeating: 0, count: p)
    var result = PopulationParameters(
      weights: [Double](repeating: 1 / Double(model.componentCount), count: model.componentCount),
      means: [[Double]](repeating: zero, count: model.componentCount),
      covariances: [SymmetricMatrix](
        repeating: SymmetricMatrix(dimension: p), count: model.componentCount),
      residualVariance: 0)
    let free = FreeParameters(model)
    for parameter in free.list {
      free.set(
        parameter, to: values[referenceName(free.name(parameter))]!, in: &result)
    }
    return result
  }

  /// The reference's name of one of our parameters.
  static func referenceName(_ name: String) -> String {
    if name == "sigma2" { return "s2" }
    return name.replacingOccurrences(of: "omega.", with: "Sigma.")
  }

  /// The exact value, or standard error, of each of our free parameters.
  func exactValues(_ table: [String: Double]) -> [Double] {
    FreeParameters(model).names.map { table[Self.referenceName($0)]! }
  }

  /// The parameters from which the data were simulated.
  var truth: PopulationParameters {
    let values: [String: Double] =
      switch name {
      case "clv_mix_full":
        [
          "mu.CL.1": 0.6931471805599453, "mu.V.1": 2.995732273553991,
          "mu.CL.2": 1.791759469228055, "mu.V.2": 3.1780538303479458, "Sigma.CL.CL.1": 0.09,
          "Sigma.V.CL.1": 0.03, "Sigma.V.V.1": 0.04, "Sigma.CL.CL.2": 0.04, "Sigma.V.CL.2": -0.01,
          "Sigma.V.V.2": 0.03, "w.1": 0.65, "s2": 0.04,
        ]
      case "vk_mix_homo_full":
        [
          "mu.V.1": 20, "mu.k.1": 0.3, "mu.V.2": 24, "mu.k.2": 0.6, "Sigma.V.V": 4,
          "Sigma.k.V": 0.05, "Sigma.k.k": 0.0036, "w.1": 0.7, "s2": 0.01,
        ]
      case "k3_mix":
        [
          "mu.k.1": 0.12, "mu.k.2": 0.3, "mu.k.3": 0.65, "mu.V": 20, "Sigma.k.k.1": 0.0004,
          "Sigma.k.k.2": 0.002, "Sigma.k.k.3": 0.0081, "Sigma.V.V": 4, "w.1": 0.25, "w.2": 0.45,
          "s2": 0.01,
        ]
      default:
        [
          "mu.k.1": 0.3, "mu.k.2": 0.6, "mu.V": 20, "Sigma.k.k.1": 0.0036, "Sigma.k.k.2": 0.0036,
          "Sigma.V.V": 4, "w.1": 0.8, "s2": 0.01,
        ]
      }
    return Self.parameters(values, of: model)
  }

  func fit(_ settings: EstimationSettings, from start: PopulationParameters? = nil) throws
    -> FitResult
  {
    try serialFit(model, dataset, settings, from: start ?? self.start)
  }
}

/// A fit by one rank.
func serialFit(
  _ model: MixtureModel, _ dataset: Dataset, _ settings: EstimationSettings,
  from start: PopulationParameters
) throws -> FitResult {
  try ExpectationMaximization(
    model: model, dataset: dataset, subjects: Array(dataset.subjects.indices),
    settings: settings, communicator: SerialCommunicator()
  ).fitAndDescribe(from: start)
}

extension EstimationSettings {
  static func exact(_ samples: Int, seed: UInt64 = 1) -> EstimationSettings {
    EstimationSettings(
      method: .exact, nodes: .lattice, samples: samples, iterations: 3000, tolerance: 1e-6,
      seed: seed, envelopeInflation: 3)
  }

  static func paper(seed: UInt64 = 1) -> EstimationSettings {
    EstimationSettings(
      method: .paper, nodes: .independent, samples: 1000, iterations: 50, tolerance: 0, seed: seed,
      envelopeInflation: 1)
  }
}
