package import DifferentialEquations
package import PopulationModel

/// What a subject's observations are drawn from.
package struct ModelSpecification: Sendable, Equatable {
  /// Name of the structure, one of the vocabulary; of a model that is written as equations
  /// `equations`.
  package var structure: Located<String>
  /// The text of the model, and how its lines stand in the job file or in a file of its own.
  package var equations: EquationText?
  /// Of differential equations.
  package var tolerances = SolverTolerances()
  /// The random effects in the order that holds everywhere.
  package var randomEffects: [Located<RandomEffectSpecification>]
  /// Parameters of the structure that do not vary between subjects.
  package var fixedEffects: [FixedEffect] = []
  /// What is measured, at least one; an only one may have a name here, which the model leaves out.
  package var outputs: [OutputModel]
  /// Where the estimation starts; what is not given is found from the data.
  package var start: PopulationValues?
  /// Further starts of the user's, with what they leave out as in `start`.
  package var otherStarts: [PopulationValues] = []
  /// What keeps its start value.
  package var fixed: FixedValues

  /// The residual error of the only output, or of the first.
  package var residualError: ResidualErrorModel { outputs[0].error }
}

/// A model as its user wrote it.
package struct EquationText: Sendable, Equatable {
  package var text: String
  /// The file that it stands in, for messages; `nil`: the job file itself.
  package var path: String?
  /// Place of the first character, from 1; lines of a block begin at the same column.
  package var line: Int
  package var column: Int
}

/// A random effect, and what stands beside it in the job file.
package struct RandomEffectSpecification: Sendable, Equatable {
  package var effect: RandomEffect
  /// What its mean depends on.
  package var covariates: [CovariateSpecification] = []
  /// Occasions between which it varies, too.
  package var occasions: OccasionSpecification?

  package var name: String { effect.name }
  package var distribution: EffectDistribution { effect.distribution }
  package var membership: EffectMembership { effect.membership }

  package init(
    effect: RandomEffect, covariates: [CovariateSpecification] = [],
    occasions: OccasionSpecification? = nil
  ) {
    self.effect = effect
    self.covariates = covariates
    self.occasions = occasions
  }
}

/// Variation of an effect between the occasions of a subject.
package struct OccasionSpecification: Sendable, Equatable {
  /// The covariate that tells the occasion, and its values.
  package var covariate: Located<String>
  package var values: [Double]
}

/// A covariate that a mean or the weights depend on.
package struct CovariateSpecification: Sendable, Equatable {
  package var name: Located<String>
  package var transform: CovariateTransform
  package var isPerComponent: Bool
}
