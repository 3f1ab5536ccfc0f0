/// The commands and data that let gnuplot draw a figure twice, as SVG and as PDF.
///
/// Texts of the figure are in single quotes, see ``PlotText``; data are numbers only. So nothing
/// that a figure says is a command.
struct GnuplotScript {
  let figure: Figure
  private let layout: FigureLayout

  /// What makes letters as large beside the panels as they are in SVG, where sizes are pixels: 3/4
  /// of a point for a pixel, and 3/4 for the scale of gnuplot's own.
  private static let pdfFontScale = 0.5625

  init(_ figure: Figure) {
    self.figure = figure
    layout = FigureLayout(figure)
  }

  /// Files that the script writes into the working folder.
  static let files = (svg: "figure.svg", pdf: "figure.pdf")

  var text: String {
    var lines = ["set encoding utf8"]
    for (i, panel) in figure.panels.enumerated() {
      for (j, series) in panel.series.enumerated() { lines += block(series, name: "$d\(i)_\(j)") }
    }
    let (width, height) = (number(layout.width), number(layout.height))
    lines += [
      "set terminal svg size \(width),\(height) noenhanced font 'Arial,\(number(FigureLayout.fontSize))' "
        + "background rgb 'white'", "set output '\(Self.files.svg)'",
    ]
    lines += drawing(fontScale: 1)
    let points = Self.pdfFontScale * FigureLayout.fontSize
    lines += [
      "unset output",
      "set terminal pdfcairo size \(number(layout.width / 96))in,\(number(layout.height / 96))in noenhanced "
        + "font 'Arial,\(number(points))' fontscale 1 linewidth 1.5 dashlength 1.6 pointscale 1.25 background rgb 'white'",
      "set output '\(Self.files.pdf)'",
    ]
    lines += drawing(fontScale: Self.pdfFontScale)
    lines += ["unset output", ""]
    return lines.joined(separator: "\n")
  }

  private func block(_ series: Series, name: String) -> [String] {
    var lines = ["\(name) << EOD"]
    for row in series.geometry.rows {
      // An empty line is a break.
      lines.append(
        row.allSatisfy { $0.isFinite && abs($0) < 1e100 }
          ? row.map(number).joined(separator: " ") : "")
    }
    lines.append("EOD")
    return lines
  }

  private func drawing(fontScale: Double) -> [String] {
    func size(_ pixels: Double) -> String { "font ',\(number(pixels * fontScale))'" }
    let small = size(FigureLayout.smallSize)
    var lines = [
      "reset", "set encoding utf8", "set multiplot", "unset key",
      "set border 3 lw 0.8 lc rgb '#555555'", "set tics nomirror out scale 0.6 \(small)",
      "set grid lc rgb '#E4E4E4' lw 0.8 dt 1",
    ]
    for (place, (entry, x, y)) in layout.entries.enumerated() {
      lines += entry.commands(in: layout, number: place, x: x, y: y, font: small)
    }
    if let note = figure.note {
      lines.append(
        "set label \(PlotText.quoted(note, longest: 140)) at \(layout.screen(layout.width - 10, layout.noteY)) "
          + "right \(small) textcolor rgb '#555555' front")
    }
    for (i, panel) in figure.panels.enumerated() {
      lines +=
        PanelCommands(
          panel: panel, plot: layout.plots[i], layout: layout, data: { "$d\(i)_\($0)" },
          small: small,
          normal: size(FigureLayout.fontSize)
        ).lines
      lines += ["unset label", "unset arrow", "unset object"]
    }
    return lines + ["unset multiplot"]
  }
}
