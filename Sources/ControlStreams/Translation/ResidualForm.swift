/// The residual error of one output.
struct ResidualForm {
  /// A standard deviation: factor · θ^exponent · √SIGMA(i,i), with one of θ and SIGMA, or none,
  /// that is estimated.
  struct Part {
    var factor: Double
    var theta: Value?
    var exponent: Double
    var epsilon: Int

    var thetas: [Int] { theta?.leafThetas ?? [] }
  }

  enum Kind: String {
    case additive, proportional, combined, power
    case combinedDeviations = "combined-sd"
  }

  var kind: Kind
  var additive: Part?
  /// The part that is a factor of the prediction, or of a power of it.
  var proportional: Part?
  /// The THETA that is the exponent, of the kind `power`.
  var power: Value?

  var parts: [Part] { [additive, proportional].compactMap { $0 } }
  /// The leaves in it that are THETAs.
  var thetas: [Value] { parts.compactMap(\.theta) + (power.map { [$0] } ?? []) }
}

/// One output: its prediction, and how observations scatter about it.
struct OutputForm {
  var name: String
  /// The number of DVID; `nil` of the only output.
  var number: Int?
  var prediction: Value
  var residual: ResidualForm
}

extension ResidualForm.Part {
  /// The part of a standard deviation that is multiplied by a number, whose sign means nothing.
  func scaled(_ factor: Double) -> ResidualForm.Part {
    var part = self
    part.factor *= abs(factor)
    return part
  }
}
