package import Estimation
package import PopulationData
package import PopulationModel
package import Study

/// A job as its user wrote it, complete with defaults, and correct as far as can be seen without
/// looking at the data.
package struct JobFile: Sendable, Equatable {
  /// Path of the job file, as it was given; the other paths of the job are relative to its folder.
  package var path: String
  /// Name of the job: letters, digits, `-`, `_` and `.`.
  package var name: String
  /// Where the observations are; nil when they are simulated.
  package var data: DataSource?
  /// What a subject's observations are drawn from.
  package var model: ModelSpecification
  /// How the random effects vary in the population.
  package var mixture: MixtureSpecification
  /// What is known of the parameters before the data; nil for maximum likelihood.
  package var prior: PriorSpecification?
  /// How the parameters are estimated.
  package var estimation: EstimationOptions
  /// Data sets to simulate; never nil when `data` is.
  package var simulation: SimulationDesign?
  /// What `study` fits the simulated data sets with; nil leaves `estimation`.
  package var study: StudySpecification?
  /// Quantities that the user wants beside the parameters: names and expressions.
  package var derived: [DerivedSpecification] = []
  /// How `bootstrap` draws data sets; nil if it is not asked for.
  package var bootstrap: BootstrapSpecification?
  /// How numbers of components are tested against each other; nil if it is not asked for.
  package var likelihoodRatioTest: LikelihoodRatioTest?
  /// Units of columns and random effects by name, for the labels of figures.
  package var units: [String: String]
  /// Tables that `fit` writes beside those that it always writes, each once.
  package var tables: [ResultTable] = []
  /// Results in formats of other programs.
  package var formats = FormatSpecifications()
  /// Folder of the results as written, relative to the folder of the job file.
  package var output: Located<String>
}

/// A table of results that a job may ask for.
package enum ResultTable: String, Sendable, CaseIterable {
  /// Predictions and residuals of each observation.
  case observations
  /// What each subject does to the estimates.
  case influence
  /// Conditional moments of each subject's random effects.
  case moments
}

/// A value and where it stands in the job file; a default stands where it was derived from.
package struct Located<Value: Sendable & Equatable>: Sendable, Equatable {
  package var value: Value
  /// Line in the job file, counted from 1.
  package var line: Int
  /// Column in characters, counted from 1.
  package var column: Int

  package init(_ value: Value, line: Int, column: Int) {
    self.value = value
    self.line = line
    self.column = column
  }
}

/// Files with observations and how their rows are to be taken.
package struct DataSource: Sendable, Equatable {
  /// A column with a covariate.
  package struct Covariate: Sendable, Equatable {
    package var name: Located<String>
    package var carry: CovariateCarry

    package init(name: Located<String>, carry: CovariateCarry) {
      self.name = name
      self.carry = carry
    }
  }

  /// The standard names of columns.
  package static let standardColumns = [
    "ID", "TIME", "AMT", "DV", "EVID", "MDV", "CMT", "ADDL", "II", "RATE", "DUR", "SS", "DVID",
    "CENS", "LIMIT", "DATE", "DAT1", "DAT2", "DAT3",
  ]

  /// Paths and globs as written, at least one; `JobFile.dataFiles()` expands them.
  package var files: [Located<String>]
  /// Columns of the file by the standard name that they stand for.
  package var columns: [String: Located<String>]
  /// Characters and conditions of rows to leave out.
  package var ignore: [Located<String>]
  /// Conditions of the only rows to take; empty when `ignore` has conditions.
  package var accept: [Located<String>]
  /// Further texts that mean a missing value.
  package var missing: [String]
  package var repeatedIDs: RepeatedIDs
  /// Columns with covariates, in the order in which subjects have their values; each once.
  package var covariates: [Covariate]
  /// `nil` where nothing is said: such values are refused then.
  package var belowLimit: BelowLimit?
  /// What columns are called.
  package var layout = DataLayout.nonmem
  /// Names of the columns of files without a header, or with another one.
  package var header: [String]?
  /// The limit of values below it, above 0.
  package var quantificationLimit: Double?
}

/// How the random effects vary in the population.
package struct MixtureSpecification: Sendable, Equatable {
  package enum Order: String, Sendable, CaseIterable {
    case ascending, job
  }

  /// Number of components, 1 … 64.
  package var components = 1
  /// Form of the covariance matrix of the mixture effects.
  package var mixtureCovariance = CovarianceForm.diagonal
  /// Form of the covariance matrix of the shared effects.
  package var sharedCovariance = CovarianceForm.diagonal
  /// Whether the components have one covariance matrix together.
  package var acrossComponents = CovarianceSharing.perComponent
  /// Covariates that the weights depend on.
  package var weightCovariates: [CovariateSpecification] = []
  /// In which order the components are numbered.
  package var order = Order.ascending

  package init() {}

  /// Form of the covariance matrix of the effects of that membership.
  package func covariance(of membership: EffectMembership) -> CovarianceForm {
    membership == .mixture ? mixtureCovariance : sharedCovariance
  }
}

/// How the parameters are estimated.
package struct EstimationOptions: Sendable, Equatable {
  /// The settings of each fit, but for priors and the parameters that get profiles.
  package var settings: EstimationSettings
  /// The nodes in each dimension of a Gauss–Hermite rule; nil of other nodes.
  package var order: Int?
  /// How many starts each data set has, of which the best end is kept.
  package var starts = StartCount.asNeeded
  /// Names of parameters that get intervals by profile likelihood; the name `all` stands for all
  /// free ones.
  package var profile: [Located<String>] = []

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

/// How the data sets of a simulation study are fitted, and what is set beside the results.
package struct StudySpecification: Sendable, Equatable {
  package struct Method: Sendable, Equatable {
    /// What the study calls it, and its folder: letters, digits, `-`, `_` and `.`.
    package var name: String
    package var options: EstimationOptions
    /// How many of the simulated data sets it has, from the first on; nil for all.
    package var dataSets: Int?

    package init(name: String, options: EstimationOptions, dataSets: Int?) {
      (self.name, self.options, self.dataSets) = (name, options, dataSets)
    }
  }

  /// At least one.
  package var methods: [Method]
  /// A CSV file with figures of others, relative to the job file.
  package var published: Located<String>?
}

/// A function of the parameters.
package struct DerivedSpecification: Sendable, Equatable {
  package var name: Located<String>
  package var expression: Located<String>
}

/// How data sets are drawn again for a bootstrap.
package struct BootstrapSpecification: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Subjects are drawn with replacement.
    case nonparametric
    /// The observations of all subjects are drawn from the fitted model.
    case parametric
  }

  package var kind: Kind
  /// Data sets for each of the job's.
  package var replicates: Int
  /// The covariate whose values keep their numbers of subjects.
  package var stratify: Located<String>?
  package var seed: UInt64
}

/// The bootstrap of the likelihood ratio of two numbers of components.
package struct LikelihoodRatioTest: Sendable, Equatable {
  /// Data sets that are drawn from the smaller model.
  package var replicates: Int
  /// α
  package var level: Double
  package var seed: UInt64
  /// Of the section's key.
  package var place: Located<String>
}

/// Data sets to simulate.
package struct SimulationDesign: Sendable, Equatable {
  /// One dose, or a series of equal doses.
  package struct Dose: Sendable, Equatable {
    package var time: Double
    package var amount: Double
    /// Number of doses after the first.
    package var additional: Int
    /// Time between the doses of a series; nil without additional doses.
    package var interval: Double?
    /// The covariate of whose unit each subject gets the amount.
    package var per: String?

    package init(
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
  package struct Arm: Sendable, Equatable {
    /// In each data set.
    package var subjects: Int
    package var doses: [Dose]
    /// Times of the observations of each subject, in ascending order.
    package var times: Located<[Double]>
  }

  package var dataSets: Int
  /// At least one.
  package var arms: [Arm]
  /// Columns of the data that are drawn for each subject.
  package var covariates: [SimulatedCovariate]
  /// Rate per unit of time at which subjects leave.
  package var dropOutHazard: Double
  /// Observations below it are left out; nil without such a limit.
  package var quantificationLimit: Double?
  /// The true values, complete.
  package var values: PopulationValues
  package var seed: UInt64
}
