import FoundationEssentials
import NumericKernels
import PopulationModel
import Report

/// `fit.json` as a report reads it: what it does not know is left out, what may be absent is optional.
struct SavedFit: Decodable, Sendable {
  let schema: String
  let schemaVersion: Int
  let popmixVersion: String
  let job: String
  let jobText: String
  let model: FitDocument.Model
  let estimation: FitDocument.Estimation
  let dataSets: [DataSet]

  struct DataSet: Decodable, Sendable {
    let name: String
    let start: Int
    let sha256: String?
    let fingerprint: String?
    let subjects: Int
    let observations: Int
    let notUsed: [String]
    let status: String
    let reason: String
    let fit: Fit?
  }

  struct Fit: Decodable, Sendable {
    let logLikelihood: Double
    let minusTwoLogLikelihood: Double
    let nonmemObjective: Double
    let samplingError: FitDocument.SamplingError?
    let aic: Double
    let bic: Double
    let parameters: [Parameter]
    let derived: [Parameter]
    let estimates: FitDocument.Values
    let covariance: Covariance
    let classCounts: [Int]
    let expectedMisclassifications: Double
    let start: FitDocument.Values
    let startFromData: Bool
    let nodes: String
    let warnings: [String]
  }

  struct Parameter: Decodable, Sendable {
    let name: String
    let estimate: Double
    let fixed: Bool
    let standardError: Double?
    let relativeStandardErrorPercent: Double?
    let interval: FitDocument.Interval?
    let standardErrors: StandardErrors?
    let samplingError: Double?
  }

  struct StandardErrors: Decodable, Sendable {
    let outerProduct: Double?
    let observed: Double?
    let sandwich: Double?
  }

  struct Covariance: Decodable, Sendable {
    let order: [String]
    let outerProduct: [[Double]]?
    let conditionNumber: Double?
    let remainingDistance: Double?
  }
}

extension FitDocument.Values {
  var parameters: PopulationParameters {
    PopulationParameters(
      weights: weights, means: means,
      covariances: covariances.map { rows in
        SymmetricMatrix(
          dimension: rows.count, elements: rows.enumerated().flatMap { $1.prefix($0 + 1) })
      }, residualVariance: sigma2)
  }
}

/// `run.json`, of which a report needs little.
struct SavedRun: Decodable, Sendable {
  struct Seconds: Decodable, Sendable { let all: Double }
  let popmixVersion: String
  let jobFile: String
  let ranks: Int
  let host: String
  let mpi: String
  let started: String
  let seconds: Seconds
}

extension JSONDecoder {
  /// For what popmix writes.
  static var popmix: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }
}
