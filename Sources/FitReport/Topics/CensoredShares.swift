import Diagnostics
import Figures

/// The shares of values below and above their limits of quantification over time, observed and
/// simulated: panels of the visual predictive check.
struct CensoredShares {
  let check: VisualPredictiveCheck
  let view: FitView
  let title: (VisualPredictiveCheck.Stratum) -> String?

  func panels() -> [Panel] {
    check.strata.compactMap { panel($0, "share below the limit", \.below) }
      + check.strata.compactMap { panel($0, "share above the limit", \.above) }
  }

  private func panel(
    _ stratum: VisualPredictiveCheck.Stratum, _ name: String,
    _ share: KeyPath<VisualPredictiveCheck.Bin, VisualPredictiveCheck.Share?>
  ) -> Panel? {
    let shares = stratum.bins.compactMap { $0[keyPath: share] }
    guard shares.count == stratum.bins.count else { return nil }
    let times = stratum.bins.map(\.time)
    let bands = shares.map(\.simulated)
    let look = Style(Palette.censored.with(opacity: 0.3))
    let simulated =
      times.count > 1
      ? Series(
        .band(x: times, low: bands.map(\.low), high: bands.map(\.high)),
        title: "simulated share", look)
      : Series(
        .intervals(
          x: times, y: bands.map(\.median), low: bands.map(\.low), high: bands.map(\.high)),
        title: "simulated share", Style(Palette.censored))
    let observed = shares.map(\.observed)
    let highest = (observed + bands.map(\.high)).filter(\.isFinite).max() ?? 1
    return Panel(
      title: title(stratum), x: Axis(view.timeName),
      y: Axis(name, range: 0...max(0.05, min(1, 1.05 * highest))),
      series: [
        simulated,
        Series(
          .line(x: times, y: observed), title: "observed share",
          Style(Palette.censored, width: 2)),
        Series(
          .points(x: times, y: observed), title: nil,
          Style(Palette.censored, shape: .invertedTriangle, size: 0.6)),
      ])
  }

  /// What a reader has to know of limits; nothing without any.
  static func caption(_ check: VisualPredictiveCheck) -> String {
    let inside = check.sharesAreWithin
    guard !inside.isEmpty else { return "" }
    return
      " Values beyond a limit of quantification count as the limit, simulated ones as observed ones, with the limit of the same subject; so a line may run along the limit, "
      + "where it says nothing and is not counted. The further panels have the share of such values, which should stay in its band: \(inside.count { $0 }) of \(inside.count) do."
  }
}

extension Palette {
  /// Of what is known by a limit only.
  static let censored = Colour.purple
}
