/// A figure: panels in a grid, one legend for all of them above, and a note below.
package struct Figure: Sendable {
  /// Name of its files, of letters, digits and hyphens.
  package var name: String
  package var panels: [Panel]
  /// Panels in a row.
  package var columns: Int
  /// Of a panel with its labels, in pixels of 1/96 inch.
  package var panelSize: (width: Double, height: Double)
  /// What a reader has to know to read it right, such as "2,000 of 100,000 subjects shown".
  package var note: String?

  package init(
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
package struct Panel: Sendable {
  package var title: String?
  package var x: Axis
  package var y: Axis
  package var series: [Series]
  package var references: [Reference]
  /// Texts in the middle of places.
  package var labels: [(x: Double, y: Double, text: String)]

  package init(
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
package enum Reference: Sendable {
  case horizontal(Double)
  case vertical(Double)
  /// y = x
  case identity
}

package struct Axis: Sendable {
  package var label: String
  /// What it has to show; of the data, if left out.
  package var range: ClosedRange<Double>?
  /// Whether the range of the data has to include 0, as for bars.
  package var startsAtZero: Bool
  package var isLogarithmic: Bool
  /// Texts at places, instead of numbers.
  package var ticks: [(place: Double, text: String)]?
  /// Whether the texts at the ticks of the horizontal axis stand upright.
  package var hasUprightTicks: Bool

  package init(
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
  package var size: (width: Double, height: Double) {
    let layout = FigureLayout(self)
    return (layout.width, layout.height)
  }
}
