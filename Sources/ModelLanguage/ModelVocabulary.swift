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

/// A linear model that `linCmt` may mean.
public struct LibraryModel: Sendable, Equatable {
  /// What flows between two compartments: amount · rate, with the rate being a parameter, or a
  /// clearance over a volume.
  public struct Flow: Sendable, Equatable {
    /// Compartments, from 0.
    public var source: Int
    /// None: out of the body.
    public var target: Int?
    /// Places of parameters.
    public var rate: Int
    public var volume: Int?

    public init(from source: Int, to target: Int?, rate: Int, over volume: Int? = nil) {
      self.source = source
      self.target = target
      self.rate = rate
      self.volume = volume
    }
  }

  /// Names of its parameters, in the order in which it takes them.
  public var parameters: [String]
  /// Names of its compartments, the first being number 1 in data sets.
  public var compartments: [String]
  /// The compartment, from 0, whose concentration is the value of the call.
  public var observed: Int
  /// Place of the parameter that turns its amount into a concentration; none: the amount is one.
  public var volume: Int?
  /// The model as differential equations; empty: there are none.
  public var flows: [Flow]

  public init(
    parameters: [String], compartments: [String], observed: Int, volume: Int?, flows: [Flow] = []
  ) {
    self.parameters = parameters
    self.compartments = compartments
    self.observed = observed
    self.volume = volume
    self.flows = flows
  }
}
