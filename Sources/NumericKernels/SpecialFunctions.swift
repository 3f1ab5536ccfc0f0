import Glibc

/// P(a, x), the regularised lower incomplete gamma function: by its series for x < a + 1, else by
/// the continued fraction of its complement (W. H. Press et al., Numerical Recipes, 3rd ed, section
/// 6.2). Relative error about 10⁻¹³ in the smaller tail.
package func gammaLower(shape a: Double, _ x: Double) -> Double {
  guard x > 0 else { return 0 }
  let front = exp(a * log(x) - x - logGamma(a))
  if x < a + 1 {
    var term = 1 / a
    var sum = term
    var n = a
    while term > sum * 1e-17 {
      n += 1
      term *= x / n
      sum += term
    }
    return front * sum
  }
  return 1 - front / continued(x + 1 - a) { i in (-i * (i - a), x + 2 * i + 1 - a) }
}

/// Two-sided p-value of Student's t, I_x(ν/2, ½) with x = ν/(ν + t²).
package func studentTwoSided(_ t: Double, degrees: Double) -> Double {
  guard t.isFinite else { return t.isNaN ? .nan : 0 }
  let square = t * t
  return betaLower(
    degrees / 2, 0.5, degrees / (degrees + square), complement: square / (degrees + square))
}

/// The quantile of Student's t at a probability of at least ½, to 10⁻¹² of itself; that of the
/// normal distribution for infinitely many degrees of freedom.
package func studentQuantile(_ probability: Double, degrees: Double) -> Double {
  guard degrees.isFinite else { return normalQuantile(Lanes.all(probability))[0] }
  let tails = 2 * (1 - probability)
  var low = 0.0
  var high = 2.0
  while studentTwoSided(high, degrees: degrees) > tails, high < 1e12 {
    low = high
    high *= 2
  }
  while high - low > 1e-12 * high {
    let middle = 0.5 * (low + high)
    if middle == low || middle == high { break }
    if studentTwoSided(middle, degrees: degrees) > tails { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}

/// I_x(a, b), the regularised incomplete beta function, by its continued fraction (Numerical
/// Recipes, 3rd ed, section 6.4).
private func betaLower(_ a: Double, _ b: Double, _ x: Double, complement y: Double) -> Double {
  guard x > 0 else { return 0 }
  guard y > 0 else { return 1 }
  if x > (a + 1) / (a + b + 2) { return 1 - betaLower(b, a, y, complement: x) }
  let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(y))
  let fraction = continued(1) { n in
    let m = (n / 2).rounded(.down)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return (n.truncatingRemainder(dividingBy: 2) == 0 ? even : odd, 1)
  }
  return front / (a * fraction)
}

/// b₀ + a₁/(b₁ + a₂/(b₂ + …)) by the modified method of Lentz.
private func continued(_ first: Double, _ term: (Double) -> (a: Double, b: Double)) -> Double {
  let tiny = 1e-300
  var value = first == 0 ? tiny : first
  var c = value
  var d = 0.0
  var n = 1.0
  while n < 1e6 {
    let (a, b) = term(n)
    d = b + a * d
    d = 1 / (d == 0 ? tiny : d)
    c = b + a / c
    if c == 0 { c = tiny }
    let change = c * d
    value *= change
    if abs(change - 1) < 1e-15 { break }
    n += 1
  }
  return value
}

private func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}
