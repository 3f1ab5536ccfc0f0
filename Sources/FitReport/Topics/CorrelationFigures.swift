import Figures
import Report

extension UncertaintyFigures {
  /// The correlation matrix of the estimates.
  func correlations() -> [ReportFigure] {
    guard let covariance = view.fit.covariance.outerProduct, covariance.count > 1 else { return [] }
    let names = view.fit.covariance.order
    let count = min(names.count, covariance.count, Self.parameterLimit)
    var tiles: [Tile] = []
    var labels: [(x: Double, y: Double, text: String)] = []
    for i in 0..<count {
      for j in 0...i {
        let scale: Double = (covariance[i][i] * covariance[j][j]).squareRoot()
        let correlation: Double = scale > 0 ? covariance[i][j] / scale : 0
        guard correlation.isFinite else { continue }
        let x = Double(j)
        let y = Double(i)
        tiles.append(
          Tile(
            x: (x - 0.5)...(x + 0.5), y: (-y - 0.5)...(-y + 0.5),
            colour: Self.colour(correlation)))
        if count <= 14, i != j { labels.append((x, -y, fixed(correlation, 2))) }
      }
    }
    let side = count <= 14 ? 46.0 : 620 / Double(count)
    let size = side * Double(count)
    let legend = [(-1, "-1"), (-0.5, "-0.5"), (0, "0"), (0.5, "0.5"), (1, "1")].map { value, text in
      Series(
        .tiles([]), title: "correlation \(text)", Style(Self.colour(Double(value))))
    }
    let condition =
      view.fit.covariance.conditionNumber.map {
        " The condition number of the information is \(significant($0, 3)); above a million some standard errors mean little."
      } ?? ""
    return [
      ReportFigure(
        figure: Figure(
          name: "correlations",
          panels: [
            Panel(
              x: Axis(
                "", range: -0.5...(Double(count) - 0.5),
                ticks: (0..<count).map { (Double($0), names[$0]) }, hasUprightTicks: true),
              y: Axis(
                "", range: (0.5 - Double(count))...0.5,
                ticks: (0..<count).map { (-Double($0), names[$0]) }),
              series: [Series(.tiles(tiles))] + legend, labels: labels)
          ], panelSize: (min(760, max(520, size + 120)), max(300, min(700, size + 110))),
          note: count < names.count ? "\(count) of \(names.count) parameters shown" : nil),
        heading: "Correlations of the estimates",
        caption:
          "Blue is negative, orange positive, white none. Correlations beyond 0.95 or below -0.95 say that the data do not tell two parameters apart.\(condition)"
      )
    ]
  }

  /// From blue by white to orange.
  private static func colour(_ correlation: Double) -> Colour {
    let share = min(1, abs(correlation))
    let end: (Double, Double, Double) = correlation < 0 ? (0, 114, 178) : (213, 94, 0)
    func mixed(_ value: Double) -> UInt32 { UInt32((255 + (value - 255) * share).rounded()) }
    return Colour(mixed(end.0) << 16 | mixed(end.1) << 8 | mixed(end.2))
  }
}
