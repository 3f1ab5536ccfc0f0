/// What happens in the body, as statements of the model language.
struct Kinetics {
  /// A statement whose target is no variable, such as `lag(depot)`.
  struct Statement {
    var target: String
    var value: Value
  }

  /// Compartments in the control stream's order.
  var compartments: [String] = []
  /// The arguments of `linCmt`; none of differential equations.
  var linear: [NamedValue] = []
  var derivatives: [Statement] = []
  /// What is said of compartments: bioavailability, lag, initial amounts.
  var properties: [Statement] = []
  /// What F is in `$ERROR`.
  var prediction: Value = .name("F")
  /// The compartment that F is of, from 1.
  var observed = 1
  /// What amounts are, in the order of the compartments.
  var amounts: [Value] = []
}

extension Kinetics {
  /// The name of `linCmt`'s value.
  static let linearName = "F"

  /// Bioavailability, lag, rate and duration of what enters compartments.
  mutating func addProperties(_ value: (String) -> Value?) {
    for (index, name) in compartments.enumerated() {
      for (prefix, property) in [("F", "f"), ("ALAG", "lag"), ("R", "rate"), ("D", "dur")] {
        if let one = value("\(prefix)\(index + 1)") {
          properties.append(Statement(target: "\(property)(\(name))", value: one))
        }
      }
    }
  }

  /// Names that the model language has for something else.
  private static let taken: Set<String> = [
    "t", "time", "dose", "tad", "pi", "f", "lag", "alag", "rate", "dur", "if", "else", "and", "or",
    "not", "exp", "log", "ln", "gamma", "phi", "min", "max",
  ]

  /// Names of compartments, made of those of `$MODEL`.
  static func names(_ list: CompartmentList) -> [String] {
    var names: [String] = []
    for (index, name) in list.names.enumerated() {
      let plain = String(name.lowercased().map { $0.isLetter || $0.isASCIIDigit ? $0 : "_" })
      let isName = plain.first?.isLetter == true && !taken.contains(plain) && !names.contains(plain)
      names.append(isName ? plain : "comp\(index + 1)")
    }
    return names
  }
}
