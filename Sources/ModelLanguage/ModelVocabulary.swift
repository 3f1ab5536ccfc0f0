/// What the equations of a model may refer to, and what is wanted of them.
public struct ModelVocabulary: Sendable {
  /// The parameters of a subject, in natural units.
  public var parameters: [String]
  /// Covariates of the records.
  public var covariates: [String]
  /// What is predicted; empty: the value that is assigned last.
  public var outputs: [String]
  /// The models that `linCmt` may mean.
  public var library: [LibraryModel]

  public init(
    parameters: [String], covariates: [String] = [], outputs: [String] = [],
    library: [LibraryModel] = []
  ) {
    self.parameters = parameters
    self.covariates = covariates
    self.outputs = outputs
    self.library = library
  }
}

/// A model in closed form that `linCmt` may mean.
public struct LibraryModel: Sendable, Equatable {
  /// Names of its parameters, in the order in which it takes them.
  public var parameters: [String]
  /// Names of its compartments, the first being number 1 in data sets.
  public var compartments: [String]
  /// The compartment whose concentration is the value of the call.
  public var observed: String
  /// The parameter that turns its amount into a concentration.
  public var volume: String

  public init(parameters: [String], compartments: [String], observed: String, volume: String) {
    self.parameters = parameters
    self.compartments = compartments
    self.observed = observed
    self.volume = volume
  }
}
