/// Why a job cannot be run as it was written.
package enum JobError: Error, Equatable, Sendable {
  /// The job file cannot be opened or read at all; `reason` is the system's.
  case unreadable(path: String, reason: String)
  /// The job file was read and has these faults, in the order of their places; at least one.
  case invalid([JobDiagnostic])
}

extension JobError: CustomStringConvertible {
  /// One line per fault, each `path:line:column: sentence`.
  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): the job file cannot be read (\(reason)); check its name and its permissions."
    case .invalid(let diagnostics):
      diagnostics.map(\.description).joined(separator: "\n")
    }
  }
}

/// One fault of a job file and its place.
package struct JobDiagnostic: Equatable, Sendable, CustomStringConvertible {
  /// Path of the job file, as it was given.
  package let path: String
  /// Line of the fault, counted from 1.
  package let line: Int
  /// Column of the fault in characters, counted from 1.
  package let column: Int
  /// What was found, what was expected and, when known, what to do.
  package let message: String

  /// - Parameters:
  ///   - path: path of the job file, as it was given.
  ///   - line: line of the fault, counted from 1.
  ///   - column: column of the fault in characters, counted from 1.
  ///   - message: a sentence in the form "what was found, what was expected; what to do."
  package init(path: String, line: Int, column: Int, message: String) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
  }

  /// `path:line:column: message`.
  package var description: String { "\(path):\(line):\(column): \(message)" }
}
