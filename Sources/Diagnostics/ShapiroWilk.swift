import NumericKernels

import func Glibc.asin

/// Shapiro and Wilk's W and its p-value: P. Royston, "Remark AS R94: a remark on algorithm AS 181:
/// the W-test for normality", Appl Stat 44 (1995) 547–551, for 3 to 5000 numbers.
/// - Returns: `nil` for fewer numbers or if all are the same.
package func shapiroWilk(_ values: [Double]) -> (w: Double, pValue: Double)? {
  let n = values.count
  guard n >= 3 else { return nil }
  let sorted = values.sorted()
  let mean = sorted.reduce(0, +) / Double(n)
  let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  guard squares > 0, squares.isFinite else { return nil }
  let weights = shapiroWilkWeights(n)
  var product = 0.0
  for i in weights.indices { product += weights[i] * (sorted[n - 1 - i] - sorted[i]) }
  let w = min(1, product * product / squares)
  return (w, shapiroWilkPValue(w, count: n))
}

/// The weights of the differences largest − smallest, second largest − second smallest, …
private func shapiroWilkWeights(_ n: Int) -> [Double] {
  let half = n / 2
  guard n > 3 else { return [Double(0.5).squareRoot()] }
  // Blom's approximation of the expected order statistics, of which the smallest are below 0.
  let m = (1...half).map { i in
    normalQuantile(Lanes.all((Double(i) - 0.375) / (Double(n) + 0.25)))[0]
  }
  let squares = 2 * m.reduce(0) { $0 + $1 * $1 }
  let norm = squares.squareRoot()
  let u = 1 / Double(n).squareRoot()
  let first =
    polynomial([0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056], u) - m[0] / norm
  guard n > 5 else {
    let rest = ((squares - 2 * m[0] * m[0]) / (1 - 2 * first * first)).squareRoot()
    return [first] + m.dropFirst().map { -$0 / rest }
  }
  let second =
    polynomial([0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633], u) - m[1] / norm
  let rest =
    ((squares - 2 * m[0] * m[0] - 2 * m[1] * m[1])
    / (1 - 2 * first * first - 2 * second * second)).squareRoot()
  return [first, second] + m.dropFirst(2).map { -$0 / rest }
}

private func shapiroWilkPValue(_ w: Double, count n: Int) -> Double {
  let size = Double(n)
  if n == 3 {
    return max(0, 6 / Double.pi * (asin(w.squareRoot()) - asin(Double(0.75).squareRoot())))
  }
  guard w < 1 else { return 1 }
  var y = log(1 - w)
  let logSize = log(size)
  let centre: Double
  let spread: Double
  if n <= 11 {
    let gamma = polynomial([-2.273, 0.459], size)
    guard y < gamma else { return 0 }
    y = -log(gamma - y)
    centre = polynomial([0.544, -0.39978, 0.025054, -6.714e-4], size)
    spread = exp(polynomial([1.3822, -0.77857, 0.062767, -0.0020322], size))
  } else {
    centre = polynomial([-1.5861, -0.31082, -0.083751, 0.0038915], logSize)
    spread = exp(polynomial([-0.4803, -0.082676, 0.0030302], logSize))
  }
  return normalDistribution(Lanes.all((centre - y) / spread))[0]
}

private func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
  coefficients.reversed().reduce(0) { $0 * x + $1 }
}
