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

/// Sizes of panels: one, two or three beside each other on a page.
enum PanelSize {
  static let whole = (width: 760.0, height: 400.0)
  static let half = (width: 380.0, height: 320.0)
  static let third = (width: 253.0, height: 205.0)
}
