import NumericKernels
import PopulationModel

/// The parameter vectors that predict all subjects best, one for each place where the distance of
/// `PooledModel` has a minimum.
///
/// 1. Sobol' points over the sizes that the data's units give, normal in log θ with a deviation of
///    one decade; parameters of either sign are tried with both.
/// 2. Descents from the best of them that are apart, on few subjects.
/// 3. From the best end, its twins: structures such as absorption and elimination of first order
///    predict the same with two rates changed for each other and a volume scaled. Each coordinate
///    is moved and held while the others follow, then let go; and each two are exchanged. A place
///    where the others end as low is another candidate.
/// 4. Descents to the end, on more subjects, from all that are apart.
struct PooledSearch {
  let model: PooledModel
  let mustStop: () -> Bool

  private static let pointCount = 512
  private static let coarseSubjects = 8
  private static let fineSubjects = 24
  private static let firstDescents = 12
  private static let candidateLimit = 6
  /// Moves of log θ that look for twins.
  private static let moves = [-3.5, -1.5, 1.5, 3.5]

  /// What was tried.
  private(set) var points = 0
  private(set) var descents = 0

  init(model: PooledModel, mustStop: @escaping () -> Bool) {
    self.model = model
    self.mustStop = mustStop
  }

  /// - Parameter start: where to begin instead of points over all sizes, if it is known.
  /// - Returns: the ends by their distance, the best first.
  mutating func ends(from start: [Double]? = nil) -> [PooledDescent.End] {
    let coarse = PooledDescent(
      model: model, subjects: model.subset(Self.coarseSubjects), mustStop: mustStop)
    guard !model.coordinates.isEmpty else {
      let value = model.distance([], subjects: coarse.subjects)[0]
      return [PooledDescent.End(x: [], value: value, sensitivity: [])]
    }
    let begins = start.map { [$0] } ?? bestPoints(coarse.subjects)
    var found = distinct(begins.compactMap { descend(coarse, from: $0) })
    if let best = found.first { found = distinct(found + twins(of: best, coarse)) }
    let fine = PooledDescent(
      model: model, subjects: model.subset(Self.fineSubjects), mustStop: mustStop)
    var ends: [PooledDescent.End] = []
    for end in found.prefix(Self.candidateLimit) {
      descents += 1
      if let end = fine.end(from: end.x, limit: 15, tolerance: 1e-3) { ends.append(end) }
      if mustStop() { break }
    }
    return Array(distinct(ends).prefix(Self.candidateLimit))
  }

  private mutating func descend(
    _ descent: PooledDescent, from x: [Double], holding held: Int? = nil
  ) -> PooledDescent.End? {
    if mustStop() { return nil }
    descents += 1
    if let held {
      guard let moved = descent.end(from: x, holding: held, limit: 5, tolerance: 1e-2) else {
        return nil
      }
      return descent.end(from: moved.x, limit: 10, tolerance: 1e-2)
    }
    return descent.end(from: x, limit: 15, tolerance: 1e-2)
  }

  /// The best points of the first step, apart from each other.
  private mutating func bestPoints(_ subjects: [Int]) -> [[Double]] {
    let p = model.coordinates.count
    var all: [(value: Double, x: [Double])] = []
    // The size itself, and for parameters of either sign 0.
    all.append(contentsOf: evaluate([model.coordinates.map(\.centre)], subjects))
    for first in stride(from: 0, to: Self.pointCount, by: 8) {
      if mustStop() { break }
      var points = [[Double]](repeating: [], count: 8)
      for d in 0..<p {
        // The dimensions of a search beyond the sequence's repeat its first ones in another order.
        let place = d % SobolSequence.dimensionLimit
        let order = d < SobolSequence.dimensionLimit ? first : Self.pointCount - 8 - first
        let coordinates = SobolSequence.coordinates(
          first: order, table: SobolSequence.table(dimension: place))
        let coordinate = model.coordinates[d]
        for lane in 0..<8 {
          let u = (Double(coordinates[lane]) + 0.5) * 0x1p-32
          points[lane].append(coordinate.point(u))
        }
      }
      all.append(contentsOf: evaluate(points, subjects))
    }
    points = all.count
    all.sort { $0.value < $1.value }
    var chosen: [[Double]] = []
    for point in all where point.value < .infinity {
      let isNear = chosen.contains { other in
        model.coordinates.indices.allSatisfy { d in
          model.coordinates[d].areNear(other[d], point.x[d])
        }
      }
      if !isNear { chosen.append(point.x) }
      if chosen.count == Self.firstDescents { break }
    }
    return chosen
  }

  private func evaluate(_ points: [[Double]], _ subjects: [Int]) -> [(value: Double, x: [Double])] {
    let x = model.coordinates.indices.map { d in
      var lanes = Lanes.all(points[0][d])
      for (lane, point) in points.enumerated() { lanes[lane] = point[d] }
      return lanes
    }
    let values = model.distance(x, subjects: subjects)
    return points.enumerated().compactMap { lane, point in
      values[lane].isFinite ? (values[lane], point) : nil
    }
  }

  /// Other places that predict about the same.
  private mutating func twins(of end: PooledDescent.End, _ descent: PooledDescent)
    -> [PooledDescent.End]
  {
    var found: [PooledDescent.End] = []
    let p = end.x.count
    for d in 0..<p {
      for move in Self.moves {
        var x = end.x
        if model.coordinates[d].isSigned {
          // Of either sign: through 0, and away from it.
          x[d] *= move < 0 ? move : 1 + move
          if abs(move) > 2 || x[d] == 0 { continue }
        } else {
          x[d] += move
        }
        if let other = descend(descent, from: x, holding: d) { found.append(other) }
      }
    }
    for a in 0..<min(p, 6) {
      for b in 0..<a where model.coordinates[a].isLike(model.coordinates[b]) {
        var x = end.x
        x.swapAt(a, b)
        if let other = descend(descent, from: x) { found.append(other) }
      }
    }
    return found
  }

  /// Ends that are apart, by their distance; without those that explain much less than the best.
  private func distinct(_ ends: [PooledDescent.End]) -> [PooledDescent.End] {
    let sorted = ends.filter { $0.value.isFinite }.sorted { $0.value < $1.value }
    guard let best = sorted.first else { return [] }
    var result: [PooledDescent.End] = []
    for end in sorted where end.value <= 1.3 * best.value + 0.02 {
      let isNew = result.allSatisfy { other in
        model.coordinates.indices.contains { d in
          let (a, b) = (other.x[d], end.x[d])
          let unit = model.coordinates[d].unit(max(abs(a), abs(b)))
          return abs(a - b) > 0.25 * unit
        }
      }
      if isNew { result.append(end) }
    }
    return result
  }
}

extension PooledModel.Coordinate {
  /// Whether values of two parameters may be exchanged: positive ones of the same size.
  fileprivate func isLike(_ other: PooledModel.Coordinate) -> Bool {
    !isSigned && !other.isSigned && logSizes == other.logSizes
  }

  /// Whether two points are nearer than a factor of e.
  fileprivate func areNear(_ a: Double, _ b: Double) -> Bool {
    guard isSigned else { return abs(a - b) < 1 }
    return a * b > 0 && abs(log(a / b)) < 1
  }

  /// x at a share u of the points.
  fileprivate func point(_ u: Double) -> Double {
    func z(_ u: Double) -> Double { normalQuantile(Lanes.all(min(max(u, 1e-6), 1 - 1e-6)))[0] }
    if isSigned {
      // Both signs alike, and each of the sizes.
      let half = u < 0.5 ? 2 * u : 2 * u - 1
      let size = sized(half, by: z) - logSize
      return u < 0.5 ? exp(size) : -exp(size)
    }
    if distribution.bounds != nil { return 1.5 * z(u) }
    return sized(u, by: z)
  }

  /// log θ, about one of the sizes.
  private func sized(_ u: Double, by quantile: (Double) -> Double) -> Double {
    let place = min(Int(u * Double(logSizes.count)), logSizes.count - 1)
    let share = u * Double(logSizes.count) - Double(place)
    return logSizes[place] + 2.302585092994046 * quantile(share)
  }
}
