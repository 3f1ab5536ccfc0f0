/// Data and the way they are drawn.
package struct Series: Sendable {
  package var geometry: Geometry
  /// In the legend; series of the same title and look are there once.
  package var title: String?
  package var style: Style

  package init(_ geometry: Geometry, title: String? = nil, _ style: Style = Style()) {
    self.geometry = geometry
    self.title = title
    self.style = style
  }
}

package struct Style: Sendable, Hashable {
  package var colour: Colour
  /// Of lines, in pixels.
  package var width: Double
  package var dash: Dash
  package var shape: Shape
  /// Of points: 1 is a diameter of some ten pixels.
  package var size: Double

  package init(
    _ colour: Colour = .black, width: Double = 1.6, dash: Dash = .solid, shape: Shape = .circle,
    size: Double = 0.5
  ) {
    self.colour = colour
    self.width = width
    self.dash = dash
    self.shape = shape
    self.size = size
  }
}

/// A rectangle of the plane.
package struct Tile: Sendable {
  package var x: ClosedRange<Double>
  package var y: ClosedRange<Double>
  package var colour: Colour

  package init(x: ClosedRange<Double>, y: ClosedRange<Double>, colour: Colour) {
    self.x = x
    self.y = y
    self.colour = colour
  }
}

package enum Geometry: Sendable {
  /// A line through points; it breaks where a value is not finite.
  case line(x: [Double], y: [Double])
  case points(x: [Double], y: [Double])
  /// The area between two lines.
  case band(x: [Double], low: [Double], high: [Double])
  /// Bars that stand on 0.
  case bars(x: [Double], heights: [Double], width: Double)
  /// Straight lines, each from one point to another.
  case segments(x: [Double], y: [Double], toX: [Double], toY: [Double])
  /// Points with vertical intervals.
  case intervals(x: [Double], y: [Double], low: [Double], high: [Double])
  case tiles([Tile])

  /// Whether there is nothing to draw.
  package var isEmpty: Bool { extent.x.isEmpty }

  /// The coordinates that have to be seen.
  var extent: (x: [Double], y: [Double]) {
    switch self {
    case .line(let x, let y), .points(let x, let y): (x, y)
    case .band(let x, let low, let high): (x, low + high)
    case .bars(let x, let heights, let width):
      (x.map { $0 - width / 2 } + x.map { $0 + width / 2 }, heights + [0])
    case .segments(let x, let y, let toX, let toY): (x + toX, y + toY)
    case .intervals(let x, let y, let low, let high): (x, y + low + high)
    case .tiles(let tiles):
      (
        tiles.flatMap { [$0.x.lowerBound, $0.x.upperBound] },
        tiles.flatMap { [$0.y.lowerBound, $0.y.upperBound] }
      )
    }
  }

  /// A row of numbers for each thing drawn, as gnuplot takes them.
  var rows: [[Double]] {
    func together(_ columns: [Double]...) -> [[Double]] {
      (0..<(columns.map(\.count).min() ?? 0)).map { row in columns.map { $0[row] } }
    }
    switch self {
    case .line(let x, let y), .points(let x, let y): return together(x, y)
    case .band(let x, let low, let high): return together(x, low, high)
    case .bars(let x, let heights, let width):
      return together(x, heights).map { $0 + [width] }
    case .segments(let x, let y, let toX, let toY):
      return together(x, y, toX, toY).map { [$0[0], $0[1], $0[2] - $0[0], $0[3] - $0[1]] }
    case .intervals(let x, let y, let low, let high): return together(x, y, low, high)
    case .tiles(let tiles):
      return tiles.map { tile in
        [
          (tile.x.lowerBound + tile.x.upperBound) / 2, (tile.y.lowerBound + tile.y.upperBound) / 2,
          tile.x.lowerBound, tile.x.upperBound, tile.y.lowerBound, tile.y.upperBound,
          Double(tile.colour.gnuplotNumber),
        ]
      }
    }
  }
}
