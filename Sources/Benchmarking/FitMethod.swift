package import Estimation
import Inference
import MessagePassing
package import PopulationData
package import PopulationModel

/// A way to fit, by the name that the tables give it: `scalar-1000`, `paper-1000`, `lattice-64`,
/// `sobol-512`, `independent-512`, `gauss-hermite-5`. The number is T, or the order of the
/// quadrature. Behind `verified-` the end is verified by independent integration, as users' fits
/// are; behind `described-` modes, shrinkage and influence are found at the end. The others are the
/// bare fits.
package struct FitMethod: Sendable, Equatable {
  package enum Way: Sendable, Equatable {
    /// `ScalarReference`.
    case scalar(samples: Int, iterations: Int)
    case estimation(EstimationSettings, describes: Bool = false)
  }

  package let name: String
  package let way: Way

  private static let verified = "verified-"
  private static let described = "described-"

  /// The iterations of the published example.
  private static let publishedIterations = 50

  /// - Parameters:
  ///   - effectCount: p, the power of a quadrature's order that is T.
  ///   - precision: of the methods with fixed nodes.
  /// - Returns: `nil` if there is no such method, or not with this number.
  package init?(_ name: String, effectCount: Int = 2, precision: Double? = nil) {
    guard let dash = name.lastIndex(of: "-"),
      let number = Int(name[name.index(after: dash)...]), (1...1 << 20).contains(number)
    else { return nil }
    self.name = name
    let verifies = name.hasPrefix(Self.verified)
    let describes = name.hasPrefix(Self.described)
    let kind = name[..<dash].dropFirst(
      verifies ? Self.verified.count : describes ? Self.described.count : 0)
    func exact(_ nodes: EstimationSettings.Nodes, _ samples: Int, inflation: Double) -> Way {
      var settings = EstimationSettings(
        method: .exact, nodes: nodes, samples: samples, iterations: 1000, tolerance: 1e-5,
        seed: 1, envelopeInflation: inflation, precision: precision)
      settings.verifies = verifies
      return .estimation(settings, describes: describes)
    }
    let isPowerOfTwo = number >= 16 && number & (number - 1) == 0
    switch kind {
    case _ where (verifies || describes) && (kind == "scalar" || kind == "paper"): return nil
    case "scalar": way = .scalar(samples: number, iterations: Self.publishedIterations)
    case "paper":
      way = .estimation(
        EstimationSettings(
          method: .paper, nodes: .independent, samples: number,
          iterations: Self.publishedIterations, tolerance: 0, seed: 1, envelopeInflation: 1))
    case "lattice" where isPowerOfTwo: way = exact(.lattice, number, inflation: 3)
    case "sobol" where isPowerOfTwo: way = exact(.sobol, number, inflation: 1.5)
    case "independent": way = exact(.independent, number, inflation: 1.5)
    case "gauss-hermite" where (2...32).contains(number):
      let samples = (0..<effectCount).reduce(1) { count, _ in count * number }
      way = exact(.gaussHermite, samples, inflation: 1)
    default: return nil
    }
  }

  /// T, samples for each subject and component.
  package var samples: Int {
    switch way {
    case .scalar(let samples, _): samples
    case .estimation(let settings, _): settings.samples
    }
  }

  /// The same method with so many iterations, whether it has converged or not.
  package func limited(to iterations: Int) -> FitMethod {
    switch way {
    case .scalar(let samples, _):
      return FitMethod(name: name, way: .scalar(samples: samples, iterations: iterations))
    case .estimation(var settings, let describes):
      settings.iterations = iterations
      settings.tolerance = 0
      return FitMethod(name: name, way: .estimation(settings, describes: describes))
    }
  }

  private init(name: String, way: Way) {
    self.name = name
    self.way = way
  }

  /// What a benchmark wants to know of a fit.
  package struct Outcome: Sendable {
    package let estimates: PopulationParameters
    package let logLikelihood: Double
    /// Number of E-steps, the last of them at the estimates.
    package let expectationSteps: Int
  }

  /// Fits the data set, by this process alone.
  /// - Throws: `EstimationError`; `BenchmarkError.unsuitable` if the plain code does not know the
  ///   model.
  package func fit(
    _ model: MixtureModel, _ dataset: Dataset, from start: PopulationParameters, seed: UInt64
  ) throws -> Outcome {
    switch way {
    case .scalar(let samples, let iterations):
      guard let reference = ScalarReference(dataset) else {
        throw BenchmarkError.unsuitable(method: name)
      }
      let result = reference.fit(
        from: start, samples: samples, iterations: iterations, seed: seed)
      return Outcome(
        estimates: result.estimates, logLikelihood: result.logLikelihood,
        expectationSteps: iterations + 1)
    case .estimation(var settings, let describes):
      settings.seed = seed
      let estimation = ExpectationMaximization(
        model: model, dataset: dataset, subjects: Array(dataset.subjects.indices),
        settings: settings, communicator: SerialCommunicator())
      let result =
        describes
        ? try estimation.fitAndDescribe(from: start) : try estimation.fit(from: start)
      return Outcome(
        estimates: result.estimates, logLikelihood: result.logLikelihood,
        expectationSteps: result.iterations.count)
    }
  }
}
