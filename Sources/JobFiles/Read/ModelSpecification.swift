import DifferentialEquations
import PopulationModel

/// What a subject's observations are drawn from.
public struct ModelSpecification: Sendable, Equatable {
  /// Name of the structure, one of the vocabulary; of a model that is written as equations
  /// `equations`.
  public var structure: Located<String>
  /// The text of the model, and how its lines stand in the job file or in a file of its own.
  public var equations: EquationText?
  /// Of differential equations.
  public var tolerances = SolverTolerances()
  /// The random effects in the order that holds everywhere.
  public var randomEffects: [Located<RandomEffectSpecification>]
  /// Parameters of the structure that do not vary between subjects.
  public var fixedEffects: [FixedEffectSpecification] = []
  /// What is measured, at least one.
  public var outputs: [OutputSpecification]
  /// Where the estimation starts; what is not given is found from the data.
  public var start: PopulationValues?
  /// Further starts of the user's, with what they leave out as in `start`.
  public var otherStarts: [PopulationValues] = []
  /// What keeps its start value.
  public var fixed: FixedParameters

  /// The residual error of the only output, or of the first.
  public var residualError: ResidualErrorModel { outputs[0].error }
}

/// A model as its user wrote it.
public struct EquationText: Sendable, Equatable {
  public var text: String
  /// The file that it stands in, for messages; `nil`: the job file itself.
  public var path: String?
  /// Place of the first character, from 1; lines of a block begin at the same column.
  public var line: Int
  public var column: Int
}

/// One parameter of the structure that varies between subjects.
public struct RandomEffectSpecification: Sendable, Equatable {
  public var name: String
  public var distribution: EffectDistribution
  public var membership: EffectMembership
  /// What its mean depends on.
  public var covariates: [CovariateSpecification] = []
  /// Occasions between which it varies, too.
  public var occasions: OccasionSpecification?

  public init(name: String, distribution: EffectDistribution, membership: EffectMembership) {
    self.name = name
    self.distribution = distribution
    self.membership = membership
  }
}

/// Variation of an effect between the occasions of a subject.
public struct OccasionSpecification: Sendable, Equatable {
  /// The covariate that tells the occasion, and its values.
  public var covariate: Located<String>
  public var values: [Double]
}

/// A parameter of the structure that does not vary between subjects.
public struct FixedEffectSpecification: Sendable, Equatable {
  public var name: String
  public var distribution: EffectDistribution
  public var isPerComponent: Bool
}

/// A covariate that a mean or the weights depend on.
public struct CovariateSpecification: Sendable, Equatable {
  public var name: Located<String>
  public var transform: CovariateTransform
  public var isPerComponent: Bool
}

/// One kind of measurement.
public struct OutputSpecification: Sendable, Equatable {
  /// `nil` if it is the only one and has no name.
  public var name: Located<String>?
  /// Under DVID; 0 if it is the only one.
  public var number: Int
  public var error: ResidualErrorModel
  public var isPerComponent: Bool
}
