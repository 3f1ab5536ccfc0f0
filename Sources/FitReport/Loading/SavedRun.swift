import FoundationEssentials
import NumericKernels
import PopulationModel
import Report

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
