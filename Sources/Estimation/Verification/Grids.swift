import KernelInterface

/// The grids of one number of dimensions that have been asked for.
final class Grids {
  private let p: Int
  private let usual: [GridNodes]
  private var others: [GridNodes] = []

  /// - Parameter p: at most `GridNodes.dimensionLimit`.
  init(dimension p: Int) {
    self.p = p
    usual = Self.shared[p - 1]
  }

  deinit { for grid in others { grid.deallocate() } }

  /// The grid of a number of points.
  func grid(_ count: Int) -> GridNodes {
    for g in usual.indices where usual[g].count == count { return usual[g] }
    for g in others.indices where others[g].count == count { return others[g] }
    others.append(GridNodes(dimension: p, count: count))
    return others[others.count - 1]
  }

  /// Of subjects that cannot belong to a component.
  static let smallCount = 8

  /// Those of the first three rounds, made once as fits of a millisecond ask for them, and never
  /// changed.
  private nonisolated(unsafe) static let shared = (1...GridNodes.dimensionLimit).map { p in
    let count = GridNodes.usualCount(p)
    return [count, smallCount, 4 * count, 4 * smallCount, 16 * count, 16 * smallCount].map {
      GridNodes(dimension: p, count: $0)
    }
  }
}
