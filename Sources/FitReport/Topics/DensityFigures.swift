import Diagnostics
import Figures
import NumericKernels
import PopulationModel

/// The fitted distributions of the random effects: figure 1 of W07.
struct DensityFigures {
  let view: FitView

  func figures() -> [ReportFigure] {
    let effects = view.model.effects.indices
    let panels = effects.map(panel)
    let sample = Sample(of: view.rows.count)
    let truth =
      view.truth == nil ? "" : " The dotted line is the distribution that the data were drawn from."
    return [
      ReportFigure(
        figure: Figure(
          name: "random-effects", panels: panels, columns: panels.count > 1 ? 2 : 1,
          panelSize: panels.count > 1 ? PanelSize.half : PanelSize.whole,
          note: sample.note("subjects in the rug")),
        heading: "Distribution of the random effects",
        caption:
          "Each coloured line is the density of a component times its weight, the black line their sum. Bars are a histogram of the "
          + "subjects' conditional means, with a stroke for each subject below.\(truth) The bars should follow the black line; they are drawn to the middle where the data say little "
          + "of single subjects (shrinkage). Bars far from any component, or a component without bars, would be wrong."
      )
    ]
  }

  private func panel(_ effect: Int) -> Panel {
    let all = view.conditionalMeans(effect, subjects: Array(0..<view.rows.count)).filter(\.isFinite)
    let density = EffectDensity.of(view.fitted, effect: effect, range: range(effect, all))
    let histogram = Histogram(all)
    var series: [Series] = [
      Series(
        .bars(x: histogram.centres, heights: histogram.densities, width: histogram.width),
        title: "conditional means", Style(Colour(0xCCCCCC)))
    ]
    let trueDensity = view.truth.map {
      EffectDensity.of(
        FittedModel(model: view.model, estimates: $0), effect: effect,
        range: density.points[0]...density.points[density.points.count - 1])
    }
    let heights = density.total + (trueDensity?.total ?? []) + histogram.densities
    let highest = heights.filter { $0.isFinite && $0 > 0 }.max() ?? 1
    let shown = Sample(of: view.rows.count).places
    let means = view.conditionalMeans(effect, subjects: shown)
    series.append(
      Series(
        .line(x: density.points, y: density.total), title: "population", Style(.black, width: 3)))
    if view.componentCount > 1 {
      for k in density.components.indices {
        series.append(
          Series(
            .line(x: density.points, y: density.components[k]), title: view.componentName(k),
            Style(Palette.colour(k), width: 1.8, dash: Palette.dash(k))))
      }
    }
    for mass in density.masses {
      series.append(
        Series(
          .segments(x: [mass.value], y: [0], toX: [mass.value], toY: [highest]),
          title: "\(view.componentName(mass.component)), all at one value",
          Style(Palette.colour(mass.component), width: 2)))
    }
    if let trueDensity {
      series.append(
        Series(
          .line(x: trueDensity.points, y: trueDensity.total), title: "truth",
          Style(Colour(0x009E73), width: 2.4, dash: .dotted)))
    }
    for k in 0..<view.componentCount {
      let own = shown.indices.filter { view.rows.classes[shown[$0]] == k && means[$0].isFinite }
      let x = own.map { means[$0] }
      series.append(
        Series(
          .segments(
            x: x, y: x.map { _ in -0.055 * highest }, toX: x, toY: x.map { _ in -0.01 * highest }),
          title: nil, Style(Palette.colour(k), width: 0.7)))
    }
    let name = view.model.effects[effect].name
    let (low, high) = (density.points[0], density.points[density.points.count - 1])
    return Panel(
      title: view.model.effectCount > 1 ? name : nil,
      x: Axis(view.effectName(effect), range: low...high),
      y: Axis("density", range: (-0.07 * highest)...(1.06 * highest)), series: series)
  }
}

extension DensityFigures {
  /// What is worth seeing: nearly all of each component, and all conditional means. Long tails of a
  /// lognormal effect would leave no room for the rest.
  private func range(_ effect: Int, _ means: [Double]) -> ClosedRange<Double>? {
    let distribution = view.model.effects[effect].distribution
    let reach = distribution.isLogarithmic ? 2.3 : 3.2
    var (low, high) = (means.min() ?? .infinity, means.max() ?? -.infinity)
    for k in 0..<view.componentCount {
      let mean = view.estimates.means[k][effect]
      let deviation = max(0, view.estimates.covariances[k][effect, effect]).squareRoot()
      low = min(low, distribution.natural(mean - reach * deviation))
      high = max(high, distribution.natural(mean + reach * deviation))
    }
    let room = 0.03 * (high - low)
    guard low.isFinite, high.isFinite, low < high else { return nil }
    return (distribution.isLogarithmic ? max(low - room, low / 2) : low - room)...(high + room)
  }
}
