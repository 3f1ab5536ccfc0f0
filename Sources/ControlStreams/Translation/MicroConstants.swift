/// Rate constants between compartments, from the parameters of a linear model.
struct MicroConstants {
  private let subroutine: Subroutine
  /// Values of parameters by their names.
  private let given: [String: Value]

  init(_ subroutine: Subroutine, _ given: [String: Value]) {
    self.subroutine = subroutine
    self.given = given
  }

  func at(_ name: String) -> Value { given[name] ?? .zero }

  /// k, k12, k21, k13, k31 as arguments of `linCmt`.
  var arguments: [NamedValue] {
    let values =
      switch subroutine.advan {
      case 1, 2: oneCompartment
      case 3, 4: twoCompartments
      default: threeCompartments
      }
    return zip(["k", "k12", "k21", "k13", "k31"], values).map { NamedValue(name: $0, value: $1) }
  }

  /// NONMEM's names of k21, k31 and volumes, which a depot moves by one compartment.
  private var back2: Value { at(subroutine.hasDepot ? "K32" : "K21") }
  private var back3: Value { at(subroutine.hasDepot ? "K42" : "K31") }

  private func ratio(_ a: Value, _ b: Value) -> Value { .product(of: [a, .reciprocal(b)]) }

  private func difference(_ a: Value, _ b: Value...) -> Value {
    .sum(of: [a] + b.map(Value.negated))
  }

  /// k
  private var oneCompartment: [Value] {
    [subroutine.trans == 1 ? at("K") : ratio(at("CL"), at("V"))]
  }

  /// k, k12, k21
  private var twoCompartments: [Value] {
    switch subroutine.trans {
    case 1: return [at("K"), at(subroutine.hasDepot ? "K23" : "K12"), back2]
    case 3:
      let peripheral = difference(at("VSS"), at("V"))
      return [
        ratio(at("CL"), at("V")), ratio(at("Q"), at("V")), ratio(at("Q"), peripheral),
      ]
    case 4:
      let (v, other) = subroutine.hasDepot ? (at("V2"), at("V3")) : (at("V1"), at("V2"))
      return [ratio(at("CL"), v), ratio(at("Q"), v), ratio(at("Q"), other)]
    default:
      let (alpha, beta) = (at("ALPHA"), at("BETA"))
      // C = A·exp(−α t) + B·exp(−β t) with AOB = A/B.
      let back =
        subroutine.trans == 6
        ? back2
        : ratio(.sum(of: [.product(of: [at("AOB"), beta]), alpha]), .sum(of: [at("AOB"), .one]))
      let k = ratio(.product(of: [alpha, beta]), back)
      return [k, difference(.sum(of: [alpha, beta]), back, k), back]
    }
  }

  /// k, k12, k21, k13, k31
  private var threeCompartments: [Value] {
    let hasDepot = subroutine.hasDepot
    switch subroutine.trans {
    case 1:
      let (out2, out3) = hasDepot ? (at("K23"), at("K24")) : (at("K12"), at("K13"))
      return [at("K"), out2, back2, out3, back3]
    case 4:
      let v = hasDepot ? at("V2") : at("V1")
      let (q2, v2) = hasDepot ? (at("Q3"), at("V3")) : (at("Q2"), at("V2"))
      let (q3, v3) = hasDepot ? (at("Q4"), at("V4")) : (at("Q3"), at("V3"))
      return [
        ratio(at("CL"), v), ratio(q2, v), ratio(q2, v2), ratio(q3, v), ratio(q3, v3),
      ]
    default:
      // From the exponents: sums and products of the roots of the system's polynomial.
      let (a, b, c) = (at("ALPHA"), at("BETA"), at("GAMMA"))
      let k = ratio(.product(of: [a, b, c]), .product(of: [back2, back3]))
      let total = Value.sum(of: [a, b, c])
      let pairs = Value.sum(of: [
        .product(of: [a, b]), .product(of: [a, c]), .product(of: [b, c]),
      ])
      let numerator = Value.sum(of: [
        pairs, .raised(back3, to: .number(2)), .negated(.product(of: [back3, total])),
        .negated(.product(of: [k, back2])),
      ])
      let out3 = ratio(numerator, difference(back2, back3))
      return [k, difference(total, k, out3, back2, back3), back2, out3, back3]
    }
  }
}
