/// One record of a control stream: `$NAME` and what stands behind it.
struct ControlRecord: Sendable {
  /// A line without its comment.
  struct Line: Sendable {
    var number: Int
    /// The column of its first character.
    var column: Int
    var text: String
  }

  var kind: RecordKind
  /// The position of the `$`.
  var position: Position
  /// The name as written, with `$`.
  var name: String
  /// The rest of the first line, and the lines that follow; continued ones (`&`) are one.
  var lines: [Line]

  /// All lines as one.
  var text: String { lines.map(\.text).joined(separator: " ") }
}

/// The records that are known.
enum RecordKind: String, CaseIterable, Sendable {
  case problem = "PROBLEM"
  case input = "INPUT"
  case data = "DATA"
  case subroutines = "SUBROUTINES"
  case model = "MODEL"
  case parameters = "PK"
  case predictions = "PRED"
  case derivatives = "DES"
  case error = "ERROR"
  case mixture = "MIX"
  case theta = "THETA"
  case omega = "OMEGA"
  case sigma = "SIGMA"
  case prior = "PRIOR"
  case priorTheta = "THETAP"
  case priorThetaVariance = "THETAPV"
  case priorOmega = "OMEGAP"
  case priorOmegaDegrees = "OMEGAPD"
  case estimation = "ESTIMATION"
  case covariance = "COVARIANCE"
  case table = "TABLE"
  case sizes = "SIZES"
  case abbreviated = "ABBREVIATED"
  case simulation = "SIMULATION"
  case scatter = "SCATTERPLOT"
  case warnings = "WARNINGS"
  case format = "FORMAT"
  case thetaNames = "THETAI"
  case control = "CONTR"

  /// Names that are no beginnings of the full one.
  private static let others: [String: RecordKind] = [
    "SUBS": .subroutines, "ESTM": .estimation, "ESTIMATE": .estimation, "SIML": .simulation,
    "COVR": .covariance, "PRO": .problem, "INFILE": .data, "SCAT": .scatter, "TOL": .subroutines,
  ]

  /// The record of a name without `$`, or of a beginning of it with at least three letters.
  init?(name: String) {
    let name = name.uppercased()
    if let kind = Self(rawValue: name) ?? Self.others[name] {
      self = kind
      return
    }
    guard name.count >= 3, let kind = Self.allCases.first(where: { $0.rawValue.hasPrefix(name) })
    else { return nil }
    self = kind
  }
}
