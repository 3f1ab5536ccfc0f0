import CVector
import NumericKernels
import PopulationModel

/// One parameter vector for all subjects: how far its predictions are from the observations.
///
/// Observations and predictions are compared as h(y) = asinh(y/s), which is linear for |y| well
/// below s and a logarithm with a sign above it. s belongs to the output: small against its values
/// where the residual error is relative, of their size where it is additive. The distance of a
/// vector is
///
///     D = (1/n) Σ_j w (h(y_j) − h(f_j))² + 2·10⁻⁴ Σ_d ((x_d − c_d)/log 10)²
///
/// with the reciprocal variance w of an output's h(y), so that D = 1 explains nothing. The second
/// sum, over the positive parameters, keeps those to the size c_d that the data's units give of
/// which the observations say nothing.
final class PooledModel {
  /// A structural parameter that is searched for.
  struct Coordinate {
    /// Its place among the structural parameters.
    let place: Int
    let distribution: EffectDistribution
    /// The logarithms of the sizes that the units of the data may give it, the likeliest first.
    let logSizes: [Double]
    /// Whether it may have either sign, so that x is θ over its size; else x is log θ, or the logit
    /// between bounds.
    let isSigned: Bool

    var logSize: Double { logSizes[0] }

    /// θ, in natural units.
    func natural(_ x: Lanes) -> Lanes {
      if isSigned { return exp(logSize) * x }
      guard let (lower, upper) = distribution.bounds else { return exp(x) }
      return lower + (upper - lower) / (1 + exp(-x))
    }

    /// x of a natural value.
    func searched(_ natural: Double) -> Double {
      if isSigned { return natural / exp(logSize) }
      guard let (lower, upper) = distribution.bounds else { return log(natural) }
      return log((natural - lower) / (upper - natural))
    }

    /// Where x of a value of that size is.
    var centre: Double {
      if isSigned { return 0 }
      if distribution.bounds != nil { return 0 }
      return logSize
    }

    /// A difference of x that is one of predictions as well: of log or logit by itself, of a value
    /// by its size.
    func unit(_ x: Double) -> Double { isSigned ? max(abs(x), 1e-3) : 1 }
  }

  /// One observation.
  private struct Value {
    let transformed: Double
    let perScale: Double
    let weight: Double
    /// Whether it lies below (−1) or above (1) the value; 0 if it was measured.
    let side: Double
  }

  let coordinates: [Coordinate]
  private let structural: any StructuralModel
  /// Natural values of all structural parameters, for those that are not searched for.
  private let template: [Double]
  private let programs: [EventProgram]
  private let values: [[Value]]

  private static let penalty = 2e-4
  /// What a prediction counts that is no number.
  private static let impossible = 1e6

  /// - Parameters:
  ///   - held: natural values of parameters that are not searched for.
  init(
    structural: any StructuralModel, coordinates: [Coordinate], held: [Int: Double],
    programs: [EventProgram], scales: ObservationScales
  ) {
    self.structural = structural
    self.coordinates = coordinates
    self.programs = programs
    var template = [Double](repeating: 0, count: structural.parameterNames.count)
    for (place, value) in held { template[place] = value }
    self.template = template
    values = programs.map { program in
      program.observed.indices.map { j in
        let scale = scales.scale(of: program.knowledge[j].output)
        var side = 0.0
        var y = program.observed[j]
        if let interval = program.knowledge[j].interval {
          side = interval.upper.isFinite ? -1 : 1
          y = side < 0 ? interval.upper : interval.lower
        }
        return Value(
          transformed: asinh(y * scale.perScale), perScale: scale.perScale, weight: scale.weight,
          side: side)
      }
    }
  }

  var subjectCount: Int { programs.count }

  /// Every so many-th subject, where fewer do.
  func subset(_ limit: Int) -> [Int] {
    let n = programs.count
    return n <= limit ? Array(0..<n) : (0..<limit).map { $0 * n / limit }
  }

  /// Natural values of all structural parameters.
  func natural(_ x: [Double]) -> [Double] {
    var theta = template
    for (coordinate, value) in zip(coordinates, x) {
      theta[coordinate.place] = coordinate.natural(Lanes.all(value))[0]
    }
    return theta
  }

  /// D of eight vectors.
  /// - Parameter x: one vector of lanes for each coordinate.
  func distance(_ x: [Lanes], subjects: [Int]) -> Lanes {
    var sum = Lanes.all(0)
    var count = 0.0
    forEachResidual(x, subjects: subjects) { residual, weight in
      sum += weight * residual * residual
      count += 1
    }
    return (count == 0 ? sum : sum / count) + penalty(x)
  }

  private func penalty(_ x: [Lanes]) -> Lanes {
    var sum = Lanes.all(0)
    for (coordinate, value) in zip(coordinates, x) where !coordinate.isSigned {
      let decades = (value - coordinate.centre) / 2.302585092994046
      sum += decades * decades
    }
    return Self.penalty * sum
  }

  /// D, its slope and its curvature by Gauss and Newton at one vector.
  struct Expansion {
    let value: Double
    /// ½ ∂D/∂x
    let slope: [Double]
    /// ½ of the curvature, packed as a symmetric matrix.
    let curvature: SymmetricMatrix
    /// (1/n) Σ w (∂h/∂x_d)², without what the penalty adds.
    let sensitivity: [Double]
  }

  /// - Returns: `nil` where a prediction is no number.
  func expansion(_ x: [Double], subjects: [Int]) -> Expansion? {
    let p = x.count
    let steps = zip(coordinates, x).map { coordinate, value in
      1e-3 * max(coordinate.unit(value), 1e-2)
    }
    var curvature = SymmetricMatrix(dimension: p)
    var slope = [Double](repeating: 0, count: p)
    var sum = 0.0
    var count = 0.0
    // Lane 0 is x itself, the others have one coordinate moved; beyond seven coordinates there are
    // several batches.
    var gradients = [[Double]](repeating: [], count: p)
    var residuals: [Double] = []
    var weights: [Double] = []
    for first in stride(from: 0, to: p, by: 7) {
      var batch = x.map(Lanes.all)
      for lane in 1...7 where first + lane - 1 < p {
        batch[first + lane - 1][lane] += steps[first + lane - 1]
      }
      forEachResidual(batch, subjects: subjects) { residual, weight in
        if first == 0 {
          residuals.append(residual[0])
          weights.append(weight)
        }
        for lane in 1...7 where first + lane - 1 < p {
          let d = first + lane - 1
          gradients[d].append((residual[lane] - residual[0]) / steps[d])
        }
      }
    }
    for j in residuals.indices {
      guard abs(residuals[j]) < Self.impossible else { return nil }
      let weight = weights[j]
      count += 1
      sum += weight * residuals[j] * residuals[j]
      for a in 0..<p {
        let own = weight * gradients[a][j]
        slope[a] += own * residuals[j]
        for b in 0...a { curvature[a, b] += own * gradients[b][j] }
      }
    }
    guard count > 0, sum.isFinite else { return nil }
    for a in 0..<p {
      slope[a] /= count
      for b in 0...a { curvature[a, b] /= count }
    }
    let sensitivity = curvature.diagonal
    for (a, coordinate) in coordinates.enumerated() where !coordinate.isSigned {
      let perDecade = 1 / 2.302585092994046
      slope[a] += Self.penalty * (x[a] - coordinate.centre) * perDecade * perDecade
      curvature[a, a] += Self.penalty * perDecade * perDecade
    }
    guard slope.allSatisfy(\.isFinite), curvature.elements.allSatisfy(\.isFinite) else {
      return nil
    }
    return Expansion(
      value: sum / count + penalty(x.map(Lanes.all))[0], slope: slope, curvature: curvature,
      sensitivity: sensitivity)
  }

  /// Hands h(f) − h(y) of each observation over, 0 where a censored value agrees with its
  /// prediction.
  private func forEachResidual(
    _ x: [Lanes], subjects: [Int], _ body: (Lanes, _ weight: Double) -> Void
  ) {
    var parameters = template.map(Lanes.all)
    for (coordinate, value) in zip(coordinates, x) {
      parameters[coordinate.place] = coordinate.natural(value)
    }
    let largest = subjects.map { programs[$0].observed.count }.max() ?? 0
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, largest)) { memory in
      guard let predictions = memory.baseAddress else { return }
      for i in subjects {
        structural.predict(programs[i], parameters: parameters, count: 1, predictions: predictions)
        for (j, value) in values[i].enumerated() {
          let f = transformed(predictions[j] * value.perScale)
          var residual = f - value.transformed
          if value.side != 0 {
            let agrees = (residual * value.side) .> 0
            residual = residual.replacing(with: Lanes.all(0), where: agrees)
          }
          let isFinite = abs(residual) .< 1e3
          residual = Lanes.all(Self.impossible).replacing(with: residual, where: isFinite)
          body(residual, value.weight)
        }
      }
    }
  }

  /// Natural predictions of all subjects at one vector, beside the observations that were measured.
  func predictions(_ x: [Double]) -> [(output: Int, observed: Double, predicted: Double)] {
    var parameters = template.map(Lanes.all)
    for (coordinate, value) in zip(coordinates, x) {
      parameters[coordinate.place] = coordinate.natural(Lanes.all(value))
    }
    var rows: [(output: Int, observed: Double, predicted: Double)] = []
    for program in programs {
      let count = program.observed.count
      withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, count)) { memory in
        structural.predict(
          program, parameters: parameters, count: 1, predictions: memory.baseAddress!)
        for j in 0..<count where program.knowledge[j].interval == nil {
          rows.append((program.knowledge[j].output, program.observed[j], memory[j][0]))
        }
      }
    }
    return rows
  }
}

/// asinh of each lane.
private func transformed(_ z: Lanes) -> Lanes {
  let size = abs(z)
  let value = log(size + (size * size + 1).squareRoot())
  return value.replacing(with: -value, where: z .< 0)
}

/// asinh
private func asinh(_ z: Double) -> Double { transformed(Lanes.all(z))[0] }

private func abs(_ z: Lanes) -> Lanes { z.replacing(with: -z, where: z .< 0) }
