import CVector
import KernelInterface
import NumericKernels
import PopulationModel

/// Envelopes for subjects without previous conditional moments: the mode of the conditional density
/// of φ given component k, with the curvature there (Gauss–Newton), for the eight subjects of a
/// block at once. No lane sees another one.
///
/// W07 is silent about the first iteration. With a normal volume and proportional error p(Y|θ) has
/// a plateau just below V = 0, into which an uncapped step falls; so steps are capped in units of
/// the prior, the climb begins at the best of all components' means, and where neither that
/// explains the data better than no prediction at all nor the mode as well as chance allows, a
/// climb begins at each of them and the best mode is kept. Where that leaves residuals larger than
/// chance allows, modes are followed from a wide residual error, under which there is no plateau,
/// to the one at hand.
///
/// The class owns its memory; nothing is allocated while it works.
final class ModeSearch {
  private static let stepLimit = 40
  /// Largest step in standard deviations of the prior.
  private static let stepCap = 3.0
  /// The gain in log density, as the curvature foretells it, that is worth looking at the end of
  /// another step: little is needed of a mode that explains the data, as envelopes are renewed from
  /// moments anyway; but a small gain may also be a plateau.
  private static let smallGain = 0.05
  private static let leastGain = 1e-5
  /// A mode that is reported is one that the next step would move by less than 10⁻⁴ of its standard
  /// deviation.
  private static let smallestGain = 1e-8
  /// The same where an envelope twice as wide as the posterior is wanted.
  private static let nearGain = 0.2
  /// Gains in units of the foretold one that a climb may be hoped to make.
  private static let foretellingLimit = 8.0
  /// Factor between the residual precisions through which a mode is followed.
  private static let narrowing = 4.0
  /// 4⁶⁴ is 10³⁸: an error that is so much smaller than the observations says that these are no
  /// measurements.
  private static let narrowingLimit = 64
  /// Starts that are compared at a time.
  private static let startBatch = 16

  private let kernel: any SubjectKernel
  /// Of the kernel; see `SubjectKernel.evaluate`.
  private let points: UnsafeMutablePointer<Lanes>
  private let logLikelihoods: UnsafeMutablePointer<Lanes>
  private let squaresAtPoints: UnsafeMutablePointer<Lanes>
  private let slopes: ModeSlopes
  private let programs: SubjectPrograms
  private let p: Int
  private let packed: Int
  private let memory: UnsafeMutablePointer<Lanes>
  /// Where the climb is, and where it may go next.
  private let here: ModeSlopes.Point
  private let trial: ModeSlopes.Point
  /// The highest point of all climbs.
  private let best: ModeSlopes.Point
  private let step: UnsafeMutablePointer<Lanes>
  private let scratch: UnsafeMutablePointer<Lanes>
  /// μ_ik of the block at hand, as pointers: a reference to the records would be counted at each
  /// use.
  private var firstMean: UnsafeMutablePointer<Lanes>
  private var meanStride = 0

  init(kernel: any SubjectKernel, programs: SubjectPrograms) {
    self.kernel = kernel
    points = kernel.points
    logLikelihoods = kernel.logLikelihoods
    squaresAtPoints = kernel.squares
    self.programs = programs
    p = programs.model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    slopes = ModeSlopes(kernel: kernel, programs: programs)
    let size = ModeSlopes.Point.size(p)
    let count = 3 * size + p + 2 * packed
    memory = .allocate(capacity: count)
    memory.initialize(repeating: Lanes.all(0), count: count)
    here = ModeSlopes.Point(memory, effectCount: p)
    trial = ModeSlopes.Point(memory + size, effectCount: p)
    best = ModeSlopes.Point(memory + 2 * size, effectCount: p)
    step = memory + 3 * size
    scratch = step + p
    firstMean = memory
  }

  deinit { memory.deallocate() }

  /// Vectors that the kernel must have room for.
  static func requiredCapacity(effectCount: Int, componentCount: Int) -> Int {
    max(
      PosteriorModes.pointCount(effectCount), ModeSlopes.pointCount(effectCount),
      min(componentCount, startBatch))
  }

  /// Finds the modes of p(Y_i | g(φ)) N(φ; μ_k, Σ_k) and the curvature there.
  /// - Parameters:
  ///   - chosen: above 0 in the lanes to search for; the others' means and factors stay.
  ///   - inflation: factor on the covariances.
  ///   - mean: where the modes go.
  ///   - factor: where L goes with LLᵀ = inflation × the inverse curvature, packed.
  /// - Returns: log p(Y_i | g(φ)) − ½(φ − μ_k)ᵀΣ_k⁻¹(φ − μ_k) at the mode, without the terms that
  ///   `SubjectKernel.evaluate` leaves out. −∞: no point of the search has a finite density, and
  ///   the envelope is the prior.
  func place(
    _ block: Int, component k: Int, chosen: Lanes, densities: ComponentDensities,
    blocks: SubjectBlocks, inflation: Double, mean: UnsafeMutablePointer<Lanes>,
    factor: UnsafeMutablePointer<Lanes>
  ) -> Lanes {
    let zero = Lanes.all(0)
    slopes.prepare(block, k, densities, blocks)
    firstMean = blocks.record(block, 0) + blocks.layout.priorMean
    meanStride = blocks.layout.count
    best.value.pointee = Lanes.all(-.infinity)
    best.squares.pointee = Lanes.all(.infinity)
    let (first, isGood) = bestStart(block, chosen, densities.componentCount)
    for j in 0..<p { here.position[j] = startMean(first, j) }
    let isPossible = climb(chosen, smallGain: Self.smallGain)
    keep(isPossible)
    let isExplained = select(isPossible, explains(), zero)
    let rest = select(isGood, select(isExplained, zero, chosen), chosen)
    if rest.largest > 0 {
      keep(climb(rest, smallGain: Self.leastGain))
      for start in 0..<densities.componentCount {
        // All but the start that has been taken.
        let isOther = cvector_select_less(
          zero, (first - Double(start)) * (first - Double(start)), rest, zero)
        guard isOther.largest > 0 else { continue }
        for j in 0..<p { here.position[j] = priorMean(start)[j] }
        keep(climb(isOther, smallGain: Self.leastGain))
      }
      let isOff = cvector_select_less(
        slopes.residualLimit, best.squares.pointee, rest, zero)
      for lane in 0..<8 where isOff[lane] > 0 {
        for start in 0..<densities.componentCount { approach(lane, from: start) }
      }
    }
    LaneAlgebra.invert(
      best.curvature, dimension: p, inverse: scratch, product: scratch + packed)
    let covariance = scratch + packed
    for e in 0..<packed { covariance[e] *= inflation }
    let isRegular = LaneAlgebra.factor(covariance, dimension: p)
    let isFound = cvector_select_less(
      Lanes.all(-.infinity), best.value.pointee, isRegular, zero)
    for j in 0..<p {
      let own = select(isFound, best.position[j], priorMean(k)[j])
      mean[j] = select(chosen, own, mean[j])
    }
    for e in 0..<packed {
      let own = select(isFound, covariance[e], Lanes.all(densities.factor[k * packed + e]))
      factor[e] = select(chosen, own, factor[e])
    }
    return select(isFound, best.value.pointee, Lanes.all(-.infinity))
  }

  /// Climbs from given points to the modes next to them, closer than an envelope needs.
  /// - Parameters:
  ///   - components: of each lane, what its random effects are distributed as.
  ///   - chosen: above 0 in the lanes to search for.
  ///   - point: where the climbs begin, in all lanes; the modes take their place.
  ///   - begun: is given the predictions at the beginning, prediction j at j times the stride.
  /// - Returns: 1 in those of the chosen lanes where there is a density at the beginning.
  func refine(
    _ block: Int, components: SIMD8<Int>, chosen: Lanes, densities: ComponentDensities,
    blocks: SubjectBlocks, _ point: UnsafeMutablePointer<Lanes>,
    begun: (_ predictions: UnsafeMutablePointer<Lanes>, _ stride: Int) -> Void
  ) -> Lanes {
    slopes.prepare(block, components: components, densities, blocks)
    here.position.update(from: point, count: p)
    let isInside = slopes.differentiate(here, chosen)
    begun(slopes.predictions, slopes.predictionStride)
    let isPossible = climb(chosen, from: isInside, smallGain: Self.smallestGain)
    point.update(from: here.position, count: p)
    return isPossible
  }

  /// Climbs from given points to the modes next to them, and measures the densities there.
  /// - Parameters:
  ///   - components: of each lane, what its random effects are distributed as.
  ///   - chosen: above 0 in the lanes to search for.
  ///   - point: its position is where the climbs begin; position, value and curvature of the modes
  ///     take its place.
  ///   - isRough: whether an envelope twice as wide as the posterior is all that is wanted: the
  ///     last step may be longer.
  ///   - floor: densities from which more than `foretellingLimit` times the foretold gain is
  ///     missing to this are not climbed from.
  ///   - isNew: given a point on the way, above 0 in the lanes where it leads to no mode that is
  ///     known already; there climbs end.
  /// - Returns: 1 in those of the chosen lanes where there is a density at the beginning, and the
  ///   way has not led to a mode that is known.
  func climb(
    _ block: Int, components: SIMD8<Int>, chosen: Lanes, densities: ComponentDensities,
    blocks: SubjectBlocks, _ point: ModeSlopes.Point, isRough: Bool, floor: Lanes,
    isNew: (ModeSlopes.Point) -> Lanes
  ) -> Lanes {
    slopes.prepare(block, components: components, densities, blocks)
    here.position.update(from: point.position, count: p)
    let isPossible = climb(
      chosen, smallGain: isRough ? Self.nearGain : Self.smallGain, floor: floor,
      isNew: isNew)
    point.take(here, chosen)
    return isPossible
  }

  /// −½(φ − μ_k)ᵀΣ_k⁻¹(φ − μ_k) of the block and component that the search was turned to last.
  func exponent(_ phi: UnsafePointer<Lanes>) -> Lanes { slopes.exponent(phi) }

  /// Follows the mode of one lane from a wide residual error, under which no residual is too large
  /// to be of use, to the one at hand.
  private func approach(_ lane: Int, from start: Int) {
    var own = Lanes.all(0)
    own[lane] = 1
    for j in 0..<p { here.position[j] = priorMean(start)[j] }
    let target = slopes.halfPrecision
    // Beginning with an error as large as the observations themselves. Where their squares overflow
    // there is no such error, and the precision would be 0 for ever.
    var halfPrecision = 0.5 * slopes.observationCounts[lane] / slopes.squaresOfNothing[lane]
    for _ in 0..<Self.narrowingLimit where halfPrecision.isNormal && halfPrecision < target {
      slopes.halfPrecision = halfPrecision
      climb(own, smallGain: Self.smallGain)
      halfPrecision *= Self.narrowing
    }
    slopes.halfPrecision = target
    keep(climb(own, smallGain: Self.leastGain))
  }

  /// μ_ik of the block's subjects.
  private func priorMean(_ k: Int) -> UnsafeMutablePointer<Lanes> { firstMean + k * meanStride }

  /// Effect j of the mean of a component, which differs between lanes.
  private func startMean(_ start: Lanes, _ j: Int) -> Lanes {
    var result = Lanes.all(0)
    for lane in 0..<8 { result[lane] = priorMean(Int(start[lane]))[j][lane] }
    return result
  }

  /// 1 where residuals and random effects at the end of a climb are no larger than chance allows: a
  /// component that does not suit the subject may have several modes.
  private func explains() -> Lanes {
    let deviance =
      2 * slopes.halfPrecision * here.squares.pointee - 2 * slopes.exponent(here.position)
    return cvector_select_less(
      deviance, chanceLimit(slopes.observationCounts + Double(p)), Lanes.all(1), Lanes.all(0))
  }

  /// The start with the highest density, and 1 where its predictions are better than none: squared
  /// residuals below those of predictions of 0, or of ∞ under proportional error.
  private func bestStart(_ block: Int, _ chosen: Lanes, _ total: Int) -> (
    place: Lanes, isGood: Lanes
  ) {
    var chosen = chosen
    var place = Lanes.all(0)
    var value = Lanes.all(-.infinity)
    var squares = Lanes.all(0)
    for first in stride(from: 0, to: total, by: Self.startBatch) {
      let count = min(Self.startBatch, total - first)
      for j in 0..<p {
        for s in 0..<count {
          points[j * count + s] = priorMean(first + s)[j]
        }
      }
      kernel.evaluate(
        block: block, count: count, halfPrecision: slopes.halfPrecision, chosen: &chosen,
        needsPredictions: false)
      for s in 0..<count {
        for j in 0..<p { scratch[j] = points[j * count + s] }
        let other = logLikelihoods[s] + slopes.exponent(scratch)
        squares = cvector_select_less(value, other, squaresAtPoints[s], squares)
        place = cvector_select_less(value, other, Lanes.all(Double(first + s)), place)
        value = cvector_select_less(value, other, other, value)
      }
    }
    let isGood = cvector_select_less(
      squares, slopes.squaresOfNothing, Lanes.all(1), Lanes.all(0))
    return (place, isGood)
  }

  /// Capped Gauss–Newton steps from `here`, which moves, in the lanes that are chosen; where a
  /// whole step does not gain, eight shorter ones are tried at once.
  /// - Returns: 1 in those of the chosen lanes where the search has found a density.
  @discardableResult
  private func climb(
    _ chosen: Lanes, smallGain: Double,
    floor: Lanes = Lanes.all(-.infinity), isNew: (ModeSlopes.Point) -> Lanes = { _ in Lanes.all(1) }
  ) -> Lanes {
    climb(
      chosen, from: slopes.differentiate(here, chosen), smallGain: smallGain, floor: floor,
      isNew: isNew)
  }

  /// The same from a place that has been differentiated.
  private func climb(
    _ chosen: Lanes, from isInside: Lanes, smallGain: Double,
    floor: Lanes = Lanes.all(-.infinity), isNew: (ModeSlopes.Point) -> Lanes = { _ in Lanes.all(1) }
  ) -> Lanes {
    let zero = Lanes.all(0)
    var isPossible = isInside
    var running = isPossible
    for _ in 0..<Self.stepLimit where running.largest > 0 {
      step.update(from: here.gradient, count: p)
      LaneAlgebra.solve(here.curvature, dimension: p, step)
      var gain = zero
      for i in 0..<p { gain += 0.5 * here.gradient[i] * step[i] }
      running = cvector_select_less(gain, Lanes.all(.infinity), running, zero)
      running = cvector_select_less(
        fma(gain, Lanes.all(Self.foretellingLimit), here.value.pointee), floor, zero, running)
      let isSmall = cvector_select_less(Lanes.all(smallGain), gain, zero, running)
      running -= isSmall
      slopes.shorten(step, to: Self.stepCap)
      // The last step is taken without a look at its end.
      if isSmall.largest > 0 {
        for j in 0..<p { here.position[j] += select(isSmall, step[j], zero) }
        here.value.pointee += select(isSmall, gain, zero)
      }
      guard running.largest > 0 else { break }
      for j in 0..<p { trial.position[j] = here.position[j] + step[j] }
      let isInside = slopes.differentiate(trial, running)
      var isHigher = cvector_select_less(here.value.pointee, trial.value.pointee, isInside, zero)
      here.take(trial, isHigher)
      let failed = running - isHigher
      if failed.largest > 0 {
        let isFound = slopes.searchLine(
          from: here, along: step, to: trial.position, failed)
        if isFound.largest > 0 {
          let isTaken = slopes.differentiate(trial, isFound)
          here.take(trial, isTaken)
          isHigher += isTaken
        }
      }
      running = isHigher
      guard running.largest > 0 else { break }
      let isKnown = running - select(running, isNew(here), zero)
      isPossible -= isKnown
      running -= isKnown
    }
    return isPossible
  }

  /// The end of a climb takes the place of `best` where it is higher.
  private func keep(_ isPossible: Lanes) {
    let isHigher = cvector_select_less(
      best.value.pointee, here.value.pointee, isPossible, Lanes.all(0))
    best.take(here, isHigher)
  }
}
