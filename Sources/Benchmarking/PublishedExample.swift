import FoundationEssentials
import NumericKernels
package import PopulationData
package import PopulationModel
import StructuralModels

/// One data set of the published example (W07 section 6) with its exact maximum likelihood fit by
/// quadrature.
package struct PublishedExample: Sendable {
  package let model: MixtureModel
  package let dataset: Dataset
  package let start: PopulationParameters
  /// The exact estimates, in the order of the model's free parameters.
  package let exactEstimates: [Double]
  /// The exact standard errors from the outer product of the scores, in the same order.
  package let exactStandardErrors: [Double]
  package let exactLogLikelihood: Double

  private struct Exact: Decodable {
    let logLikelihood: Double
    let estimates: [String: Double]
    let standardErrors: [String: Double]
    let start: [String: Double]
  }

  /// The data set's file.
  package static var file: [UInt8] { PackageResources.data_csv }

  package init() throws {
    let exact = try JSONDecoder().decode(Exact.self, from: Data(PackageResources.exact_json))
    dataset = try DatasetReader.read(bytes: Self.file, name: "wang_000")
    let model = try Self.model(componentCount: 2)
    self.model = model
    let free = FreeParameters(model)
    exactLogLikelihood = exact.logLikelihood
    exactEstimates = free.names.map { exact.estimates[$0]! }
    exactStandardErrors = free.names.map { exact.standardErrors[$0]! }
    var start = PopulationParameters(
      weights: [0.5, 0.5], means: [[0, 0], [0, 0]],
      covariances: [SymmetricMatrix](repeating: SymmetricMatrix(dimension: 2), count: 2),
      residualVariance: 0)
    for parameter in free.list {
      free.set(parameter, to: exact.start[free.name(parameter)]!, in: &start)
    }
    self.start = start
  }

  /// One compartment, a bolus, normal V that is shared, normal k that follows the mixture,
  /// proportional error.
  package static func model(componentCount: Int) throws(ModelError) -> MixtureModel {
    try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "V", distribution: .normal, membership: .shared),
        RandomEffect(name: "k", distribution: .normal, membership: .mixture),
      ],
      residual: .proportional, componentCount: componentCount, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
  }

  /// The largest relative error of the estimates.
  package func relativeError(_ estimates: PopulationParameters) -> Double {
    zip(FreeParameters(model).values(in: estimates), exactEstimates).reduce(0) {
      max($0, abs($1.0 - $1.1) / abs($1.1))
    }
  }
}
