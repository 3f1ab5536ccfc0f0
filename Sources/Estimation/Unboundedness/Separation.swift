import NumericKernels
import PopulationModel

/// Directions of the weights' logistic regression of which the data say nothing any more, because
/// covariates separate the components: Albert & Anderson, Biometrika 71 (1984) 1–10. Along them log
/// L rises to its supremum, ever slower, and the information Σ_i w_i (1 − w_i) x xᵀ falls
/// exponentially.
struct Separation {
  /// Information about a parameter, in subjects for a covariate of standard deviation 1, that is
  /// none: the weights of all subjects that it could tell apart are within 1e-6 of 0 or 1 together.
  static let leastInformation = 1e-6

  /// Unit vectors, in coordinates of standard deviations of the covariates.
  let directions: [[Double]]
  private let scales: [Double]

  /// - Parameters:
  ///   - information: packed as in `StatisticsLayout.logistic`.
  ///   - scales: standard deviation of each covariate.
  init(information: SymmetricMatrix, scales: [Double], componentCount: Int) {
    let own = (0..<max(0, componentCount - 1)).flatMap { _ -> [Double] in [1.0] + scales }
    self.scales = own
    var matrix = information
    let n = matrix.dimension
    for i in 0..<n { for j in 0...i { matrix[i, j] /= own[i] * own[j] } }
    var directions: [[Double]] = []
    while directions.count < n, let least = DenseAlgebra.eigenvalues(of: matrix)?.first,
      least < Self.leastInformation, let vector = DenseAlgebra.leastEigenvector(of: matrix)
    {
      directions.append(vector)
      // Out of the way of the others.
      for i in 0..<n { for j in 0...i { matrix[i, j] += vector[i] * vector[j] } }
    }
    self.directions = directions
  }

  /// Newton's step in the directions of which the data say something.
  func step(information: SymmetricMatrix, slope: [Double]) -> [Double] {
    var matrix = information
    var slope = slope
    let n = slope.count
    for i in 0..<n {
      slope[i] /= scales[i]
      for j in 0...i { matrix[i, j] /= scales[i] * scales[j] }
    }
    for vector in directions {
      let part = (0..<n).reduce(0) { $0 + vector[$1] * slope[$1] }
      for i in 0..<n {
        slope[i] -= part * vector[i]
        for j in 0...i { matrix[i, j] += vector[i] * vector[j] }
      }
    }
    var step = DirectStep.solve(matrix, slope)
    for vector in directions {
      let part = (0..<n).reduce(0) { $0 + vector[$1] * step[$1] }
      for i in 0..<n { step[i] -= part * vector[i] }
    }
    return (0..<n).map { step[$0] / scales[$0] }
  }

  /// Whether a parameter of the regression has a part in any of the directions.
  func affects(_ place: Int) -> Bool { directions.contains { abs($0[place]) > 0.1 } }
}

extension ExpectationMaximization {
  /// The stop of iterations at whose end covariates separate the components; the same on all ranks.
  /// - Parameters:
  ///   - statistics: at the estimates.
  ///   - order: old places of the components in the order of the results.
  func separatedStop(
    _ stop: StopReason, _ statistics: SufficientStatistics, order: [Int], iterations: Int,
    from start: PopulationParameters
  ) throws -> StopReason {
    let layout = statistics.layout
    let count = layout.logisticCount
    guard count > 0, stop.isRegular else { return stop }
    // An empty component has no information either.
    guard (0..<model.componentCount).allSatisfy({ statistics.membership($0) > 0.5 }) else {
      return stop
    }
    let separation = Separation(
      information: SymmetricMatrix(
        dimension: count, elements: Array(statistics.values[(layout.logistic + count)...])),
      scales: try unboundednessWatch(from: start).weightScales,
      componentCount: model.componentCount)
    let width = 1 + model.weightCovariates.count
    let places = (0..<count).filter(separation.affects)
    guard !places.isEmpty else { return stop }
    // Parameters are those of a component against the last one, which may be another one in the
    // results.
    let last = model.componentCount - 1
    let affected = Set(
      places.map { place -> FreeParameter in
        let new = order.firstIndex(of: place / width) ?? place / width
        let k = new == last ? order.firstIndex(of: last) ?? 0 : new
        return place % width == 0
          ? .weight(component: k)
          : .weightCoefficient(covariate: place % width - 1, component: k)
      })
    let free = FreeParameters(model)
    let finding = UnboundedFinding(
      kind: .separation, parameters: free.list.filter(affected.contains).map(free.name), rows: [],
      rowCount: 0)
    return .unbounded([finding], iterations: iterations)
  }
}
