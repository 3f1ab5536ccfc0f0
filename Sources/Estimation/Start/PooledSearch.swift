import CVector
import NumericKernels
import PopulationModel

/// The parameter vector that predicts all subjects best on the log scale, by lattice search with refinement.
struct PooledSearch {
  private static let pointCount = 1024
  private static let rounds = 5
  /// A residual of more than e³ says "far off", however far it is.
  private static let squareLimit = 9.0

  /// One vector for all is found as well from some subjects as from many.
  private static let subjectLimit = 40

  private let structural: any StructuralModel
  private let programs: [EventProgram]

  /// - Parameter programs: of the subjects; where they are many, some of them at even distances are looked at.
  init(structural: any StructuralModel, programs: [EventProgram]) {
    self.structural = structural
    let n = programs.count
    self.programs =
      n > Self.subjectLimit
      ? (0..<Self.subjectLimit).map { programs[$0 * n / Self.subjectLimit] } : programs
  }

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
    let largest = programs.map(\.observed.count).max() ?? 0
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, largest)) { memory in
      guard let predictions = memory.baseAddress else { return }
      for program in programs {
        structural.predict(
          program, parameters: parameters, count: 1, predictions: predictions)
        for (place, y) in program.observed.enumerated() where y > 0 {
          let difference = log(predictions[place] / y)
          let square = difference * difference
          sum += cvector_select_less(square, limit, square, limit)
          count += 1
        }
      }
    }
    return count == 0 ? limit : sum / Double(count)
  }
}
