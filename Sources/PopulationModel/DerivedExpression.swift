/// A function of the parameters that a user wants to see, such as a half-life.
public struct DerivedExpression: Sendable {
  /// What it is called.
  public let name: String
  /// What it is a function of: names of the tables of parameters, for a function of each component
  /// without the component's number where the parameter has one.
  public let inputs: [String]
  /// Whether each component has its own value.
  public let isPerComponent: Bool
  /// The function, of the values of `inputs`.
  public let value: @Sendable ([Double]) -> Double

  public init(
    name: String, inputs: [String], isPerComponent: Bool,
    value: @escaping @Sendable ([Double]) -> Double
  ) {
    self.name = name
    self.inputs = inputs
    self.isPerComponent = isPerComponent
    self.value = value
  }
}
