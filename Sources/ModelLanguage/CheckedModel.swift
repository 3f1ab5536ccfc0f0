/// The meaning of a text: its values, and which of them are what.
struct CheckedModel {
  /// A model's compartments and what is computed for each of them.
  struct Compartment {
    var name: String
    /// dA/dt; none in a library model.
    var derivative: Int?
    /// By `CompartmentProperty`; none: the usual value.
    var properties: [Int?]
  }

  /// A library model and the values of its parameters.
  struct LibraryUse {
    /// Place in the vocabulary.
    var model: Int
    var parameters: [Int]
    /// The value of the call.
    var concentration: Int
  }

  var graph = ValueGraph()
  var compartments: [Compartment] = []
  var library: LibraryUse?
  var outputs: [(name: String, value: Int)] = []
  /// Partial derivatives ∂(dAᵢ/dt)/∂Aⱼ by the index j·n + i; those that are left out are 0.
  var partials: [(index: Int, value: Int)] = []
  var hasPartials = false
  var warnings: [ModelDiagnostic] = []

  /// All values that somebody asks for.
  var roots: [Int] {
    outputs.map(\.value) + (library?.parameters ?? [])
      + compartments.flatMap { ([$0.derivative] + $0.properties).compactMap { $0 } }
  }
}
