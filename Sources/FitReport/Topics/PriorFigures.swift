import Figures
package import PopulationModel
package import Report

/// What was known of parameters before the data, beside what is known with them.
struct PriorFigures {
  let view: FitView

  /// More parameters are not drawn.
  private static let panelLimit = 24

  func figures() -> [ReportFigure] {
    let free = FreeParameters(view.model)
    let known = zip(free.list, view.fit.parameters).compactMap { parameter, row -> Panel? in
      guard row.name == free.name(parameter), !row.fixed, let prior = row.prior else { return nil }
      return panel(parameter, row, prior)
    }
    guard !known.isEmpty else { return [] }
    let shown = Array(known.prefix(Self.panelLimit))
    return [
      ReportFigure(
        figure: Figure(
          name: "priors", panels: shown, columns: shown.count > 1 ? 3 : 1,
          panelSize: shown.count > 1 ? PanelSize.third : PanelSize.whole,
          note: shown.count < known.count
            ? "\(shown.count) of \(known.count) parameters shown" : nil),
        heading: "Prior and posterior",
        caption:
          "Densities of each parameter that has a prior: dashed before the data, solid with them. The posterior is normal about the estimate on the scale of "
          + "the parameter's interval (logarithm for variances, logit for weights), with the posterior standard error (Laplace's approximation). Where both lines "
          + "are the same the data say nothing of the parameter; where they hardly overlap, data and prior contradict each other."
      )
    ]
  }

  private func panel(
    _ parameter: FreeParameter, _ row: FitDocument.Parameter, _ prior: FitDocument.Prior
  ) -> Panel? {
    guard let curves = DensityPair(row, prior, distribution(parameter)) else { return nil }
    let highest = (curves.prior + curves.posterior).filter(\.isFinite).max() ?? 1
    return Panel(
      title: curves.isNatural && row.name.hasPrefix("mu.")
        ? "typical." + row.name.dropFirst(3) : row.name,
      x: Axis("", range: curves.x[0]...curves.x[curves.x.count - 1]),
      y: Axis("", range: 0...(1.06 * highest)),
      series: [
        Series(
          .line(x: curves.x, y: curves.prior), title: "prior",
          Style(.vermillion, width: 1.6, dash: .dashed)),
        Series(.line(x: curves.x, y: curves.posterior), title: "posterior", Style(.blue, width: 2)),
      ])
  }

  /// Of the effect whose typical value a parameter is.
  private func distribution(_ parameter: FreeParameter) -> EffectDistribution? {
    switch parameter {
    case .mean(let effect, _): return view.model.effects[effect].distribution
    case .direct(let place, _):
      guard case .structural(_, let distribution) = view.model.direct[place].kind else {
        return nil
      }
      return distribution
    default: return nil
    }
  }
}

/// The densities of one parameter before the data and with them, on a common grid.
package struct DensityPair {
  package private(set) var x: [Double] = []
  package private(set) var prior: [Double] = []
  package private(set) var posterior: [Double] = []
  /// Whether x are natural values of an effect whose mean the parameter is.
  package let isNatural: Bool

  private static let points = 240

  /// - Parameter distribution: of the effect, if the parameter is its mean.
  /// - Returns: `nil` without a standard error, and for parameters whose prior has no density of
  ///   their own to show.
  package init?(
    _ row: FitDocument.Parameter, _ known: FitDocument.Prior, _ distribution: EffectDistribution?
  ) {
    guard
      let error = row.standardErrors?.observed ?? row.standardErrors?.outerProduct
        ?? row.standardError, error > 0, error.isFinite
    else { return nil }
    isNatural = known.distribution == "normal" && distribution.map { $0 != .normal } ?? false
    let estimate = row.estimate
    switch known.distribution {
    case "normal":
      guard let mean = known.mean, let sd = known.standardDeviation else { return nil }
      let low = min(mean - 3.2 * sd, estimate - 4 * error)
      let high = max(mean + 3.2 * sd, estimate + 4 * error)
      // A prior far wider than the posterior would leave nothing to see of it.
      let (from, to) = Self.window(low, high, about: estimate, error)
      place(
        Self.grid(from, to), { Self.normal($0, mean, sd) }, { Self.normal($0, estimate, error) })
      if isNatural, let distribution {
        // Densities of the natural value: divided by dθ/dφ.
        for i in x.indices {
          let slope = distribution.derivative(x[i])
          prior[i] /= slope
          posterior[i] /= slope
          x[i] = distribution.natural(x[i])
        }
      }
    case "inverse-gamma", "inverse-wishart":
      guard let mode = known.mode, mode > 0, let nu = known.degreesOfFreedom, estimate > 0 else {
        return nil
      }
      let isDeviation = row.name.hasPrefix("sigma.")
      // The marginal of an element of the diagonal: Ψ = (ν + p + 1)·mode, with ν − p + 1 degrees of
      // freedom.
      let p = Double(known.dimension ?? 1)
      let shape = 0.5 * (nu - p + 1)
      let scale = 0.5 * (nu + p + 1) * mode
      let width = error / estimate
      let centre = logarithm(estimate)
      let spread = (1 / shape).squareRoot()
      let middle = (isDeviation ? 0.5 : 1) * logarithm(scale / (shape + 1))
      let (from, to) = Self.window(
        min(middle - 2 * spread, centre - 4 * width), max(middle + 3 * spread, centre + 4 * width),
        about: centre, width)
      place(
        Self.grid(exponential(from), exponential(to)),
        { x in
          let v = isDeviation ? x * x : x
          let density = exponential(
            shape * logarithm(scale) - logGammaFunction(shape) - (shape + 1) * logarithm(v)
              - scale / v)
          return isDeviation ? 2 * x * density : density
        },
        { Self.bell((logarithm($0) - centre) / width) })
      normalise()
    case "beta":
      guard let alpha = known.alpha, let beta = known.beta, estimate > 0, estimate < 1 else {
        return nil
      }
      func logit(_ w: Double) -> Double { logarithm(w / (1 - w)) }
      let width = error / (estimate * (1 - estimate))
      place(
        Self.grid(0.001, 0.999),
        {
          exponential(
            logGammaFunction(alpha + beta) - logGammaFunction(alpha) - logGammaFunction(beta)
              + (alpha - 1) * logarithm($0)
              + (beta - 1) * logarithm(1 - $0))
        }, { Self.bell((logit($0) - logit(estimate)) / width) })
      normalise()
    default: return nil
    }
  }

  private mutating func place(
    _ grid: [Double], _ prior: (Double) -> Double, _ posterior: (Double) -> Double
  ) {
    x = grid
    self.prior = grid.map(prior)
    self.posterior = grid.map(posterior)
  }

  /// Gives the posterior the integral 1.
  private mutating func normalise() {
    var area = 0.0
    for i in 1..<x.count {
      area += 0.5 * (x[i] - x[i - 1]) * (posterior[i] + posterior[i - 1])
    }
    guard area > 0 else { return }
    for i in posterior.indices { posterior[i] /= area }
  }

  /// At most forty standard errors, so that the posterior is more than a stroke.
  private static func window(
    _ low: Double, _ high: Double, about centre: Double, _ error: Double
  ) -> (Double, Double) { (max(low, centre - 40 * error), min(high, centre + 40 * error)) }

  private static func grid(_ from: Double, _ to: Double) -> [Double] {
    (0...points).map { from + (to - from) * Double($0) / Double(points) }
  }

  private static func bell(_ z: Double) -> Double { exponential(-0.5 * z * z) }

  private static func normal(_ x: Double, _ mean: Double, _ sd: Double) -> Double {
    bell((x - mean) / sd) / (sd * (2 * Double.pi).squareRoot())
  }
}
