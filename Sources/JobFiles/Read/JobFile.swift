import Estimation
import PopulationData
import PopulationModel
import Study

/// A job as its user wrote it, complete with defaults, and correct as far as can be seen without
/// looking at the data.
public struct JobFile: Sendable, Equatable {
  /// Path of the job file, as it was given; the other paths of the job are relative to its folder.
  public var path: String
  /// Name of the job: letters, digits, `-`, `_` and `.`.
  public var name: String
  /// Where the observations are; nil when they are simulated.
  public var data: DataSource?
  /// What a subject's observations are drawn from.
  public var model: ModelSpecification
  /// How the random effects vary in the population.
  public var mixture: MixtureSpecification
  /// What is known of the parameters before the data; nil for maximum likelihood.
  public var prior: PriorSpecification?
  /// How the parameters are estimated.
  public var estimation: EstimationOptions
  /// Data sets to simulate; never nil when `data` is.
  public var simulation: SimulationDesign?
  /// What `study` fits the simulated data sets with; nil leaves `estimation`.
  public var study: StudySpecification?
  /// Quantities that the user wants beside the parameters: names and expressions.
  public var derived: [DerivedSpecification] = []
  /// How `bootstrap` draws data sets; nil if it is not asked for.
  public var bootstrap: BootstrapSpecification?
  /// How numbers of components are tested against each other; nil if it is not asked for.
  public var likelihoodRatioTest: LikelihoodRatioTest?
  /// Units of columns and random effects by name, for the labels of figures.
  public var units: [String: String]
  /// Tables that `fit` writes beside those that it always writes, each once.
  public var tables: [ResultTable] = []
  /// Results in formats of other programs.
  public var formats = FormatSpecifications()
  /// Folder of the results as written, relative to the folder of the job file.
  public var output: Located<String>
}

/// A table of results that a job may ask for.
public enum ResultTable: String, Sendable, CaseIterable {
  /// Predictions and residuals of each observation.
  case observations
  /// What each subject does to the estimates.
  case influence
  /// Conditional moments of each subject's random effects.
  case moments
}

/// A value and where it stands in the job file; a default stands where it was derived from.
public struct Located<Value: Sendable & Equatable>: Sendable, Equatable {
  public var value: Value
  /// Line in the job file, counted from 1.
  public var line: Int
  /// Column in characters, counted from 1.
  public var column: Int

  public init(_ value: Value, line: Int, column: Int) {
    self.value = value
    self.line = line
    self.column = column
  }
}

/// Files with observations and how their rows are to be taken.
public struct DataSource: Sendable, Equatable {
  /// A column with a covariate.
  public struct Covariate: Sendable, Equatable {
    public var name: Located<String>
    public var carry: CovariateCarry

    public init(name: Located<String>, carry: CovariateCarry) {
      self.name = name
      self.carry = carry
    }
  }

  /// The standard names of columns.
  public static let standardColumns = [
    "ID", "TIME", "AMT", "DV", "EVID", "MDV", "CMT", "ADDL", "II", "RATE", "DUR", "SS", "DVID",
    "CENS", "LIMIT", "DATE", "DAT1", "DAT2", "DAT3",
  ]

  /// Paths and globs as written, at least one; `JobFile.dataFiles()` expands them.
  public var files: [Located<String>]
  /// Columns of the file by the standard name that they stand for.
  public var columns: [String: Located<String>]
  /// Characters and conditions of rows to leave out.
  public var ignore: [Located<String>]
  /// Conditions of the only rows to take; empty when `ignore` has conditions.
  public var accept: [Located<String>]
  /// Further texts that mean a missing value.
  public var missing: [String]
  public var repeatedIDs: RepeatedIDs
  /// Columns with covariates, in the order in which subjects have their values; each once.
  public var covariates: [Covariate]
  /// `nil` where nothing is said: such values are refused then.
  public var belowLimit: BelowLimit?
  /// What columns are called.
  public var layout = DataLayout.nonmem
  /// Names of the columns of files without a header, or with another one.
  public var header: [String]?
  /// The limit of values below it, above 0.
  public var quantificationLimit: Double?
}

/// How the random effects vary in the population.
public struct MixtureSpecification: Sendable, Equatable {
  public enum Order: String, Sendable, CaseIterable {
    case ascending, job
  }

  /// Number of components, 1 … 64.
  public var components = 1
  /// Form of the covariance matrix of the mixture effects.
  public var mixtureCovariance = CovarianceForm.diagonal
  /// Form of the covariance matrix of the shared effects.
  public var sharedCovariance = CovarianceForm.diagonal
  /// Whether the components have one covariance matrix together.
  public var acrossComponents = CovarianceSharing.perComponent
  /// Covariates that the weights depend on.
  public var weightCovariates: [CovariateSpecification] = []
  /// In which order the components are numbered.
  public var order = Order.ascending

  public init() {}

  /// Form of the covariance matrix of the effects of that membership.
  public func covariance(of membership: EffectMembership) -> CovarianceForm {
    membership == .mixture ? mixtureCovariance : sharedCovariance
  }
}

/// How the parameters are estimated.
public struct EstimationOptions: Sendable, Equatable {
  public enum Method: Sendable, Equatable {
    /// New samples in every iteration, and all iterations are done.
    case paper
    /// The same nodes in every iteration, until EM has converged.
    case exact(ExactOptions)
  }

  public var method: Method
  /// Samples per subject and component; a power of two from 16 to 2²⁰ for a lattice and Sobol'
  /// points. Of a Gauss–Hermite rule its order, the nodes in each dimension.
  public var samples: Int
  /// Iterations, at most.
  public var iterations: Int
  public var seed: UInt64
  /// How many starts each data set has, of which the best end is kept.
  public var starts = StartCount.asNeeded
  /// The densities that samples are drawn from.
  public var envelope: EnvelopeOptions

  /// What belongs to `exact`; nil for `paper`.
  public var exact: ExactOptions? { if case .exact(let options) = method { options } else { nil } }

  /// orderᵖ, the nodes of a Gauss–Hermite rule; nil above 2²⁴.
  static func ruleSize(order: Int, effectCount: Int) -> Int? {
    var size = 1
    for _ in 0..<effectCount {
      size *= order
      guard size <= 1 << 24 else { return nil }
    }
    return size
  }
}

/// What belongs to the method `exact` alone.
public struct ExactOptions: Sendable, Equatable {
  public enum Acceleration: String, Sendable, CaseIterable {
    case anderson, none
  }

  /// Where the samples come from.
  public var nodes: EstimationSettings.Nodes
  /// Distance to the maximum below which the iterations end.
  public var tolerance: Double
  /// The error of the nodes, in standard errors of each estimate and units of −2 log L, down to
  /// which samples are added; nil where their number stays.
  public var precision: Double?
  /// How EM's iterations are accelerated.
  public var acceleration = Acceleration.anderson
  /// MiB that each rank may use to keep what it knows of its nodes.
  public var memoryLimit = 1024
  /// Names of parameters that get intervals by profile likelihood; the name `all` stands for all
  /// free ones.
  public var profile: [Located<String>] = []
  /// How wide these are.
  public var profileQuantile = ProfileQuantile.student

  public init(nodes: EstimationSettings.Nodes, tolerance: Double, precision: Double?) {
    self.nodes = nodes
    self.tolerance = tolerance
    self.precision = precision
  }
}

/// The densities that samples are drawn from.
public struct EnvelopeOptions: Sendable, Equatable {
  /// Factor on the covariance matrix, at least 1.
  public var inflation: Double
  /// Of Student's t, above 2; nil for the normal distribution.
  public var degreesOfFreedom: Double?
  /// Share of the samples that is drawn from the component's own density, 0 … 0.9.
  public var priorShare: Double

  public init(inflation: Double, degreesOfFreedom: Double? = nil, priorShare: Double = 0) {
    self.inflation = inflation
    self.degreesOfFreedom = degreesOfFreedom
    self.priorShare = priorShare
  }
}

/// How the data sets of a simulation study are fitted, and what is set beside the results.
public struct StudySpecification: Sendable, Equatable {
  public struct Method: Sendable, Equatable {
    /// What the study calls it, and its folder: letters, digits, `-`, `_` and `.`.
    public var name: String
    public var options: EstimationOptions
    /// How many of the simulated data sets it has, from the first on; nil for all.
    public var dataSets: Int?

    package init(name: String, options: EstimationOptions, dataSets: Int?) {
      (self.name, self.options, self.dataSets) = (name, options, dataSets)
    }
  }

  /// At least one.
  public var methods: [Method]
  /// A CSV file with figures of others, relative to the job file.
  public var published: Located<String>?
}

/// A function of the parameters.
public struct DerivedSpecification: Sendable, Equatable {
  public var name: Located<String>
  public var expression: Located<String>
}

/// How data sets are drawn again for a bootstrap.
public struct BootstrapSpecification: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Subjects are drawn with replacement.
    case nonparametric
    /// The observations of all subjects are drawn from the fitted model.
    case parametric
  }

  public var kind: Kind
  /// Data sets for each of the job's.
  public var replicates: Int
  /// The covariate whose values keep their numbers of subjects.
  public var stratify: Located<String>?
  public var seed: UInt64
}

/// The bootstrap of the likelihood ratio of two numbers of components.
public struct LikelihoodRatioTest: Sendable, Equatable {
  /// Data sets that are drawn from the smaller model.
  public var replicates: Int
  /// α
  public var level: Double
  public var seed: UInt64
  /// Of the section's key.
  public var place: Located<String>
}

/// Data sets to simulate.
public struct SimulationDesign: Sendable, Equatable {
  /// One dose, or a series of equal doses.
  public struct Dose: Sendable, Equatable {
    public var time: Double
    public var amount: Double
    /// Number of doses after the first.
    public var additional: Int
    /// Time between the doses of a series; nil without additional doses.
    public var interval: Double?
    /// The covariate of whose unit each subject gets the amount.
    public var per: String?

    public init(
      time: Double, amount: Double, additional: Int = 0, interval: Double? = nil,
      per: String? = nil
    ) {
      self.time = time
      self.amount = amount
      self.additional = additional
      self.interval = interval
      self.per = per
    }
  }

  /// Subjects that are treated alike.
  public struct Arm: Sendable, Equatable {
    /// In each data set.
    public var subjects: Int
    public var doses: [Dose]
    /// Times of the observations of each subject, in ascending order.
    public var times: Located<[Double]>
  }

  public var dataSets: Int
  /// At least one.
  public var arms: [Arm]
  /// Columns of the data that are drawn for each subject.
  public var covariates: [SimulatedCovariate]
  /// Rate per unit of time at which subjects leave.
  public var dropOutHazard: Double
  /// Observations below it are left out; nil without such a limit.
  public var quantificationLimit: Double?
  /// The true values, complete.
  public var values: PopulationValues
  public var seed: UInt64
}
