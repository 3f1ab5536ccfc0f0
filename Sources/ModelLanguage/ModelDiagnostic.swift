/// One fault of a model's text, or a warning, with its place.
public struct ModelDiagnostic: Sendable, Equatable, CustomStringConvertible {
  public enum Severity: Sendable, Equatable {
    /// The model cannot be used.
    case error
    /// It can, and may not mean what was wanted.
    case warning
  }

  public var severity: Severity
  /// From 1.
  public var line: Int
  /// In characters, from 1.
  public var column: Int
  /// In characters; 1 at the end of the text.
  public var length: Int
  /// What was found, what was expected and what to do.
  public var message: String

  public init(severity: Severity, line: Int, column: Int, length: Int, message: String) {
    self.severity = severity
    self.line = line
    self.column = column
    self.length = length
    self.message = message
  }

  public var description: String { "\(line):\(column): \(message)" }
}

/// The faults of a model's text, in the order of their places; at least one and at most `limit`.
public struct ModelTextError: Error, Sendable, Equatable, CustomStringConvertible {
  /// More faults of one text are not told.
  public static let limit = 20

  public var diagnostics: [ModelDiagnostic]

  public init(diagnostics: [ModelDiagnostic]) { self.diagnostics = diagnostics }

  public var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}

/// Bounds on the size of a model's text, which keep time and memory small for any text.
public enum ModelLimits {
  /// Of the text.
  public static let bytes = 1 << 20
  /// Of a name.
  public static let nameLength = 128
  /// Operators, functions, numbers and names of all expressions together.
  public static let nodes = 1 << 15
  /// Parentheses, signs and powers inside each other.
  public static let depth = 128
  /// `if` inside `if`, and branches of one `if`.
  public static let branches = 64
  /// Differential equations.
  public static let compartments = 256
}
