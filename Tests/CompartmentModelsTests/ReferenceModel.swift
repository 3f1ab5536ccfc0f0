import Glibc

/// Differential equations of a mammillary model for one sample, written as they stand in textbooks,
/// and integrated by Taylor's series: f is linear, so x⁽ᵏ⁺¹⁾ = f(x⁽ᵏ⁾) without the infusions.
/// Nothing of it is shared with the library.
struct ReferenceModel {
  var hasDepot = false
  var ka = 0.0
  var k10 = 0.0
  /// k12, k21 and k13, k31.
  var exchange: [(out: Double, back: Double)] = []
  var volume = 1.0
  var peripheralVolumes: [Double] = []
  var lag = 0.0
  var bioavailability = 1.0
  var duration = 0.0
  var rate = 0.0

  var central: Int { hasDepot ? 1 : 0 }
  var compartmentCount: Int { central + 1 + exchange.count }

  func slope(_ x: [Double]) -> [Double] {
    var dx = [Double](repeating: 0, count: x.count)
    if hasDepot {
      dx[0] -= ka * x[0]
      dx[1] += ka * x[0]
    }
    dx[central] -= k10 * x[central]
    for (p, rates) in exchange.enumerated() {
      let peripheral = central + 1 + p
      dx[central] += rates.back * x[peripheral] - rates.out * x[central]
      dx[peripheral] += rates.out * x[central] - rates.back * x[peripheral]
    }
    return dx
  }

  /// No mode is slower than this, and none faster than the other: bounds by the coefficients of the
  /// characteristic polynomial.
  var slowest: Double {
    var bound = k10
    switch exchange.count {
    case 1: bound = k10 * exchange[0].back / (k10 + exchange[0].out + exchange[0].back)
    case 2:
      let (a, b) = (exchange[0], exchange[1])
      bound =
        k10 * a.back * b.back
        / (k10 * (a.back + b.back) + a.out * b.back + b.out * a.back + a.back * b.back)
    default: break
    }
    return hasDepot ? min(bound, ka) : bound
  }

  var fastest: Double { 2 * (ka + k10 + exchange.reduce(0) { $0 + $1.out + $1.back }) }

  /// Amounts after a time under constant infusions; steps so short that 20 terms leave 1e-19.
  func integrate(_ start: [Double], rates: [Double], time: Double) -> [Double] {
    guard time > 0 else { return start }
    let n = compartmentCount
    // Column c is the slope of a unit amount in compartment c.
    var matrix: [Double] = []
    for c in 0..<n { matrix += slope((0..<n).map { $0 == c ? 1 : 0 }) }
    let steps = max(1, (time * fastest).rounded(.up))
    let h = time / steps
    var x = start
    var term = x
    var next = x
    for _ in 0..<Int(steps) {
      for c in 0..<n { term[c] = x[c] }
      for k in 1...20 {
        for row in 0..<n {
          var sum = k == 1 ? rates[row] : 0
          for c in 0..<n { sum += matrix[c * n + row] * term[c] }
          next[row] = sum * h / Double(k)
        }
        for c in 0..<n {
          term[c] = next[c]
          x[c] += next[c]
        }
      }
    }
    return x
  }
}
