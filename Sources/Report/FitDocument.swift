import Estimation
import FoundationEssentials
import NumericKernels
import PopulationModel
import Study

/// `fit.json`: everything about a job's fits, in a versioned schema; the same on any number of
/// ranks. What belongs to the run is in `run.json`.
public struct FitDocument: Codable, Sendable {
  /// Version of this schema.
  public static let schemaVersion = 2

  public var schema = "popmix-fit"
  public var schemaVersion = FitDocument.schemaVersion
  public var popmixVersion: String
  public var job: String
  /// The job file's text, so that the fit can be done again.
  public var jobText: String
  public var model: Model
  public var estimation: Estimation
  public var dataSets: [DataSet]

  public struct Model: Codable, Sendable {
    public struct Effect: Codable, Sendable {
      public var name: String
      public var distribution: String
      public var membership: String
      /// Of a logit-normal effect.
      public var bounds: Interval?
      /// λ of a Box–Cox effect.
      public var power: Double?
    }

    public struct FixedEffect: Codable, Sendable, Equatable {
      public var name: String
      public var distribution: String
      public var perComponent: Bool
    }

    public struct Output: Codable, Sendable, Equatable {
      /// Missing if it is the only one.
      public var name: String?
      /// Missing if it is the only one.
      public var dvid: Int?
      public var residualError: String
      public var perComponent: Bool
    }

    /// As the job file calls it.
    public var structure: String
    public var randomEffects: [Effect]
    /// That of the first output.
    public var residualError: String
    /// Whether values may be known by an interval.
    public var censored: Bool?
    /// Missing unless there are several, or components differ in it.
    public var outputs: [Output]?
    /// Parameters without random effects; missing if there are none.
    public var fixedEffects: [FixedEffect]?
    /// What means depend on, as `CL: log(WT/70)`; missing if there is nothing.
    public var covariates: [String]?
    /// What weights depend on; missing if there is nothing.
    public var weightCovariates: [String]?
    /// Effects with one variance in common, as those of occasions; missing if there are none.
    public var tiedVariances: [[String]]?
    /// The model's text; missing for models of the library.
    public var equations: String?
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
    /// What −2 log L is too high by, on average; where it is known only from the weights of
    /// independent samples.
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
    /// From 1; missing if the parameter belongs to all components.
    public var component: Int?
    public var estimate: Double
    public var fixed: Bool
    /// From the outer product of the scores, as are the intervals.
    public var standardError: Double?
    /// The same by each way to find it.
    public var standardErrors: StandardErrors?
    public var relativeStandardErrorPercent: Double?
    /// 95 %, symmetric on `interval_scale`.
    public var interval: Interval?
    public var intervalScale: String
    /// estimate ± 1.96 SE
    public var waldInterval: Interval?
    /// 95 % by the profile likelihood, where one was asked for.
    public var profileInterval: ProfileInterval?
    /// What the nodes leave open in the estimate, as a standard error; of free parameters.
    public var samplingError: Double?
    /// What was known of it before the data; missing where nothing was.
    public var prior: Prior?
  }

  /// The prior distribution of one free parameter.
  public struct Prior: Codable, Sendable, Equatable {
    /// `normal`, `inverse-wishart`, `inverse-gamma`, or `beta` of a weight.
    public var distribution: String
    /// Of a normal distribution.
    public var mean: Double?
    public var standardDeviation: Double?
    /// Of the others but `beta`; that of a standard deviation is the mode of its square.
    public var mode: Double?
    public var degreesOfFreedom: Double?
    /// Effects of the block of an inverse Wishart distribution.
    public var dimension: Int?
    /// Of a weight: the subjects that the prior adds to the component and to all others together.
    public var pseudoCount: Double?
    public var otherPseudoCounts: Double?
    /// Of a weight, α and β of its marginal distribution.
    public var alpha: Double?
    public var beta: Double?

    public init(distribution: String) { self.distribution = distribution }
  }

  public struct ProfileInterval: Codable, Sendable {
    /// The ends; missing where the search failed. Infinite or an end of the parameter's range where
    /// log L never falls enough.
    public var low: Double?
    public var high: Double?
  }

  /// Standard errors in three ways, each missing where its matrix cannot be inverted.
  public struct StandardErrors: Codable, Sendable {
    public var outerProduct: Double?
    public var observed: Double?
    public var sandwich: Double?

    var isEmpty: Bool { outerProduct == nil && observed == nil && sandwich == nil }

    public subscript(kind: StandardErrorKind) -> Double? {
      switch kind {
      case .outerProduct: outerProduct
      case .observed: observed
      case .sandwich: sandwich
      }
    }
  }

  public struct Values: Codable, Sendable {
    public var weights: [Double]
    /// μ, by component, on the scale where the effects are normal.
    public var means: [[Double]]
    /// Σ, by component, full matrices.
    public var covariances: [[[Double]]]
    /// 1 where residual errors have parameters of their own.
    public var sigma2: Double
    /// By component, parameters of residual errors and structural ones without random effects;
    /// missing if there are none.
    public var direct: [[Double]]?
    /// By component, of the covariates of the means; missing if there are none.
    public var coefficients: [[Double]]?
    /// By component, of the covariates of the weights; missing if there are none.
    public var weightCoefficients: [[Double]]?
  }

  public struct Iteration: Codable, Sendable {
    public var iteration: Int
    public var logLikelihood: Double
    /// Missing without a prior.
    public var logPrior: Double?
    public var effectiveSampleSizes: [Double]
    public var poorIntegrals: Int
    public var remedies: Int
    public var step: Double?
    /// `new` where the envelopes were made anew before it, so that its log L is another
    /// approximation than that of the iteration before.
    public var envelopes: String
    /// Whether the iterations went back from here.
    public var rejected: Bool
  }

  public struct Covariance: Codable, Sendable {
    public var order: [String]
    /// Covariance of the estimates, (Σ s sᵀ)⁻¹; missing if singular.
    public var outerProduct: [[Double]]?
    /// The inverse of the observed information; missing if that is not positive definite.
    public var observed: [[Double]]?
    /// Of both, which holds where the model is wrong.
    public var sandwich: [[Double]]?
    public var conditionNumber: Double?
    /// Σ s, which is 0 at the maximum.
    public var totalScore: [Double]
    /// What the scores say is left to the maximum, in standard errors.
    public var remainingDistance: Double?
  }

  /// How little the subjects' own data say of a random effect.
  public struct Shrinkage: Codable, Sendable, Equatable {
    public var effect: String
    /// From 1; missing if the effect has one distribution for all components.
    public var component: Int?
    public var percent: Double
  }

  /// How far observations are drawn towards the individual predictions.
  public struct ResidualShrinkage: Codable, Sendable, Equatable {
    /// Missing if it is the only one.
    public var output: String?
    /// From 1; missing if it is that of all subjects.
    public var component: Int?
    public var percent: Double
  }

  /// A subject and what it does to the estimates.
  public struct Influence: Codable, Sendable, Equatable {
    /// From 1.
    public var subject: Int
    public var id: String
    public var likelihoodDisplacement: Double
    /// The parameter whose estimate would change most without the subject.
    public var parameter: String
    /// By how many standard errors.
    public var change: Double
  }

  public struct DataSet: Codable, Sendable {
    public var name: String
    /// The number of the start, from 1.
    public var start: Int
    public var sha256: String?
    public var fingerprint: String?
    /// Of what the likelihood is a density of; missing in documents of earlier versions.
    public var observationsFingerprint: String?
    /// Of doses and other events, but for covariates; likewise.
    public var designFingerprint: String?
    public var subjects: Int
    public var observations: Int
    /// How many of them are known by an interval only; missing if there are none.
    public var censoredObservations: Int?
    public var notUsed: [String]
    /// completed, converged, flat, not converged, unbounded, degenerate or failed
    public var status: String
    /// Why it stopped or failed.
    public var reason: String
    /// In which ways the likelihood has no maximum; missing where it has one.
    public var unbounded: [Unbounded]?
    public var fit: Fit?
    /// Which component is which of the fit that the data set was drawn from; missing if it was not,
    /// or with one component.
    public var labels: Labels?
    /// The different maxima that its starts found, the best first; missing without several starts.
    public var maxima: [Maximum]?
    /// Missing if there are none.
    public var maximaWarnings: [String]?
  }

  /// A way in which the likelihood has no maximum.
  public struct Unbounded: Codable, Sendable, Equatable {
    /// A word for it; see `UnboundedFinding.Kind`.
    public var kind: String
    /// Parameters that have no estimate.
    public var parameters: [String]
    /// The first of the rows that make it.
    public var rows: [Row]
    /// How many rows make it.
    public var rowCount: Int
    /// What is unbounded, why, and what to do.
    public var reason: String

    /// A row of the data file.
    public struct Row: Codable, Sendable, Equatable {
      public var subject: String
      public var line: Int
    }
  }

  /// Components of a fit and of a reference, by the subjects' probabilities.
  public struct Labels: Codable, Sendable, Equatable {
    /// The fit's component, from 1, for each of the reference.
    public var order: [Int]
    /// From 0, where two components could as well be exchanged, to 1; see `LabelAlignment`.
    public var margin: Double
    public var ambiguous: Bool

    public var alignment: LabelAlignment {
      LabelAlignment(order: order.map { $0 - 1 }, margin: margin)
    }
  }

  public struct Fit: Codable, Sendable {
    public var logLikelihood: Double
    /// log p(ϕ̂) of the prior, with all constants; missing without one.
    public var logPrior: Double?
    /// log L + log p(ϕ̂), which the estimates maximise; missing without a prior.
    public var logPosterior: Double?
    public var minusTwoLogLikelihood: Double
    /// −2 log L − N log 2π, N measured values.
    public var nonmemObjective: Double
    public var samplingError: SamplingError?
    public var aic: Double
    public var bic: Double
    /// BIC + 2 · entropy.
    public var icl: Double?
    /// −Σ τ log τ over all subjects.
    public var entropy: Double?
    /// 1 − entropy/(n log K); missing with one component.
    public var relativeEntropy: Double?
    public var parameters: [Parameter]
    public var derived: [Parameter]
    public var estimates: Values
    public var covariance: Covariance
    /// Of the random effects; missing in documents of earlier versions.
    public var shrinkage: [Shrinkage]?
    /// Missing in documents of earlier versions.
    public var residualShrinkage: [ResidualShrinkage]?
    /// The subjects that matter most to the estimates; missing without observed information.
    public var influence: [Influence]?
    public var classCounts: [Int]
    public var expectedMisclassifications: Double
    public var start: Values
    public var startFromData: Bool
    /// How starting values were found from the data; missing where the job gives all, and in
    /// documents of earlier versions.
    public var startSearch: StartSearchSummary?
    /// Where the samples came from in the end; see `EstimationSettings.Nodes`.
    public var nodes: String
    public var warnings: [String]
    public var iterations: [Iteration]
  }

  public init(
    popmixVersion: String, job: String, jobText: String, model: MixtureModel,
    settings: EstimationSettings
  ) {
    self.popmixVersion = popmixVersion
    self.job = job
    self.jobText = jobText
    self.model = Model(model)
    estimation = Estimation(settings)
    dataSets = []
  }
}
