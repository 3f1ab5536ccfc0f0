import Estimation
import NumericKernels
import PopulationModel

/// The estimates of NONMEM's parameters, with their uncertainty by the delta method from that of
/// the free parameters of the fit.
struct NonmemEstimates: Sendable {
  let parameters: NonmemParameters
  let values: [Double]
  /// Whether a value does not depend on any free parameter: fixed ones, and zeros of the structure.
  let isFixed: [Bool]
  /// Of the estimates; `nil` without one of the free parameters.
  let covariance: SymmetricMatrix?
  /// Those that are free and not the same as an earlier one, as the variances of the second
  /// occasion and later are.
  let distinct: [Int]
  /// ∂(−½ objective)/∂ value; 0 where it does not follow from the derivatives in the free
  /// parameters.
  let gradient: [Double]

  /// - Parameters:
  ///   - covariance: of the estimates of the free parameters.
  ///   - score: the derivatives of log L in them.
  init(
    _ parameters: NonmemParameters, free: FreeParameters, at estimates: PopulationParameters,
    covariance: SymmetricMatrix?, score: [Double]
  ) {
    self.parameters = parameters
    let values = parameters.values(at: estimates)
    self.values = values
    let slopes = Self.slopes(parameters, free, estimates, covariance)
    let q = free.count
    let isFixed = slopes.map { $0.allSatisfy { $0 == 0 } }
    self.isFixed = isFixed
    var distinct: [Int] = []
    for i in values.indices where !isFixed[i] {
      if !distinct.contains(where: { values[$0] == values[i] && slopes[$0] == slopes[i] }) {
        distinct.append(i)
      }
    }
    self.distinct = distinct
    self.covariance = covariance.map { covariance in
      /// A row of slopes times the covariance.
      let products = slopes.map { row in
        (0..<q).map { b in (0..<q).reduce(0) { $0 + row[$1] * covariance[$1, b] } }
      }
      var result = SymmetricMatrix(dimension: values.count)
      for i in values.indices where !isFixed[i] {
        for j in 0...i where !isFixed[j] {
          result[i, j] = (0..<q).reduce(0) { $0 + products[i][$1] * slopes[j][$1] }
        }
      }
      return result
    }
    gradient = Self.gradient(slopes, distinct, score, count: values.count)
  }

  var standardErrors: [Double?] {
    values.indices.map { i in
      isFixed[i] ? nil : covariance.map { max(0, $0[i, i]).squareRoot() }
    }
  }

  /// By central differences: of what is linear they are right to rounding, and what does not depend
  /// on a parameter has the slope 0.
  private static func slopes(
    _ parameters: NonmemParameters, _ free: FreeParameters, _ estimates: PopulationParameters,
    _ covariance: SymmetricMatrix?
  ) -> [[Double]] {
    var slopes = [[Double]](
      repeating: [Double](repeating: 0, count: free.count), count: parameters.count)
    for (a, parameter) in free.list.enumerated() {
      let x = free.value(parameter, in: estimates)
      let size = max(abs(x), 1e-2)
      var step = 1e-4 * size
      if let error = covariance?[a, a].squareRoot(), error > 0 { step = min(step, 1e-4 * error) }
      if isPositive(parameter, in: free.model) { step = min(step, 1e-3 * x) }
      step = max(step, 1e-9 * size)
      func moved(_ side: Double) -> [Double] {
        var moved = estimates
        free.set(parameter, to: x + side * step, in: &moved)
        return parameters.values(at: moved)
      }
      let (up, down) = (moved(1), moved(-1))
      for i in slopes.indices {
        let slope = (up[i] - down[i]) / (2 * step)
        slopes[i][a] = slope.isFinite ? slope : 0
      }
    }
    return slopes
  }

  private static func isPositive(_ parameter: FreeParameter, in model: MixtureModel) -> Bool {
    switch parameter {
    case .covariance(let row, let column, _): row == column
    case .residualVariance, .weight: true
    case .direct(let place, _): model.direct[place].isPositive
    case .mean, .coefficient, .weightCoefficient: false
    }
  }

  /// Solves g = Jᵀ γ for γ, where there are as many parameters of NONMEM's as free ones of the fit.
  private static func gradient(
    _ slopes: [[Double]], _ distinct: [Int], _ score: [Double], count: Int
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: count)
    let q = score.count
    guard q > 0, distinct.count == q, slopes.allSatisfy({ $0.count == q }) else { return gradient }
    var gram = SymmetricMatrix(dimension: q)
    for (a, i) in distinct.enumerated() {
      for b in 0...a {
        gram[a, b] = (0..<q).reduce(0) { $0 + slopes[i][$1] * slopes[distinct[b]][$1] }
      }
    }
    guard let inverse = DenseAlgebra.inverse(ofPositiveDefinite: gram) else { return gradient }
    let right = distinct.map { i in (0..<q).reduce(0) { $0 + slopes[i][$1] * score[$1] } }
    for (a, i) in distinct.enumerated() {
      gradient[i] = (0..<q).reduce(0) { $0 + inverse[a, $1] * right[$1] }
    }
    return gradient
  }
}

// What follows from them.
extension NonmemEstimates {
  /// Correlations of the estimates; 0 for those that are fixed.
  var correlation: SymmetricMatrix? {
    covariance.map { covariance in
      let errors = covariance.diagonal.map { max(0, $0).squareRoot() }
      var result = SymmetricMatrix(dimension: covariance.dimension)
      for i in 0..<covariance.dimension {
        for j in 0...i where errors[i] > 0 && errors[j] > 0 {
          result[i, j] = i == j ? 1 : covariance[i, j] / (errors[i] * errors[j])
        }
      }
      return result
    }
  }

  /// Eigenvalues of the correlation matrix of the distinct estimates, ascending; empty without one.
  var eigenvalues: [Double] {
    guard let correlation, !distinct.isEmpty else { return [] }
    return DenseAlgebra.eigenvalues(of: Self.part(correlation, distinct)) ?? []
  }

  /// The inverse of the covariance of the distinct estimates, 0 for the others; `nil` where it is
  /// singular.
  var inverse: SymmetricMatrix? {
    guard let covariance, !distinct.isEmpty,
      let inverse = DenseAlgebra.inverse(ofPositiveDefinite: Self.part(covariance, distinct))
    else { return nil }
    var result = SymmetricMatrix(dimension: covariance.dimension)
    for (a, i) in distinct.enumerated() {
      for b in 0...a { result[i, distinct[b]] = inverse[a, b] }
    }
    return result
  }

  private static func part(_ matrix: SymmetricMatrix, _ places: [Int]) -> SymmetricMatrix {
    var part = SymmetricMatrix(dimension: places.count)
    for (a, i) in places.enumerated() { for b in 0...a { part[a, b] = matrix[i, places[b]] } }
    return part
  }

  /// SIGMA and OMEGA as standard deviations on the diagonal and correlations beside it, and their
  /// standard errors; THETA are 0.
  var deviations: (values: [Double], standardErrors: [Double?]) {
    var values = [Double](repeating: 0, count: self.values.count)
    var errors = [Double?](repeating: nil, count: values.count)
    for block in [
      (size: parameters.sigmaCount, place: parameters.sigma),
      (size: parameters.etaCount, place: parameters.omega),
    ] {
      for i in 0..<block.size {
        for j in 0...i {
          let place = block.place(i, j)
          let (value, slopes) = deviation(block.place(i, i), block.place(j, j), place)
          values[place] = value
          guard let covariance, !isFixed[place] else { continue }
          var variance = 0.0
          for a in slopes { for b in slopes { variance += a.1 * b.1 * covariance[a.0, b.0] } }
          errors[place] = variance.isFinite ? max(0, variance).squareRoot() : nil
        }
      }
    }
    for i in 0..<parameters.thetaCount where !isFixed[i] && covariance != nil { errors[i] = 0 }
    return (values, errors)
  }

  /// A standard deviation or correlation, with its derivatives.
  private func deviation(_ i: Int, _ j: Int, _ place: Int) -> (Double, [(Int, Double)]) {
    if i == j {
      let sd = max(0, values[i]).squareRoot()
      return (sd, [(i, 0.5 / sd)])
    }
    let product = (values[i] * values[j]).squareRoot()
    guard values[place] != 0, product > 0 else {
      return (0, product > 0 ? [(place, 1 / product)] : [])
    }
    let r = values[place] / product
    return (r, [(place, 1 / product), (i, -r / (2 * values[i])), (j, -r / (2 * values[j]))])
  }
}
