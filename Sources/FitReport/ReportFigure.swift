import Figures

/// A figure on the page, with what a reader should see in it.
struct ReportFigure: Sendable {
  var figure: Figure
  /// A line above it.
  var heading: String
  /// What one sees, and what would be wrong; plain sentences.
  var caption: String
}

/// A part of the page.
struct ReportSection: Sendable {
  var title: String
  var figures: [ReportFigure]
}

extension Panel {
  /// Tiles of a legend that has no tiles of its own.
  static let wide: (width: Double, height: Double) = (760, 400)
  static let half: (width: Double, height: Double) = (380, 320)
  static let third: (width: Double, height: Double) = (253, 215)
}
