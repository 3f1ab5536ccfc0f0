import CVector
import NumericKernels
import PopulationModel

// Climbs, and what they may leave out.
extension PosteriorModes {
  /// Climbs from all starts in some places.
  ///
  /// Each lane goes through its own list of starts, so that climbs to modes of different
  /// components, from starts of any place, are side by side; but components with direct parameters
  /// of their own have predictions of their own, and come one after another.
  func climb(
    _ block: Int, from places: Range<Int>, _ chosen: Lanes, _ blocks: SubjectBlocks
  ) {
    if expectation.model.isFactored {
      climb(block, 0..<componentCount, places, chosen, blocks)
    } else {
      for k in 0..<componentCount {
        expectation.use(k, keepsPredictions: false)
        climb(block, k..<k + 1, places, chosen, blocks)
      }
    }
  }

  private func climb(
    _ block: Int, _ components: Range<Int>, _ places: Range<Int>, _ chosen: Lanes,
    _ blocks: SubjectBlocks
  ) {
    let zero = Lanes.all(0)
    /// Where each lane is in its list.
    var next = SIMD8<Int>(repeating: 0)
    var rest = chosen
    func start(_ e: Int) -> (k: Int, m: Int) {
      let (m, k) = e.quotientAndRemainder(dividingBy: components.count)
      return (components.lowerBound + k, places.lowerBound + m)
    }
    while true {
      // Each lane's next start that no mode accounts for.
      var own = SIMD8<Int>(repeating: components.lowerBound)
      var taken = SIMD8<Int>(repeating: -1)
      var open = rest
      for k in components { masks[k] = zero }
      for e in next.min()..<max(next.min(), components.count * places.count)
      where open.largest > 0 {
        let (k, m) = start(e)
        var isFree = select(open, isUnexplained(mode(k, m), k), zero)
        for lane in 0..<8 where next[lane] > e { isFree[lane] = 0 }
        guard isFree.largest > 0 else { continue }
        work.take(mode(k, m), isFree)
        open -= isFree
        masks[k] += isFree
        for lane in 0..<8 where isFree[lane] > 0 {
          (taken[lane], own[lane]) = (e, k)
          next[lane] = e + 1
        }
      }
      rest -= open
      guard rest.largest > 0 else { return }
      // A wide grid has room for errors of envelopes; with more effects climbs are worth little
      // beside the nodes, and go to their ends.
      let isRough = p <= GridNodes.dimensionLimit
      var floor = Lanes.all(-.infinity)
      if isRough {
        for k in components {
          floor = select(masks[k], top - Self.hopeless - logPrior(block, k, blocks), floor)
        }
      }
      let isNew = expectation.modeSearch.climb(
        block, components: own, chosen: rest, densities: expectation.densities, blocks: blocks,
        work, isRough: isRough, floor: floor
      ) { point in
        var result = Lanes.all(1)
        for k in components where masks[k].largest > 0 {
          result = select(
            masks[k], isRough ? isUnexplained(point, k) : isApart(point, k), result)
        }
        return result
      }
      for k in components where masks[k].largest > 0 {
        masks[k] = select(masks[k], isNew, zero)
        top = larger(
          top,
          select(
            masks[k], work.value.pointee + logPrior(block, k, blocks), Lanes.all(-.infinity)))
        unite(k)
      }
      for lane in 0..<8 where taken[lane] >= 0 {
        let (k, m) = start(taken[lane])
        var one = zero
        one[lane] = 1
        mode(k, m).take(work, one)
        isThere[k * capacity + m][lane] = masks[k][lane]
      }
    }
  }

  /// Of two climbs of component k to the same mode the higher end is kept, in the place of the
  /// first; what is left of `masks` is new.
  private func unite(_ k: Int) {
    for m in 0..<capacity where isThere(k, m).largest > 0 {
      let isSame = select(masks[k], 1 - isFar(work, k, m), Lanes.all(0))
      let isHigher = cvector_select_less(
        mode(k, m).value.pointee, work.value.pointee, isSame, Lanes.all(0))
      mode(k, m).take(work, isHigher)
      masks[k] -= isSame
    }
  }

  /// |Lᵀd|² with the curvature LLᵀ at the mode in another place.
  private func squaredDistance(_ point: ModeSlopes.Point, _ k: Int, _ other: Int) -> Lanes {
    let mode = mode(k, other)
    var square = Lanes.all(0)
    for j in 0..<p {
      var sum = Lanes.all(0)
      for i in j..<p {
        sum +=
          mode.curvature[SymmetricMatrix.index(i, j)] * (point.position[i] - mode.position[i])
      }
      square += sum * sum
    }
    return square
  }

  /// 1 in the lanes where none of the modes of component k accounts for the density at a point.
  private func isUnexplained(_ point: ModeSlopes.Point, _ k: Int) -> Lanes {
    var rest = Lanes.all(1)
    for m in 0..<capacity where isThere(k, m).largest > 0 {
      rest = select(rest, isUnexplained(point, k, m), rest)
    }
    return rest
  }

  /// 1 in the lanes where a point is near none of the modes of component k.
  private func isApart(_ point: ModeSlopes.Point, _ k: Int) -> Lanes {
    var rest = Lanes.all(1)
    for m in 0..<capacity where isThere(k, m).largest > 0 {
      let isApart = cvector_select_less(
        Lanes.all(Self.near), squaredDistance(point, k, m), Lanes.all(1), Lanes.all(0))
      rest = select(rest, select(isThere(k, m), isApart, Lanes.all(1)), Lanes.all(0))
    }
    return rest
  }

  /// 1 in the lanes where the density at a point is not what the parabola about the mode in another
  /// place has there: another mode may be near.
  private func isUnexplained(_ point: ModeSlopes.Point, _ k: Int, _ other: Int) -> Lanes {
    let square = squaredDistance(point, k, other)
    let difference = point.value.pointee - mode(k, other).value.pointee + 0.5 * square
    let (zero, one) = (Lanes.all(0), Lanes.all(1))
    let isHigh = cvector_select_less(2 + 0.25 * square, difference, one, zero)
    let isUnlike = cvector_select_less(difference, -2 - 0.5 * square, one, isHigh)
    let isOff = cvector_select_less(Lanes.all(Self.near), square, isUnlike, zero)
    return select(isThere(k, other), isOff, one)
  }

  /// 1 in the lanes where a point is far from the mode in another place, or there is none.
  private func isFar(_ point: ModeSlopes.Point, _ k: Int, _ other: Int) -> Lanes {
    let isFar = cvector_select_less(
      Lanes.all(Self.same), squaredDistance(point, k, other), Lanes.all(1), Lanes.all(0))
    return select(isThere(k, other), isFar, Lanes.all(1))
  }
}
