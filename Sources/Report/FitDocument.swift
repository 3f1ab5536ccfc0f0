package import Estimation
import FoundationEssentials
import NumericKernels
package import PopulationModel
package import Study

/// `fit.json`: everything about a job's fits, in a versioned schema; the same on any number of
/// ranks. What belongs to the run is in `run.json`.
package struct FitDocument: Codable, Sendable {
  /// Version of this schema.
  package static let schemaVersion = 2

  package var schema = "popmix-fit"
  package var schemaVersion = FitDocument.schemaVersion
  package var popmixVersion: String
  package var job: String
  /// The job file's text, so that the fit can be done again.
  package var jobText: String
  package var model: Model
  package var estimation: Estimation
  package var dataSets: [DataSet]

  package struct Model: Codable, Sendable {
    package struct Effect: Codable, Sendable {
      package var name: String
      package var distribution: String
      package var membership: String
      /// Of a logit-normal effect.
      package var bounds: Interval?
      /// λ of a Box–Cox effect.
      package var power: Double?
    }

    package struct FixedEffect: Codable, Sendable, Equatable {
      package var name: String
      package var distribution: String
      package var perComponent: Bool
    }

    package struct Output: Codable, Sendable, Equatable {
      /// Missing if it is the only one.
      package var name: String?
      /// Missing if it is the only one.
      package var dvid: Int?
      package var residualError: String
      package var perComponent: Bool
    }

    /// As the job file calls it.
    package var structure: String
    package var randomEffects: [Effect]
    /// That of the first output.
    package var residualError: String
    /// Whether values may be known by an interval.
    package var censored: Bool?
    /// Missing unless there are several, or components differ in it.
    package var outputs: [Output]?
    /// Parameters without random effects; missing if there are none.
    package var fixedEffects: [FixedEffect]?
    /// What means depend on, as `CL: log(WT/70)`; missing if there is nothing.
    package var covariates: [String]?
    /// What weights depend on; missing if there is nothing.
    package var weightCovariates: [String]?
    /// Effects with one variance in common, as those of occasions; missing if there are none.
    package var tiedVariances: [[String]]?
    /// The model's text; missing for models of the library.
    package var equations: String?
    package var components: Int
    package var mixtureCovariance: String
    package var sharedCovariance: String
    package var covarianceAcrossComponents: String
    package var freeParameters: [String]
  }

  package struct Estimation: Codable, Sendable {
    package var method: String
    package var nodes: String
    package var samples: Int
    package var iterations: Int
    package var tolerance: Double?
    /// Missing where the number of nodes stays.
    package var precision: Double?
    /// `anderson` or `none`; missing for `paper`.
    package var acceleration: String?
    package var seed: UInt64
    package var envelope: Envelope
  }

  package struct Envelope: Codable, Sendable {
    package var inflation: Double
    /// `normal` or `student-t`.
    package var tails: String
    package var degreesOfFreedom: Double?
    package var priorShare: Double
  }

  /// What the finite number of nodes leaves open.
  package struct SamplingError: Codable, Sendable {
    /// Standard error of −2 log L.
    package var minusTwoLogLikelihood: Double
    /// What −2 log L is too high by, on average; where it is known only from the weights of
    /// independent samples.
    package var minusTwoLogLikelihoodBias: Double?
    /// The largest error of an estimate, in its standard errors.
    package var largestShareOfStandardError: Double?
    /// The least and the largest number of nodes of a subject and component.
    package var samplesLeast: Int
    package var samplesMost: Int
  }

  package struct Interval: Codable, Sendable {
    package var low: Double
    package var high: Double
  }

  package struct Parameter: Codable, Sendable {
    package var name: String
    /// From 1; missing if the parameter belongs to all components.
    package var component: Int?
    package var estimate: Double
    package var fixed: Bool
    /// From the outer product of the scores, as are the intervals.
    package var standardError: Double?
    /// The same by each way to find it.
    package var standardErrors: StandardErrors?
    package var relativeStandardErrorPercent: Double?
    /// 95 %, symmetric on `interval_scale`.
    package var interval: Interval?
    package var intervalScale: String
    /// estimate ± 1.96 SE
    package var waldInterval: Interval?
    /// 95 % by the profile likelihood, where one was asked for.
    package var profileInterval: ProfileInterval?
    /// What the nodes leave open in the estimate, as a standard error; of free parameters.
    package var samplingError: Double?
    /// What was known of it before the data; missing where nothing was.
    package var prior: Prior?
  }

  /// The prior distribution of one free parameter.
  package struct Prior: Codable, Sendable, Equatable {
    /// `normal`, `inverse-wishart`, `inverse-gamma`, or `beta` of a weight.
    package var distribution: String
    /// Of a normal distribution.
    package var mean: Double?
    package var standardDeviation: Double?
    /// Of the others but `beta`; that of a standard deviation is the mode of its square.
    package var mode: Double?
    package var degreesOfFreedom: Double?
    /// Effects of the block of an inverse Wishart distribution.
    package var dimension: Int?
    /// Of a weight: the subjects that the prior adds to the component and to all others together.
    package var pseudoCount: Double?
    package var otherPseudoCounts: Double?
    /// Of a weight, α and β of its marginal distribution.
    package var alpha: Double?
    package var beta: Double?

    package init(distribution: String) { self.distribution = distribution }
  }

  package struct ProfileInterval: Codable, Sendable {
    /// The ends; missing where the search failed. Infinite or an end of the parameter's range where
    /// log L never falls enough.
    package var low: Double?
    package var high: Double?
  }

  /// Standard errors in three ways, each missing where its matrix cannot be inverted.
  package struct StandardErrors: Codable, Sendable {
    package var outerProduct: Double?
    package var observed: Double?
    package var sandwich: Double?

    var isEmpty: Bool { outerProduct == nil && observed == nil && sandwich == nil }

    package subscript(kind: StandardErrorKind) -> Double? {
      switch kind {
      case .outerProduct: outerProduct
      case .observed: observed
      case .sandwich: sandwich
      }
    }
  }

  package struct Values: Codable, Sendable {
    package var weights: [Double]
    /// μ, by component, on the scale where the effects are normal.
    package var means: [[Double]]
    /// Σ, by component, full matrices.
    package var covariances: [[[Double]]]
    /// 1 where residual errors have parameters of their own.
    package var sigma2: Double
    /// By component, parameters of residual errors and structural ones without random effects;
    /// missing if there are none.
    package var direct: [[Double]]?
    /// By component, of the covariates of the means; missing if there are none.
    package var coefficients: [[Double]]?
    /// By component, of the covariates of the weights; missing if there are none.
    package var weightCoefficients: [[Double]]?
  }

  package struct Iteration: Codable, Sendable {
    package var iteration: Int
    package var logLikelihood: Double
    /// Missing without a prior.
    package var logPrior: Double?
    package var effectiveSampleSizes: [Double]
    package var poorIntegrals: Int
    package var remedies: Int
    package var step: Double?
    /// `new` where the envelopes were made anew before it, so that its log L is another
    /// approximation than that of the iteration before.
    package var envelopes: String
    /// Whether the iterations went back from here.
    package var rejected: Bool
  }

  package struct Covariance: Codable, Sendable {
    package var order: [String]
    /// Covariance of the estimates, (Σ s sᵀ)⁻¹; missing if singular.
    package var outerProduct: [[Double]]?
    /// The inverse of the observed information; missing if that is not positive definite.
    package var observed: [[Double]]?
    /// Of both, which holds where the model is wrong.
    package var sandwich: [[Double]]?
    package var conditionNumber: Double?
    /// Σ s, which is 0 at the maximum.
    package var totalScore: [Double]
    /// What the scores say is left to the maximum, in standard errors.
    package var remainingDistance: Double?
  }

  /// How little the subjects' own data say of a random effect.
  package struct Shrinkage: Codable, Sendable, Equatable {
    package var effect: String
    /// From 1; missing if the effect has one distribution for all components.
    package var component: Int?
    package var percent: Double
  }

  /// How far observations are drawn towards the individual predictions.
  package struct ResidualShrinkage: Codable, Sendable, Equatable {
    /// Missing if it is the only one.
    package var output: String?
    /// From 1; missing if it is that of all subjects.
    package var component: Int?
    package var percent: Double
  }

  /// A subject and what it does to the estimates.
  package struct Influence: Codable, Sendable, Equatable {
    /// From 1.
    package var subject: Int
    package var id: String
    package var likelihoodDisplacement: Double
    /// The parameter whose estimate would change most without the subject.
    package var parameter: String
    /// By how many standard errors.
    package var change: Double
  }

  package struct DataSet: Codable, Sendable {
    package var name: String
    /// The number of the start, from 1.
    package var start: Int
    package var sha256: String?
    package var fingerprint: String?
    /// Of what the likelihood is a density of; missing in documents of earlier versions.
    package var observationsFingerprint: String?
    /// Of doses and other events, but for covariates; likewise.
    package var designFingerprint: String?
    package var subjects: Int
    package var observations: Int
    /// How many of them are known by an interval only; missing if there are none.
    package var censoredObservations: Int?
    package var notUsed: [String]
    /// completed, converged, flat, not converged, unbounded, degenerate or failed
    package var status: String
    /// Why it stopped or failed.
    package var reason: String
    /// In which ways the likelihood has no maximum; missing where it has one.
    package var unbounded: [Unbounded]?
    package var fit: Fit?
    /// Which component is which of the fit that the data set was drawn from; missing if it was not,
    /// or with one component.
    package var labels: Labels?
    /// The different maxima that its starts found, the best first; missing without several starts.
    package var maxima: [Maximum]?
    /// Missing if there are none.
    package var maximaWarnings: [String]?
  }

  /// A way in which the likelihood has no maximum.
  package struct Unbounded: Codable, Sendable, Equatable {
    /// A word for it; see `UnboundedFinding.Kind`.
    package var kind: String
    /// Parameters that have no estimate.
    package var parameters: [String]
    /// The first of the rows that make it.
    package var rows: [Row]
    /// How many rows make it.
    package var rowCount: Int
    /// What is unbounded, why, and what to do.
    package var reason: String

    /// A row of the data file.
    package struct Row: Codable, Sendable, Equatable {
      package var subject: String
      package var line: Int
    }
  }

  /// Components of a fit and of a reference, by the subjects' probabilities.
  package struct Labels: Codable, Sendable, Equatable {
    /// The fit's component, from 1, for each of the reference.
    package var order: [Int]
    /// From 0, where two components could as well be exchanged, to 1; see `LabelAlignment`.
    package var margin: Double
    package var ambiguous: Bool

    package var alignment: LabelAlignment {
      LabelAlignment(order: order.map { $0 - 1 }, margin: margin)
    }
  }

  package struct Fit: Codable, Sendable {
    package var logLikelihood: Double
    /// log p(ϕ̂) of the prior, with all constants; missing without one.
    package var logPrior: Double?
    /// log L + log p(ϕ̂), which the estimates maximise; missing without a prior.
    package var logPosterior: Double?
    package var minusTwoLogLikelihood: Double
    /// −2 log L − N log 2π, N measured values.
    package var nonmemObjective: Double
    package var samplingError: SamplingError?
    package var aic: Double
    package var bic: Double
    /// BIC + 2 · entropy.
    package var icl: Double?
    /// −Σ τ log τ over all subjects.
    package var entropy: Double?
    /// 1 − entropy/(n log K); missing with one component.
    package var relativeEntropy: Double?
    package var parameters: [Parameter]
    package var derived: [Parameter]
    package var estimates: Values
    package var covariance: Covariance
    /// Of the random effects; missing in documents of earlier versions.
    package var shrinkage: [Shrinkage]?
    /// Missing in documents of earlier versions.
    package var residualShrinkage: [ResidualShrinkage]?
    /// The subjects that matter most to the estimates; missing without observed information.
    package var influence: [Influence]?
    package var classCounts: [Int]
    package var expectedMisclassifications: Double
    package var start: Values
    package var startFromData: Bool
    /// How starting values were found from the data; missing where the job gives all, and in
    /// documents of earlier versions.
    package var startSearch: StartSearchSummary?
    /// Where the samples came from in the end; see `EstimationSettings.Nodes`.
    package var nodes: String
    package var warnings: [String]
    package var iterations: [Iteration]
  }

  package init(
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
