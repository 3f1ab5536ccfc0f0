import Estimation
import FoundationEssentials
import NumericKernels
import PopulationModel

/// `fit.json`: everything about a job's fits, in a versioned schema. `data_sets` is the same on any number of ranks; what
/// belongs to the run stands in `run`.
public struct FitDocument: Codable, Sendable {
  /// Version of this schema.
  public static let schemaVersion = 1

  public var schema = "popmix-fit"
  public var schemaVersion = FitDocument.schemaVersion
  public var job: String
  public var run: Run
  public var model: Model
  public var estimation: Estimation
  public var dataSets: [DataSet]

  /// How, where and how long.
  public struct Run: Codable, Sendable {
    public var popmixVersion: String
    public var jobFile: String
    /// The job file's text, so that the fit can be done again.
    public var jobText: String
    public var ranks: Int
    public var host: String
    public var mpi: String
    /// The instruction set that the first rank's kernels were built for; it changes no result.
    public var kernels = KernelBuild.best.rawValue
    /// Start of the run, ISO 8601, UTC.
    public var started: String
    /// Seconds of wall time in all, reading the data, finding starts and fitting.
    public var seconds: Double
    public var secondsReading: Double
    public var secondsFitting: Double

    public init(
      popmixVersion: String, jobFile: String, jobText: String, ranks: Int, host: String,
      mpi: String, started: String, seconds: Double, secondsReading: Double,
      secondsFitting: Double
    ) {
      self.popmixVersion = popmixVersion
      self.jobFile = jobFile
      self.jobText = jobText
      self.ranks = ranks
      self.host = host
      self.mpi = mpi
      self.started = started
      self.seconds = seconds
      self.secondsReading = secondsReading
      self.secondsFitting = secondsFitting
    }
  }

  public struct Model: Codable, Sendable {
    public struct Effect: Codable, Sendable {
      public var name: String
      public var distribution: String
      public var membership: String
    }
    /// As the job file calls it.
    public var structure: String
    public var randomEffects: [Effect]
    public var residualError: String
    public var components: Int
    public var mixtureCovariance: String
    public var sharedCovariance: String
    public var covarianceAcrossComponents: String
    public var freeParameters: [String]
  }

  public struct Estimation: Codable, Sendable {
    public var method: String
    public var nodes: String
    public var samples: Int
    public var iterations: Int
    public var tolerance: Double?
    /// Missing where the number of nodes stays.
    public var precision: Double?
    /// `anderson` or `none`; missing for `paper`.
    public var acceleration: String?
    public var seed: UInt64
    public var envelope: Envelope
  }

  public struct Envelope: Codable, Sendable {
    public var inflation: Double
    /// `normal` or `student-t`.
    public var tails: String
    public var degreesOfFreedom: Double?
    public var priorShare: Double
  }

  /// What the finite number of nodes leaves open.
  public struct SamplingError: Codable, Sendable {
    /// Standard error of −2 log L.
    public var minusTwoLogLikelihood: Double
    /// What −2 log L is too high by, on average; where it is known only from the weights of independent samples.
    public var minusTwoLogLikelihoodBias: Double?
    /// The largest error of an estimate, in its standard errors.
    public var largestShareOfStandardError: Double?
    /// The least and the largest number of nodes of a subject and component.
    public var samplesLeast: Int
    public var samplesMost: Int
  }

  public struct Interval: Codable, Sendable {
    public var low: Double
    public var high: Double
  }

  public struct Parameter: Codable, Sendable {
    public var name: String
    public var estimate: Double
    public var fixed: Bool
    public var standardError: Double?
    public var relativeStandardErrorPercent: Double?
    /// 95 %, symmetric on `interval_scale`.
    public var interval: Interval?
    public var intervalScale: String
    /// estimate ± 1.96 SE
    public var waldInterval: Interval?
    /// What the nodes leave open in the estimate, as a standard error; of free parameters.
    public var samplingError: Double?
  }

  public struct Values: Codable, Sendable {
    public var weights: [Double]
    /// μ, by component, on the scale where the effects are normal.
    public var means: [[Double]]
    /// Σ, by component, full matrices.
    public var covariances: [[[Double]]]
    public var sigma2: Double
  }

  public struct Iteration: Codable, Sendable {
    public var iteration: Int
    public var logLikelihood: Double
    public var values: Values
    public var effectiveSampleSizes: [Double]
    public var poorIntegrals: Int
    public var remedies: Int
    public var step: Double?
  }

  public struct Covariance: Codable, Sendable {
    public var order: [String]
    /// Covariance of the estimates, (Σ s sᵀ)⁻¹; missing if singular.
    public var outerProduct: [[Double]]?
    public var conditionNumber: Double?
    /// Σ s, which is 0 at the maximum.
    public var totalScore: [Double]
    /// What the scores say is left to the maximum, in standard errors.
    public var remainingDistance: Double?
  }

  public struct DataSet: Codable, Sendable {
    public var name: String
    public var sha256: String?
    public var fingerprint: String?
    public var subjects: Int
    public var observations: Int
    public var notUsed: [String]
    /// completed, converged, not converged, degenerate or failed
    public var status: String
    /// Why it stopped or failed.
    public var reason: String
    public var fit: Fit?
  }

  public struct Fit: Codable, Sendable {
    public var logLikelihood: Double
    public var minusTwoLogLikelihood: Double
    /// −2 log L without N log 2π.
    public var nonmemObjective: Double
    public var samplingError: SamplingError?
    public var aic: Double
    public var bic: Double
    public var parameters: [Parameter]
    public var derived: [Parameter]
    public var estimates: Values
    public var covariance: Covariance
    public var classCounts: [Int]
    public var expectedMisclassifications: Double
    public var start: Values
    public var startFromData: Bool
    /// Where the samples came from in the end; see `EstimationSettings.Nodes`.
    public var nodes: String
    public var warnings: [String]
    public var iterations: [Iteration]
  }

  public init(
    job: String, run: Run, model: MixtureModel, settings: EstimationSettings,
    results: [DataSetResult]
  ) {
    self.job = job
    self.run = run
    self.model = Model(model)
    estimation = Estimation(settings)
    dataSets = results.map(DataSet.init)
  }

  /// The document as text, keys in alphabetical order.
  public func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return compact(String(decoding: try encoder.encode(self), as: UTF8.self)) + "\n"
  }
}

/// The text with each list of numbers on one line, as a person would write it.
private func compact(_ json: String) -> String {
  var result: [Substring] = []
  var open: Int?
  for line in json.split(separator: "\n", omittingEmptySubsequences: false) {
    result.append(line)
    let content = line.drop { $0 == " " }
    if line.hasSuffix("[") {
      open = result.count - 1
    } else if content == "]" || content == "]," {
      guard let first = open else { continue }
      let items = result[(first + 1)..<(result.count - 1)].map { $0.drop { $0 == " " } }
      let joined = result[first] + items.joined(separator: " ") + content
      result.replaceSubrange(first..., with: [joined])
      open = nil
    } else if !(content.first.map { $0.isNumber || $0 == "-" } ?? false) {
      open = nil
    }
  }
  return result.joined(separator: "\n")
}
