/// A parameter without a random effect.
struct FixedEffect {
  /// Two finite bounds.
  struct Bounds {
    var lower: Double
    var upper: Double
  }

  var name: String
  /// A THETA, or one or a number for each component.
  var leaf: Value
  var distribution: String
  /// The bounds of a logit-normal parameter.
  var bounds: Bounds?
  /// Its start values; one, or one for each component.
  var starts: [Double]
  /// Whether it stays at its start value, likewise.
  var isFixed: [Bool]

  var isPerComponent: Bool { starts.count > 1 }
}

/// A covariate of the weights.
struct WeightCovariate {
  var name: String
  /// How it counts, as in a job.
  var form: String
}

/// What a job says of the model, before it is written.
struct TranslatedModel {
  var components: Int
  var forms: [RandomEffectForm] = []
  var fixedEffects: [FixedEffect] = []
  var kinetics: Kinetics?
  var outputs: [OutputForm] = []
  /// The column that says which output an observation is of.
  var outputColumn: String?
  /// The column that says which observations are below the limit of quantification.
  var censoringColumn: String?
  /// The limit of quantification, if it is a number in the code.
  var limit: Double?
  /// Variables of the code in the order of their assignment.
  var variables: [NamedValue] = []
  /// The names of the effects that are of the mixture.
  var mixtureEffects: Set<String> = []
  /// Whether the mixture's effects are correlated.
  var isMixtureFull = false
  /// Whether the shared effects are correlated.
  var isSharedFull = false
  var hasEqualCovariances = false
  /// The start values of the weights; none without `$MIX`.
  var weights: [Double] = []
  var hasFixedWeights = false
  var weightCovariates: [WeightCovariate] = []
  /// THETAs as expressions of weights.
  var weightThetas: [Int: String] = [:]
  var notes: [String] = []

  init(components: Int) { self.components = components }

  /// All values that the equations need.
  var roots: [Value] {
    (kinetics?.linear.map(\.value) ?? []) + (kinetics?.derivatives.map(\.value) ?? [])
      + (kinetics?.properties.map(\.value) ?? []) + outputs.map(\.prediction)
  }

  /// Puts parameters in the places of leaves.
  mutating func replaceLeaves(_ replacement: (Value) -> Value?) {
    func replaced(_ value: Value) -> Value { value.replacing(replacement) }
    if var kinetics {
      for i in kinetics.linear.indices {
        kinetics.linear[i].value = replaced(kinetics.linear[i].value)
      }
      for i in kinetics.derivatives.indices {
        kinetics.derivatives[i].value = replaced(kinetics.derivatives[i].value)
      }
      for i in kinetics.properties.indices {
        kinetics.properties[i].value = replaced(kinetics.properties[i].value)
      }
      self.kinetics = kinetics
    }
    for i in outputs.indices { outputs[i].prediction = replaced(outputs[i].prediction) }
    for i in variables.indices { variables[i].value = replaced(variables[i].value) }
  }
}
