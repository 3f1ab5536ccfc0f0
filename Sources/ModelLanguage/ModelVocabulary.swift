/// What the equations of a model may refer to, and what is wanted of them.
package struct ModelVocabulary: Sendable {
  /// The parameters of a subject, in natural units.
  package var parameters: [String]
  /// Covariates of the records.
  package var covariates: [String]
  /// What is predicted; empty: the value that is assigned last.
  package var outputs: [String]
  /// The models that `linCmt` may mean.
  package var library: [LibraryModel]

  package init(
    parameters: [String], covariates: [String] = [], outputs: [String] = [],
    library: [LibraryModel] = []
  ) {
    self.parameters = parameters
    self.covariates = covariates
    self.outputs = outputs
    self.library = library
  }
}

/// A linear model that `linCmt` may mean.
package struct LibraryModel: Sendable, Equatable {
  /// What flows between two compartments: amount · rate, with the rate being a parameter, or a
  /// clearance over a volume.
  package struct Flow: Sendable, Equatable {
    /// Compartments, from 0.
    package var source: Int
    /// None: out of the body.
    package var target: Int?
    /// Places of parameters.
    package var rate: Int
    package var volume: Int?

    package init(from source: Int, to target: Int?, rate: Int, over volume: Int? = nil) {
      self.source = source
      self.target = target
      self.rate = rate
      self.volume = volume
    }
  }

  /// Names of its parameters, in the order in which it takes them.
  package var parameters: [String]
  /// Names of its compartments, the first being number 1 in data sets.
  package var compartments: [String]
  /// The compartment, from 0, whose concentration is the value of the call.
  package var observed: Int
  /// Place of the parameter that turns its amount into a concentration; none: the amount is one.
  package var volume: Int?
  /// The model as differential equations; empty: there are none.
  package var flows: [Flow]

  package init(
    parameters: [String], compartments: [String], observed: Int, volume: Int?, flows: [Flow] = []
  ) {
    self.parameters = parameters
    self.compartments = compartments
    self.observed = observed
    self.volume = volume
    self.flows = flows
  }
}
