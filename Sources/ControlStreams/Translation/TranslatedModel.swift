/// A parameter without a random effect.
struct FixedEffect {
  var name: String
  /// A THETA, or one or a number for each component.
  var leaf: Value
  var distribution: String
  var bounds: (Double, Double)?
  /// One, or one for each component.
  var starts: [Double]
  var isFixed: [Bool]

  var isPerComponent: Bool { starts.count > 1 }
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
  var censoringColumn: String?
  var limit: Double?
  /// In the order of their assignment.
  var variables: [(name: String, value: Value)] = []
  var mixtureEffects: Set<String> = []
  var isMixtureFull = false
  var isSharedFull = false
  var hasEqualCovariances = false
  var weights: [Double] = []
  var hasFixedWeights = false
  /// Covariates of the weights, with how they count.
  var weightCovariates: [(name: String, form: String)] = []
  /// THETAs as expressions of weights.
  var weightThetas: [Int: String] = [:]
  var notes: [String] = []
  var places: (Value) -> Position? = { _ in nil }
  var placeOfVariable: (String) -> Position? = { _ in nil }

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
