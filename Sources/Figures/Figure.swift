/// A figure: panels in a grid, one legend for all of them above, and a note below.
public struct Figure: Sendable {
  /// Name of its files, of letters, digits and hyphens.
  public var name: String
  public var panels: [Panel]
  /// Panels in a row.
  public var columns: Int
  /// Of a panel with its labels, in pixels of 1/96 inch.
  public var panelSize: (width: Double, height: Double)
  /// What a reader has to know to read it right, such as "2,000 of 100,000 subjects shown".
  public var note: String?

  public init(
    name: String, panels: [Panel], columns: Int = 1,
    panelSize: (width: Double, height: Double) = (720, 380), note: String? = nil
  ) {
    precondition(columns > 0 && !panels.isEmpty)
    self.name = name
    self.panels = panels
    self.columns = min(columns, panels.count)
    self.panelSize = panelSize
    self.note = note
  }
}

/// One system of axes.
public struct Panel: Sendable {
  public var title: String?
  public var x: Axis
  public var y: Axis
  public var series: [Series]
  public var references: [Reference]
  /// Texts in the middle of places.
  public var labels: [(x: Double, y: Double, text: String)]

  public init(
    title: String? = nil, x: Axis, y: Axis, series: [Series], references: [Reference] = [],
    labels: [(x: Double, y: Double, text: String)] = []
  ) {
    self.labels = labels
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.references = references
  }
}

/// A thin line behind the data that shows where something would be.
public enum Reference: Sendable {
  case horizontal(Double)
  case vertical(Double)
  /// y = x
  case identity
}

public struct Axis: Sendable {
  public var label: String
  /// What it has to show; of the data, if left out.
  public var range: ClosedRange<Double>?
  /// Whether the range of the data has to include 0, as for bars.
  public var startsAtZero: Bool
  public var isLogarithmic: Bool
  /// Texts at places, instead of numbers.
  public var ticks: [(place: Double, text: String)]?
  /// Whether the texts at the ticks of the horizontal axis stand upright.
  public var hasUprightTicks: Bool

  public init(
    _ label: String, range: ClosedRange<Double>? = nil, startsAtZero: Bool = false,
    isLogarithmic: Bool = false, ticks: [(place: Double, text: String)]? = nil,
    hasUprightTicks: Bool = false
  ) {
    self.label = label
    self.range = range
    self.startsAtZero = startsAtZero
    self.isLogarithmic = isLogarithmic
    self.ticks = ticks
    self.hasUprightTicks = hasUprightTicks
  }
}

extension Figure {
  /// Width and height in pixels.
  public var size: (width: Double, height: Double) {
    let layout = FigureLayout(self)
    return (layout.width, layout.height)
  }
}
