/// What a value is computed by, from at most three others.
enum Operation: UInt8, CaseIterable {
  // Inputs; the first operand is their place.
  case constant, parameter, covariate, time, timeAfterDose, dose, amount
  // Of one value.
  case negate, not, absolute, squareRoot, floor, ceiling, reciprocal
  case exp, expm1, log, log1p, log2, log10, sin, cos, tan, tanh, logistic, logit
  case normalDistribution, gamma, logGamma
  // Of two.
  case add, subtract, multiply, divide, power, minimum, maximum
  case less, lessEqual, equal, notEqual, and, or
  // Of three: a·b + c, a·b − c, c − a·b; a ≠ 0 ? b : c.
  case multiplyAdd, multiplySubtract, subtractProduct, select
  /// e^(a·b), where a does not depend on time and b on nothing but the records: by chains of
  /// powers.
  case decay

  var operandCount: Int {
    switch self {
    case .constant, .parameter, .covariate, .time, .timeAfterDose, .dose, .amount: 0
    case .negate, .not, .absolute, .squareRoot, .floor, .ceiling, .reciprocal: 1
    case .exp, .expm1, .log, .log1p, .log2, .log10, .sin, .cos, .tan, .tanh, .logistic, .logit: 1
    case .normalDistribution, .gamma, .logGamma: 1
    case .multiplyAdd, .multiplySubtract, .subtractProduct, .select: 3
    default: 2
    }
  }

  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .equal, .notEqual, .and, .or: true
    default: false
    }
  }
}

/// The functions of the language by their names.
enum FunctionTable {
  struct Entry {
    var operation: Operation
    var arguments: ClosedRange<Int>
  }

  static let functions: [String: Entry] = [
    "exp": Entry(operation: .exp, arguments: 1...1),
    "expm1": Entry(operation: .expm1, arguments: 1...1),
    "log": Entry(operation: .log, arguments: 1...1),
    "ln": Entry(operation: .log, arguments: 1...1),
    "log1p": Entry(operation: .log1p, arguments: 1...1),
    "log2": Entry(operation: .log2, arguments: 1...1),
    "log10": Entry(operation: .log10, arguments: 1...1),
    "sqrt": Entry(operation: .squareRoot, arguments: 1...1),
    "abs": Entry(operation: .absolute, arguments: 1...1),
    "floor": Entry(operation: .floor, arguments: 1...1),
    "ceil": Entry(operation: .ceiling, arguments: 1...1),
    "sin": Entry(operation: .sin, arguments: 1...1),
    "cos": Entry(operation: .cos, arguments: 1...1),
    "tan": Entry(operation: .tan, arguments: 1...1),
    "tanh": Entry(operation: .tanh, arguments: 1...1),
    "expit": Entry(operation: .logistic, arguments: 1...1),
    "logit": Entry(operation: .logit, arguments: 1...1),
    "phi": Entry(operation: .normalDistribution, arguments: 1...1),
    "gamma": Entry(operation: .gamma, arguments: 1...1),
    "lgamma": Entry(operation: .logGamma, arguments: 1...1),
    "pow": Entry(operation: .power, arguments: 2...2),
    "min": Entry(operation: .minimum, arguments: 2...16),
    "max": Entry(operation: .maximum, arguments: 2...16),
    "ifelse": Entry(operation: .select, arguments: 3...3),
  ]

  /// The call of a library model.
  static let libraryCall = "linCmt"

  /// What has meaning before an opening parenthesis only, and may be a variable elsewhere.
  static let properties: [String: CompartmentProperty] = [
    "lag": .lag, "alag": .lag, "f": .bioavailability, "rate": .rate, "dur": .duration,
  ]

  /// Other spellings that people bring along.
  static let synonyms: [String: String] = [
    "alog": "log", "dexp": "exp", "dlog": "log", "inv_logit": "expit", "invlogit": "expit",
    "logistic": "expit", "pnorm": "phi", "normcdf": "phi", "power": "pow", "ceiling": "ceil",
    "fabs": "abs", "dabs": "abs", "gammaln": "lgamma", "log_gamma": "lgamma", "square": "pow",
    "lincmt": "linCmt", "if_else": "ifelse", "where": "ifelse", "probit": "phi",
  ]
}

/// What a model says of a compartment beside its equation.
package enum CompartmentProperty: Int, Sendable, CaseIterable {
  /// The amount at the start.
  case initial
  /// Time from the administration of a dose to its arrival.
  case lag
  /// The share of a dose that arrives.
  case bioavailability
  /// Rate of infusions whose RATE is −1.
  case rate
  /// Duration of infusions whose RATE is −2.
  case duration

  /// How it is written.
  func text(_ compartment: String) -> String {
    switch self {
    case .initial: "\(compartment)(0)"
    case .lag: "lag(\(compartment))"
    case .bioavailability: "f(\(compartment))"
    case .rate: "rate(\(compartment))"
    case .duration: "dur(\(compartment))"
    }
  }
}
