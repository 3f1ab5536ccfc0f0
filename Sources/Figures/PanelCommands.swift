import Glibc

/// What gnuplot has to do for one panel.
struct PanelCommands {
  let panel: Panel
  let plot: (left: Double, top: Double, right: Double, bottom: Double)
  let layout: FigureLayout
  /// Name of the data of a series.
  let data: (Int) -> String
  /// Font of ticks and labels.
  let small: String
  let normal: String

  var lines: [String] {
    let extents = panel.series.map(\.geometry.extent)
    let x = AxisRange(
      panel.x, values: extents.lazy.flatMap(\.x),
      references: panel.references.compactMap {
        if case .vertical(let value) = $0 { value } else { nil }
      })
    let y = AxisRange(
      panel.y, values: extents.lazy.flatMap(\.y),
      references: panel.references.compactMap {
        if case .horizontal(let value) = $0 { value } else { nil }
      })
    var lines = [
      "set lmargin at screen \(number(plot.left / layout.width))",
      "set rmargin at screen \(number(plot.right / layout.width))",
      "set tmargin at screen \(number(1 - plot.top / layout.height))",
      "set bmargin at screen \(number(1 - plot.bottom / layout.height))",
      panel.title.map {
        "set title \(PlotText.quoted($0, longest: titleLength)) \(normal) noenhanced offset 0,-0.5"
      } ?? "unset title",
    ]
    lines += axis("x", panel.x, x)
    lines += axis("y", panel.y, y)
    lines += panel.references.flatMap { reference($0, x, y) }
    lines += panel.labels.map {
      "set label \(PlotText.quoted($0.text, longest: 24)) at first \(number($0.x)), first \(number($0.y)) center front \(small)"
    }
    let plots = panel.series.enumerated().filter { hasData($1, x, y) }.map {
      "\(data($0)) \(look($1))"
    }
    lines.append("plot " + (plots.isEmpty ? "NaN notitle" : plots.joined(separator: ", ")))
    return lines
  }

  /// Characters that have room above the panel, a little to each side of it.
  private var titleLength: Int { max(8, Int((plot.right - plot.left + 40) / 7.2)) }

  private func axis(_ name: String, _ axis: Axis, _ range: AxisRange) -> [String] {
    var lines = [
      // The range has to suit both scales while they change.
      "unset logscale \(name)",
      "set \(name)range [\(number(range.low)):\(number(range.high))] noextend",
      axis.isLogarithmic ? "set logscale \(name)" : "",
      axis.label.isEmpty
        ? "unset \(name)label"
        : "set \(name)label \(PlotText.quoted(axis.label)) \(small) noenhanced"
          + (name == "y" ? " offset 0.6,0" : " offset 0,0.75"),
    ]
    let turn =
      "nomirror out scale 0.6 \(small) "
      + (name == "x"
        ? axis.hasUprightTicks ? "rotate by 90 right" : "norotate offset 0,0.45" : "")
    if let ticks = axis.ticks {
      let list = ticks.filter { $0.place.isFinite }.map {
        "\(PlotText.quotedTick($0.text)) \(number($0.place))"
      }
      lines += ["unset \(name)tics", "set \(name)tics \(turn) (\(list.joined(separator: ", ")))"]
      lines += ["unset m\(name)tics"]
    } else if axis.isLogarithmic, let ticks = range.logarithmicTicks {
      lines += ["unset m\(name)tics", "set format \(name) '%g'"]
      lines.append(
        "set \(name)tics \(turn) (\(ticks.map { "'%g' \(number($0))" }.joined(separator: ", ")))")
    } else {
      // The list of an earlier panel goes away with `autofreq`.
      lines += [
        "set format \(name) '%g'", "set \(name)tics autofreq \(turn)", "unset m\(name)tics",
      ]
      if let step = tickStep(name, range), !axis.isLogarithmic {
        let digits = range.tickDigits(step: step)
        if digits > 6 { lines.append("set format \(name) '%.\(digits)g'") }
        lines.append("set \(name)tics \(number(step)) \(turn)")
      }
    }
    return lines
  }

  /// The distance of ticks that leaves room for their numbers: 1, 2 or 5 times a power of ten, the
  /// next smaller where there would not be two.
  private func tickStep(_ name: String, _ range: AxisRange) -> Double? {
    let pixels = name == "x" ? plot.right - plot.left : plot.bottom - plot.top
    let wanted = max(2, (pixels / (name == "x" ? 75 : 42)).rounded())
    let raw = (range.high - range.low) / wanted
    guard raw.isFinite, raw > 0, raw > 1e-12 * max(abs(range.low), abs(range.high)) else {
      return nil
    }
    let power = pow(10, log10(raw).rounded(.down))
    let steps = [0.5, 1, 2, 5, 10].map { $0 * power }
    guard let chosen = steps.indices.first(where: { steps[$0] >= raw * 0.9 }) else { return nil }
    let ticks =
      (range.high / steps[chosen]).rounded(.down) - (range.low / steps[chosen]).rounded(.up)
    return ticks < 1 && chosen > 0 ? steps[chosen - 1] : steps[chosen]
  }

  private func reference(_ reference: Reference, _ x: AxisRange, _ y: AxisRange) -> [String] {
    let look = "nohead back lc rgb '#777777' lw 1 dt (5,3)"
    switch reference {
    case .horizontal(let value):
      return [
        "set arrow from graph 0, first \(number(value)) to graph 1, first \(number(value)) \(look)"
      ]
    case .vertical(let value):
      return [
        "set arrow from first \(number(value)), graph 0 to first \(number(value)), graph 1 \(look)"
      ]
    case .identity:
      let (low, high) = (max(x.low, y.low), min(x.high, y.high))
      guard low < high else { return [] }
      return [
        "set arrow from first \(number(low)), first \(number(low)) to first \(number(high)), first \(number(high)) \(look)"
      ]
    }
  }

  /// Whether a series has something that can be seen: gnuplot warns of others.
  private func hasData(_ series: Series, _ x: AxisRange, _ y: AxisRange) -> Bool {
    let isTiles = if case .tiles = series.geometry { true } else { false }
    return series.geometry.rows.contains { row in
      guard row.allSatisfy({ $0.isFinite && abs($0) < 1e100 }) else { return false }
      if isTiles { return row[3] >= x.low && row[2] <= x.high }
      return !(panel.x.isLogarithmic && row[0] < 1e-100)
        && !(panel.y.isLogarithmic && row[1] < 1e-100)
    }
  }

  private func look(_ series: Series) -> String {
    let style = series.style
    let colour = "rgb '\(style.colour.gnuplot)'"
    let line = "lc \(colour) lw \(number(style.width)) dt \(style.dash.gnuplot)"
    let (type, scale) = style.shape.gnuplot
    let point = "pt \(type) ps \(number(style.size * scale))"
    let drawn =
      switch series.geometry {
      case .line: "using 1:2 with lines \(line)"
      case .points: "using 1:2 with points \(point) lw 1 lc \(colour)"
      case .band: "using 1:2:3 with filledcurves fc \(colour) fs solid noborder"
      case .bars: "using 1:2:3 with boxes fc \(colour) fs solid noborder"
      case .segments: "using 1:2:3:4 with vectors nohead \(line)"
      case .intervals: "using 1:2:3:4 with yerrorbars \(point) lc \(colour) lw 1.2"
      case .tiles: "using 1:2:3:4:5:6:7 with boxxyerror fc rgb variable fs solid noborder"
      }
    return drawn + " notitle"
  }
}
