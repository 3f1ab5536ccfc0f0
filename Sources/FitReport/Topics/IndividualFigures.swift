import Diagnostics
import Figures
import PopulationData
import PopulationModel

/// Which subjects have a panel of their own.
package enum ChosenSubjects: Sendable, Equatable {
  /// Some that fit best and some that fit worst.
  case bestAndWorst
  case best
  case worst
  case ids([String])
}

/// Observations and predicted curves of single subjects.
struct IndividualFigures {
  let view: FitView
  let subjects: [Subject]
  let chosen: ChosenSubjects

  private static let panelLimit = 12
  /// Characters above a panel.
  private static let titleLength = 26

  func figures() -> [ReportFigure] {
    switch chosen {
    case .bestAndWorst:
      let half = min(6, (view.rows.count + 1) / 2)
      let ranked = ranking
      let worst = Array(ranked.prefix(min(half, ranked.count)))
      let best = Array(ranked.dropFirst(worst.count).suffix(half).reversed())
      return figure(
        "individual-worst", "Individual fits, the worst", worst, total: ranked.count,
        how: "with the lowest contributions to log L per observation")
        + figure(
          "individual-best", "Individual fits, the best", best, total: ranked.count,
          how: "with the highest contributions to log L per observation")
    case .worst:
      let ranked = ranking
      return figure(
        "individual-worst", "Individual fits, the worst", Array(ranked.prefix(Self.panelLimit)),
        total: ranked.count, how: "with the lowest contributions to log L per observation")
    case .best:
      let ranked = ranking
      return figure(
        "individual-best", "Individual fits, the best",
        Array(ranked.suffix(Self.panelLimit).reversed()), total: ranked.count,
        how: "with the highest contributions to log L per observation")
    case .ids(let ids):
      let wanted = Set(ids)
      let places = view.rows.ids.indices.filter { wanted.contains(view.rows.ids[$0]) }
      return figure(
        "individual-chosen", "Individual fits, chosen subjects",
        Array(places.prefix(4 * Self.panelLimit)), total: places.count, how: "that were chosen")
    }
  }

  /// Subjects from the worst to the best.
  private var ranking: [Int] {
    let shares = view.rows.logLikelihoods.indices.map {
      view.rows.logLikelihoods[$0] / max(1, view.rows.observations[$0])
    }
    return shares.indices.filter { shares[$0].isFinite }.sorted {
      (shares[$0], $0) < (shares[$1], $1)
    }
  }

  private func figure(
    _ name: String, _ heading: String, _ places: [Int], total: Int, how: String
  ) -> [ReportFigure] {
    guard !places.isEmpty else { return [] }
    return [
      ReportFigure(
        figure: Figure(
          name: name, panels: places.map(panel), columns: 3, panelSize: (253, 230),
          note: "\(grouped(places.count)) of \(grouped(total)) subjects shown, \(how)"),
        heading: heading,
        caption:
          "Points are observations, the solid line the prediction at the subject's conditional means given its class, the dashed line that at the typical values of its class. "
          + "The title has the subject's ID and its class with the probability of it. The solid line should go through the points; a curve of another shape than the points say that the structure is wrong for this subject, or its data are."
      )
    ]
  }

  private func panel(_ place: Int) -> Panel {
    let subject = subjects[place]
    let estimate = view.estimate(of: place)
    let outputs = view.fitted.model.outputs
    func line(_ phi: [Double]) -> (x: [Double], y: [Double]) {
      let curves = (outputs.count > 1 ? outputs.map(\.number) : [nil]).flatMap { output in
        view.fitted.curve(
          subject, phi: phi, component: estimate.class, output: output, points: 80)
      }
      // Occasions and outputs are apart.
      let all = curves.joined(separator: [(time: Double.nan, value: Double.nan)])
      return (all.map(\.time), all.map(\.value))
    }
    let individual = line(estimate.means[estimate.class])
    let typical = line(view.fitted.typical(subject, component: estimate.class))
    let colour = Palette.colour(estimate.class)
    let share = Int((100 * (estimate.membership[estimate.class])).rounded())
    let fate = view.componentCount > 1 ? ": class \(estimate.class + 1), \(share) %" : ""
    // The end of a title that is too long would be cut, and there the class stands.
    let id = PlotText.visible(subject.id, longest: max(6, Self.titleLength - fate.count))
    return Panel(
      title: id + fate,
      x: Axis(view.timeName), y: Axis(view.valueName, startsAtZero: true),
      series: [
        Series(
          .line(x: typical.x, y: typical.y), title: "typical of the class",
          Style(.darkGrey, width: 1.2, dash: .dashed)),
        Series(
          .line(x: individual.x, y: individual.y), title: "individual, class \(estimate.class + 1)",
          Style(colour, width: 1.8)),
      ] + Self.points(subject.occasions.flatMap(\.observations)))
  }

  /// What was observed, and the limits of what is known by one only.
  private static func points(_ observations: [Observation]) -> [Series] {
    func series(_ title: String, _ shape: Shape, _ isShown: (Observation.Censoring) -> Bool)
      -> Series
    {
      let own = observations.filter { isShown($0.censoring) }
      return Series(
        .points(x: own.map(\.time), y: own.map(\.value)), title: title,
        Style(.black, shape: shape, size: 0.55))
    }
    let measured = series("observed", .circle) { $0 == .none }
    guard observations.contains(where: \.isCensored) else { return [measured] }
    return [
      measured,
      series("below the limit", .invertedTriangle) {
        if case .below = $0 { true } else { false }
      },
      series("above the limit", .triangle) { if case .above = $0 { true } else { false } },
    ].filter { !$0.geometry.isEmpty }
  }
}
