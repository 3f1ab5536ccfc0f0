/// One kind of measurement: what is observed of the structural model, and its residual error.
public struct OutputModel: Sendable, Equatable {
  /// What job files call it; `nil` if it is the only one.
  public let name: String?
  /// The number under DVID; 0 if it is the only one.
  public let number: Int
  public let error: ResidualErrorModel
  /// Whether each component has a residual error of its own.
  public let isPerComponent: Bool

  public init(
    name: String? = nil, number: Int = 0, error: ResidualErrorModel, isPerComponent: Bool = false
  ) {
    self.name = name
    self.number = number
    self.error = error
    self.isPerComponent = isPerComponent
  }
}
