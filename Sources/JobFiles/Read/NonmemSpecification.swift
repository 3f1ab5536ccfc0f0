/// How the outputs in NONMEM's formats are called, numbered and what tables there are.
public struct NonmemSpecification: FormatSpecification {
  /// What an ETA stands for.
  public enum Eta: Sendable, Equatable {
    /// A random effect, or that of one component with a covariance of its own (`k.1`).
    case effect(String, occasion: Located<Double>?, scale: Located<String>?)
    /// Nothing of the model: a variance that is fixed.
    case variance(Double)
  }

  /// A file as NONMEM's `$TABLE` asks for it.
  public struct Table: Sendable, Equatable {
    public enum Header: String, Sendable, CaseIterable {
      /// A title and the names of the columns every 900 rows.
      case each
      /// At the beginning.
      case once
      case none
    }

    /// Relative to the folder of the other files.
    public var file: Located<String>
    public var columns: [Located<String>]
    public var header: Header
    /// Whether there is only the first row of each subject.
    public var isFirstOnly: Bool
  }

  /// Path without the ending, relative to the job file's folder; `nil` for the default.
  public var root: Located<String>?
  /// Expressions of parameters, and numbers; `nil` for the default, as the others.
  public var theta: [Located<String>]?
  public var eta: [Located<Eta>]?
  public var sigma: [Located<String>]?
  public var tables: [Table] = []

  public var needsObservations: Bool { !tables.isEmpty }

  public init() {}
}

extension JobFile {
  /// Outputs in NONMEM's formats; nil if none are asked for.
  public var nonmem: NonmemSpecification? {
    get { formats["nonmem"] as? NonmemSpecification }
    set { formats["nonmem"] = newValue }
  }
}
