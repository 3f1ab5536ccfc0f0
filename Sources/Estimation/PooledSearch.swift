import NumericKernels
import PopulationModel

/// The parameter vector that predicts all subjects best on the log scale, by lattice search with refinement.
struct PooledSearch {
  private static let pointCount = 1024
  private static let rounds = 5
  /// A residual of more than e³ says "far off", however far it is.
  private static let squareLimit = 9.0

  let structural: any StructuralModel
  let programs: [EventProgram]

  /// - Parameter centre: logarithms of the parameters' sizes.
  /// - Returns: logarithms of the best parameters; `nil` if no prediction of any was positive, or no observation is.
  func best(centre: [Double]) -> [Double]? {
    let p = centre.count
    var middle = centre
    var halfWidth = 3 * log(10.0)
    var found: (value: Double, point: [Double])?
    for round in 0..<Self.rounds {
      for vector in 0..<Self.pointCount / 8 {
        var point = [Lanes](repeating: Lanes.all(0), count: p)
        for d in 0..<p {
          let u = Lattice.coordinates(
            first: 8 * vector, step: Lattice.generator(dimension: d), count: Self.pointCount,
            shift: 0.5 / Double(Self.pointCount) + 0.1 * Double(round))
          point[d] = middle[d] + halfWidth * (2 * u - 1)
        }
        let value = distance(point)
        for lane in 0..<8 where value[lane] < found?.value ?? .infinity {
          found = (value[lane], point.map { $0[lane] })
        }
      }
      guard let found else { return nil }
      middle = found.point
      halfWidth *= 0.2
    }
    return found.flatMap { $0.value < Self.squareLimit * 0.999 ? $0.point : nil }
  }

  /// Mean squared difference of logarithms over the positive observations.
  private func distance(_ logParameters: [Lanes]) -> Lanes {
    let parameters = logParameters.map { exp($0) }
    let limit = Lanes.all(Self.squareLimit)
    var sum = Lanes.all(0)
    var count = 0
    for program in programs {
      var predictions = [Lanes](repeating: Lanes.all(0), count: program.observed.count)
      structural.predict(
        program, parameters: parameters, count: 1, predictions: &predictions)
      for (h, y) in zip(predictions, program.observed) where y > 0 {
        let difference = log(h / y)
        let square = difference * difference
        sum += limit.replacing(with: square, where: square .< limit)
        count += 1
      }
    }
    return count == 0 ? limit : sum / Double(count)
  }
}
