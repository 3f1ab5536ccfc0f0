/// One fault of a model's text, or a warning, with its place.
package struct ModelDiagnostic: Sendable, Equatable, CustomStringConvertible {
  package enum Severity: Sendable, Equatable {
    /// The model cannot be used.
    case error
    /// It can, and may not mean what was wanted.
    case warning
  }

  package var severity: Severity
  /// From 1.
  package var line: Int
  /// In characters, from 1.
  package var column: Int
  /// In characters; 1 at the end of the text.
  package var length: Int
  /// What was found, what was expected and what to do.
  package var message: String

  package init(severity: Severity, line: Int, column: Int, length: Int, message: String) {
    self.severity = severity
    self.line = line
    self.column = column
    self.length = length
    self.message = message
  }

  package var description: String { "\(line):\(column): \(message)" }
}

/// The faults of a model's text, in the order of their places; at least one and at most `limit`.
package struct ModelTextError: Error, Sendable, Equatable, CustomStringConvertible {
  /// More faults of one text are not told.
  package static let limit = 20

  package var diagnostics: [ModelDiagnostic]

  package init(diagnostics: [ModelDiagnostic]) { self.diagnostics = diagnostics }

  package var description: String {
    diagnostics.map(\.description).joined(separator: "\n")
  }
}

/// Bounds on the size of a model's text, which keep time and memory small for any text.
package enum ModelLimits {
  /// Of the text.
  package static let bytes = 1 << 20
  /// Of a name.
  package static let nameLength = 128
  /// Operators, functions, numbers and names of all expressions together.
  package static let nodes = 1 << 15
  /// Parentheses, signs and powers inside each other.
  package static let depth = 128
  /// `if` inside `if`, and branches of one `if`.
  package static let branches = 64
  /// Differential equations.
  package static let compartments = 256
}
