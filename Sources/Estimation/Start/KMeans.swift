/// Clusters of points by k-means on standardised coordinates, deterministic.
struct KMeans {
  struct Clusters {
    /// In the units of the points.
    var centres: [[Double]]
    /// Cluster of each point.
    var assignment: [Int]
    /// Sum of squared standardised distances to the centres.
    var spread: Double
  }

  private let points: [[Double]]
  private let clusterCount: Int
  private let mean: [Double]
  private let scale: [Double]
  private let standardised: [[Double]]

  init(points: [[Double]], clusterCount: Int) {
    self.points = points
    self.clusterCount = clusterCount
    let n = Double(points.count)
    let d = points[0].count
    let mean = (0..<d).map { j in points.reduce(0) { $0 + $1[j] } / n }
    let scale = (0..<d).map { j -> Double in
      let variance = points.reduce(0) { $0 + ($1[j] - mean[j]) * ($1[j] - mean[j]) } / n
      return variance > 0 ? variance.squareRoot() : 1
    }
    self.mean = mean
    self.scale = scale
    standardised = points.map { point in
      (0..<d).map { (point[$0] - mean[$0]) / scale[$0] }
    }
  }

  /// The ends from two starts, quantiles of the first coordinate's order and points far from each
  /// other: the one with the smaller spread first; one only where both are the same.
  func all() -> [Clusters] {
    let a = iterate(from: quantileCentres)
    let b = iterate(from: farCentres)
    if a.spread == b.spread { return [a] }
    return a.spread < b.spread ? [a, b] : [b, a]
  }

  private var quantileCentres: [[Double]] {
    let order = standardised.indices.sorted {
      standardised[$0].reduce(0, +) < standardised[$1].reduce(0, +)
    }
    return (0..<clusterCount).map {
      standardised[order[(2 * $0 + 1) * order.count / (2 * clusterCount)]]
    }
  }

  /// The lowest point first, then always the point farthest from all centres so far.
  private var farCentres: [[Double]] {
    var centres = [standardised.min { $0.reduce(0, +) < $1.reduce(0, +) }!]
    while centres.count < clusterCount {
      centres.append(
        standardised.max { a, b in
          centres.map { distance(a, $0) }.min()! < centres.map { distance(b, $0) }.min()!
        }!)
    }
    return centres
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  private func iterate(from start: [[Double]]) -> Clusters {
    var centres = start
    var assignment = [Int](repeating: -1, count: standardised.count)
    for _ in 0..<200 {
      let next = standardised.map { point in
        centres.indices.min { distance(point, centres[$0]) < distance(point, centres[$1]) }!
      }
      if next == assignment { break }
      assignment = next
      for k in centres.indices {
        let members = standardised.indices.filter { assignment[$0] == k }
        guard !members.isEmpty else { continue }
        centres[k] = centres[k].indices.map { j in
          members.reduce(0) { $0 + standardised[$1][j] } / Double(members.count)
        }
      }
    }
    let spread = zip(standardised, assignment).reduce(0) {
      $0 + distance($1.0, centres[$1.1])
    }
    let original = centres.map { centre in
      centre.indices.map { mean[$0] + scale[$0] * centre[$0] }
    }
    return Clusters(centres: original, assignment: assignment, spread: spread)
  }
}
