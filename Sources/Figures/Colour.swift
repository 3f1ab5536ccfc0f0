/// A colour with an opacity.
package struct Colour: Sendable, Hashable {
  /// Red, green and blue, a byte each.
  package let rgb: UInt32
  /// From 0, invisible, to 1.
  package let opacity: Double

  package init(_ rgb: UInt32, opacity: Double = 1) {
    self.rgb = rgb
    self.opacity = opacity
  }

  package func with(opacity: Double) -> Colour { Colour(rgb, opacity: opacity) }

  /// Nearer to a grey.
  func mixed(with grey: Double, share: Double) -> Colour {
    let bytes = [16, 8, 0].map { shift -> UInt32 in
      let own = Double(rgb >> UInt32(shift) & 0xFF)
      return UInt32((own + share * (grey - own)).rounded()) << UInt32(shift)
    }
    return Colour(bytes.reduce(0, |), opacity: opacity)
  }

  package static let black = Colour(0x000000)
  package static let darkGrey = Colour(0x555555)
  package static let grey = Colour(0x999999)
  package static let lightGrey = Colour(0xDDDDDD)
  package static let orange = Colour(0xE69F00)
  package static let skyBlue = Colour(0x56B4E9)
  package static let green = Colour(0x009E73)
  package static let yellow = Colour(0xF0E442)
  package static let blue = Colour(0x0072B2)
  package static let vermillion = Colour(0xD55E00)
  package static let purple = Colour(0xCC79A7)

  /// The place of the colour in a file for gnuplot, `#AARRGGBB` with AA the transparency.
  var gnuplot: String { "#" + hexadecimal(gnuplotNumber, digits: 8) }

  var gnuplotNumber: UInt32 { UInt32((255 * (1 - opacity)).rounded()) << 24 | rgb }
}

func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// How a line is broken; lines that differ in colour differ in this too, so that they can be told
/// apart in grey.
package enum Dash: Int, Sendable, Hashable, CaseIterable {
  case solid, dashed, dotted, dashDotted, longDashed, dashDotDotted

  /// gnuplot's dash type.
  var gnuplot: String {
    switch self {
    case .solid: "1"
    case .dashed: "(7,4)"
    case .dotted: "(2,3)"
    case .dashDotted: "(8,3,2,3)"
    case .longDashed: "(14,5)"
    case .dashDotDotted: "(8,3,2,3,2,3)"
    }
  }
}

/// The mark of a point.
package enum Shape: Int, Sendable, Hashable, CaseIterable {
  case circle, triangle, square, diamond, invertedTriangle, pentagon, ring, cross, bar

  /// gnuplot's point type, and how much larger it has to be to look as large as a circle.
  var gnuplot: (type: Int, scale: Double) {
    switch self {
    case .circle: (7, 1)
    case .triangle: (9, 1.1)
    case .square: (5, 0.9)
    case .diamond: (13, 1.15)
    case .invertedTriangle: (11, 1.1)
    case .pentagon: (15, 1)
    case .ring: (6, 1)
    case .cross: (2, 1)
    case .bar: (1, 1)
    }
  }
}

/// The look of the things that a figure compares, such as the components of a mixture: by the
/// colours of Okabe and Ito (2008), which the colour-blind tell apart, each with a shape and a dash
/// of its own.
package enum Palette {
  private static let colours: [Colour] = [
    .blue, .vermillion, .green, .purple, .orange, .skyBlue, .darkGrey,
  ]
  private static let shapes: [Shape] = [
    .circle, .triangle, .square, .diamond, .invertedTriangle, .pentagon,
  ]

  /// - Parameter number: from 0; after the seventh come darker ones and then lighter ones, after 21
  ///   all come again.
  package static func colour(_ number: Int) -> Colour {
    let colour = colours[number % colours.count]
    return switch number / colours.count % 3 {
    case 1: colour.mixed(with: 0x00, share: 0.5)
    case 2: colour.mixed(with: 0xFF, share: 0.6)
    default: colour
    }
  }
  package static func shape(_ number: Int) -> Shape { shapes[number % shapes.count] }
  package static func dash(_ number: Int) -> Dash { Dash(rawValue: number % Dash.allCases.count)! }
}
