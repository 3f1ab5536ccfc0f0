import CVector
import KernelInterface
import NumericKernels
import PopulationModel

// Observations that are known by an interval, and what a limit of quantification takes off the
// density of the others.
//
// Far from the limit a probability is 1 to all digits, while its standardised limit, the reciprocal
// of its variance or the derivatives of that leave the range of doubles: a prediction of 0 under
// proportional error has no variance at all. Products of 0 and ∞ are no numbers, and one of them
// would silence all that a node says of the parameters. So everything is bounded before it is
// multiplied, and a row that is certain adds nothing.
extension EStepKernel {
  /// Standardised limits beyond these are as good as infinite, and have squares in the range of
  /// doubles.
  private static var farthest: Double { 1e100 }
  /// Above it φ(u)/Φ(u) is below 1e-281: the probability is 1 whatever the parameters are.
  private static var certain: Double { 36 }
  /// Adds the logarithm of the probability of an interval, or takes off that of being above a
  /// limit.
  @inline(__always)
  func addProbability(
    _ observation: ObservedValue, _ task: ObservationTask, _ form: ResidualErrorModel,
    _ first: Int, _ a: Double, _ b: Double
  ) {
    let count = task.count
    // Standardised ends of the interval, and what is known of the probability there.
    let (low, high) = (censoredScratch, censoredScratch + Self.batchCapacity)
    let logarithms = high + Self.batchCapacity
    let densities = logarithms + Self.batchCapacity
    let moments = densities + Self.batchCapacity
    let isBetween = observation.knowledge == .between
    let isAbove = observation.knowledge == .above || observation.knowledge == .quantified
    let sign = isAbove ? -1.0 : 1.0
    let end = isAbove ? observation.lower : observation.upper
    let share = observation.knowledge == .quantified ? -1.0 : 1.0
    for v in 0..<count {
      let f = form.moved(task.f[v])
      let x = form.comparesLogarithms ? log(f) : f
      let perDeviation = 1 / cvector_sqrt(Variance(form, f, a, b).v)
      high[v] = Self.bounded((end - x) * perDeviation * sign)
      if isBetween { low[v] = Self.bounded((observation.lower - x) * perDeviation) }
    }
    if form.isExactAtZero(a, b) {
      placeZeros(observation, task, end * sign, low: low, high: high, isBetween: isBetween)
    }
    if isBetween {
      normalIntervals(
        low, high, count: count, logarithms: logarithms, densities: densities, moments: moments)
    } else {
      normalTails(high, count: count, logarithms: logarithms, ratios: densities)
    }
    let zero = Lanes.all(0)
    for v in 0..<count {
      task.squares[v] =
        observation.knowledge == .quantified
        ? task.squares[v] + quantified(high[v], logarithms[v], densities[v])
        : fma(logarithms[v], Lanes.all(-2), task.squares[v])
      let f = form.moved(task.f[v])
      let variance = Variance(form, f, a, b)
      let perDeviation = 1 / cvector_sqrt(variance.v)
      let perVariance = 0.5 / variance.v
      let u = high[v]
      // Above 0 where the probability depends on the parameters.
      var counts = cvector_select_less(u, Lanes.all(Self.certain), Lanes.all(1), zero)
      if isBetween {
        counts = cvector_select_less(Lanes.all(-Self.certain), low[v], Lanes.all(1), counts)
      }
      counts = cvector_select_less(variance.v, Lanes.all(1e300), counts, zero)
      // ∂ log P by x at a given v, and by v.
      let byX = isBetween ? -densities[v] * perDeviation : densities[v] * perDeviation * -sign
      let byVariance = isBetween ? -moments[v] * perVariance : -densities[v] * u * perVariance
      let byPrediction = cvector_select_less(
        zero, counts, fma(byVariance, variance.byPrediction, byX), zero)
      let byFirst = cvector_select_less(zero, counts, byVariance * variance.byFirst, zero)
      let bySecond = cvector_select_less(zero, counts, byVariance * variance.bySecond, zero)
      // −∂² log P/∂u² = λ(λ + u) of a half line; of an interval the square of the score, which has
      // the same expectation.
      let curvature =
        isBetween
        ? Lanes.all(1) : cvector_select_less(zero, counts, 1 + u / densities[v], zero)
      let slope =
        form.comparesLogarithms
        ? cvector_select_less(zero, counts, 1 / f, zero) : Lanes.all(1)
      let about = byPrediction * curvature * byPrediction
      if let information = task.information, share > 0 {
        information[v] = form.comparesLogarithms ? about * slope * slope : about
      }
      guard let columns = task.columns else { continue }
      let (weighted, weightedFirst) = (byPrediction * curvature, byFirst * curvature)
      addColumns(
        columns, v, task, first, form, slope: slope,
        gradient: Derivatives(
          byPrediction: byPrediction * share, byFirst: byFirst * share,
          bySecond: bySecond * share),
        information: Information(
          prediction: about * share, first: weighted * byFirst * share,
          second: weighted * bySecond * share, firstFirst: weightedFirst * byFirst * share,
          secondFirst: weightedFirst * bySecond * share,
          secondSecond: bySecond * curvature * bySecond * share))
    }
  }

  /// 2 log Φ(u) of a value that is known to be above the limit, and where u < 0 without its −u²:
  /// the square of the value's own residual is about as large, and what is left of both would be
  /// lost beside them. `squareAboveLimit` has that.
  @inline(__always)
  private func quantified(_ u: Lanes, _ logarithm: Lanes, _ ratio: Lanes) -> Lanes {
    let logTwoPi = 1.83787706640934548356
    return cvector_select_less(
      u, Lanes.all(0), -logTwoPi - 2 * log(ratio), 2 * logarithm)
  }

  /// The squared residual of a value above its limit; where the prediction is below the limit less
  /// the square of the limit's own residual.
  @inline(__always)
  func squareAboveLimit(
    _ observation: ObservedValue, _ x: Lanes, chi: Lanes, inverse: Lanes
  ) -> Lanes {
    let (value, limit) = (observation.value, observation.lower)
    let difference = (value + limit - 2 * x) * ((value - limit) * inverse)
    return cvector_select_less(x, Lanes.all(limit), difference, chi)
  }

  @inline(__always)
  private static func bounded(_ u: Lanes) -> Lanes {
    let most = Lanes.all(farthest)
    let below = cvector_select_less(most, u, most, u)
    return cvector_select_less(below, -most, -most, below)
  }

  /// Where the prediction is 0 and has no variance the probability is 1 if 0 is in the interval,
  /// and else 0.
  @inline(__always)
  private func placeZeros(
    _ observation: ObservedValue, _ task: ObservationTask, _ end: Double,
    low: UnsafeMutablePointer<Lanes>, high: UnsafeMutablePointer<Lanes>, isBetween: Bool
  ) {
    let isInside = end > 0 && !(isBetween && observation.lower > 0)
    let most = Lanes.all(isInside ? Self.farthest : -Self.farthest)
    let zero = Lanes.all(0)
    for v in 0..<task.count {
      let size = larger(task.f[v], -task.f[v])
      high[v] = cvector_select_less_equal(size, zero, most, high[v])
      if isBetween {
        let least = Lanes.all(isInside ? -Self.farthest : -2 * Self.farthest)
        low[v] = cvector_select_less_equal(size, zero, least, low[v])
      }
    }
  }
}
