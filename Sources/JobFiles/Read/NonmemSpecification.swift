/// How the outputs in NONMEM's formats are called, numbered and what tables there are.
package struct NonmemSpecification: FormatSpecification {
  /// What an ETA stands for.
  package enum Eta: Sendable, Equatable {
    /// A random effect, or that of one component with a covariance of its own (`k.1`).
    case effect(String, occasion: Located<Double>?, scale: Located<String>?)
    /// Nothing of the model: a variance that is fixed.
    case variance(Double)
  }

  /// A file as NONMEM's `$TABLE` asks for it.
  package struct Table: Sendable, Equatable {
    package enum Header: String, Sendable, CaseIterable {
      /// A title and the names of the columns every 900 rows.
      case each
      /// At the beginning.
      case once
      case none
    }

    /// Relative to the folder of the other files.
    package var file: Located<String>
    package var columns: [Located<String>]
    package var header: Header
    /// Whether there is only the first row of each subject.
    package var isFirstOnly: Bool
  }

  /// Path without the ending, relative to the job file's folder; `nil` for the default.
  package var root: Located<String>?
  /// Expressions of parameters, and numbers; `nil` for the default, as the others.
  package var theta: [Located<String>]?
  package var eta: [Located<Eta>]?
  package var sigma: [Located<String>]?
  package var tables: [Table] = []

  package var needsObservations: Bool { !tables.isEmpty }

  package init() {}
}

extension JobFile {
  /// Outputs in NONMEM's formats; nil if none are asked for.
  package var nonmem: NonmemSpecification? {
    get { formats["nonmem"] as? NonmemSpecification }
    set { formats["nonmem"] = newValue }
  }
}
