public import CVector
public import NumericKernels

extension EventMachine {
  /// The steady state of a regimen just before its next dose, by repetition, for systems without a
  /// closed form.
  ///
  /// Three intervals are repeated; then the two slowest errors that are left, which shrink by the
  /// same factor in each interval, are taken out by Anderson's extrapolation (D. G. Anderson, J ACM
  /// 12 (1965) 547–560) over them. An extrapolation that makes matters worse in a lane is taken
  /// back there. Lanes that have come to rest wait for the others; those that never do are lost.
  ///
  /// Doses that bring more than a saturable elimination can take have no steady state. Their
  /// amounts grow by what remains of each dose, however large the amounts are; where there is a
  /// steady state, this remainder falls as amounts come near it, with Michaelis–Menten elimination
  /// at least as fast as amounts grow. So a lane is lost at once when its amounts have grown
  /// a thousandfold and the remainder has not fallen by a tenth.
  /// - Parameter end: time of the dose before which the amounts are steady.
  @inlinable
  mutating func iterate<System: CompartmentSystem>(
    _ steady: UnsafeMutablePointer<Lanes>, _ regimen: SteadyRegimen, until end: Lanes,
    _ system: inout System
  ) {
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    system.placeInitialAmounts(steady)
    if isAnyOff {
      for compartment in 0..<compartmentCount {
        system.empty(compartment, where: one - isOn[compartment], steady)
      }
    }
    let (before, first, second, third) = (room(1), room(2), room(3), room(4))
    let safe = room(5)
    // 1 in lanes that still move.
    var moving = one
    // |third| of the round before, against which an extrapolation is judged.
    var reference = Lanes.all(.infinity)
    for place in 0..<stateCount { safe[place] = steady[place] }
    // Size of the amounts, and what remains of a dose, when the remainder had last fallen by a
    // tenth.
    var (grownFrom, remainder) = (Lanes.all(.infinity), Lanes.all(.infinity))
    let tolerance = Lanes.all(system.steadyTolerance)
    var length = Lanes.all(regimen.interval)
    let isEndless = regimen.interval <= 0
    if isEndless { length = one }
    // A steady state that is not reached in 10¹¹ units of time is none.
    let roundCount = isEndless ? 12 : 200
    for round in 0..<roundCount {
      // Differences of three intervals.
      for repetition in 0..<3 {
        let difference = room(2 + repetition)
        for place in 0..<stateCount { before[place] = steady[place] }
        let passing = length * moving
        if isEndless {
          for compartment in 0..<compartmentCount { rates[compartment] = zero }
          rates[regimen.compartment] = regimen.rate
          system.advance(steady, rates: rates, from: end - passing, to: end)
          // Without an interval, longer and longer.
          length = length * 2
        } else {
          let given = cvector_select_less(zero, moving, regimen.amount, zero)
          passInterval(
            steady, regimen, dose: given, from: end - passing, length: passing, &system)
        }
        for place in 0..<stateCount { difference[place] = steady[place] - before[place] }
      }
      // Size of the last change, and the error that it leaves if changes go on to shrink as the
      // last ones did.
      var (size, last, previous, isSound) = (zero, zero, zero, one)
      for place in 0..<stateCount {
        size = cvector_max(cvector_max(steady[place], -steady[place]), size)
        last = cvector_max(cvector_max(third[place], -third[place]), last)
        previous = cvector_max(cvector_max(second[place], -second[place]), previous)
        isSound = cvector_select_less(
          cvector_max(steady[place], -steady[place]), Lanes.all(.infinity), isSound, zero)
      }
      // A lane without sense moves no more.
      moving = moving * isSound
      let error =
        isEndless
        ? last
        : cvector_select_less(last, previous, last * last / (previous - last), last + previous)
      let isEnough = cvector_max(tolerance * size, Lanes.all(.leastNormalMagnitude))
      // Amounts that grow without end change little in proportion, but by much of what each
      // interval brings.
      let brought = isEndless ? regimen.rate * length : regimen.amount
      let isGrowing = cvector_select_less(
        zero, brought, cvector_select_less(1e-4 * brought, last, moving, zero), zero)
      moving = cvector_select_less(isEnough, error, moving, isGrowing)
      if !cvector_any_less(zero, moving) { return }
      if !isEndless, cvector_any_less(zero, isGrowing) {
        let remains = last / brought
        let hasFallen = cvector_select_less(remains, 0.9 * remainder, isGrowing, zero)
        remainder = cvector_select_less(zero, hasFallen, remains, remainder)
        grownFrom = cvector_select_less(zero, hasFallen, size, grownFrom)
        let isEndlessGrowth = cvector_select_less(1000 * grownFrom, size, isGrowing, zero)
        if cvector_any_less(zero, isEndlessGrowth) {
          let loss = cvector_select_less(zero, isEndlessGrowth, Lanes.all(.nan), zero)
          for place in 0..<stateCount { steady[place] += loss }
          moving = cvector_select_less(zero, isEndlessGrowth, zero, moving)
          if !cvector_any_less(zero, moving) { return }
        }
      }
      if round == roundCount - 1 {
        // What only trembles is at rest; the rest has no steady state.
        let isFar = cvector_select_less(1000 * isEnough, last, moving, isGrowing)
        let loss = cvector_select_less(zero, isFar, Lanes.all(.nan), zero)
        for place in 0..<stateCount { steady[place] += loss }
        return
      }
      if isEndless { continue }
      // Worse than without the extrapolation: back to the state before it, whose own changes were
      // smaller.
      let isWorse = cvector_select_less(2 * reference, last, moving, zero)
      for place in 0..<stateCount {
        steady[place] = cvector_select_less(zero, isWorse, safe[place], steady[place])
        safe[place] = steady[place]
      }
      reference = cvector_select_less(zero, isWorse, Lanes.all(.infinity), last)
      let tries = cvector_select_less(zero, isWorse, zero, moving)
      extrapolate(steady, first, second, third, where: tries)
    }
  }

  /// Makes the last change, as a combination with the two before it, as small as can be, and goes
  /// to the state that belongs to it.
  @inlinable
  func extrapolate(
    _ steady: UnsafeMutablePointer<Lanes>, _ first: UnsafeMutablePointer<Lanes>,
    _ second: UnsafeMutablePointer<Lanes>, _ third: UnsafeMutablePointer<Lanes>, where tries: Lanes
  ) {
    let zero = Lanes.all(0)
    var (a, b, c, p, q) = (zero, zero, zero, zero, zero)
    for place in 0..<stateCount {
      let d1 = second[place] - first[place]
      let d2 = third[place] - second[place]
      a = cvector_fma(d1, d1, a)
      b = cvector_fma(d1, d2, b)
      c = cvector_fma(d2, d2, c)
      p = cvector_fma(d1, third[place], p)
      q = cvector_fma(d2, third[place], q)
    }
    let determinant = cvector_fma(a, c, -(b * b))
    let isPlane = 1e-8 * a * c
    let along = -q / c
    let x = cvector_select_less(isPlane, determinant, (q * b - p * c) / determinant, zero)
    let y = cvector_select_less(isPlane, determinant, (p * b - q * a) / determinant, along)
    var isSound = tries
    for place in 0..<stateCount {
      let target = cvector_fma(
        x, second[place], cvector_fma(y, third[place], steady[place]))
      // Amounts that were not negative stay so; what is not a number is no target.
      let bound = cvector_select_less(steady[place], zero, Lanes.all(-.infinity), zero)
      let isHigh = cvector_select_less(target, bound, zero, isSound)
      isSound = cvector_select_less(target, Lanes.all(.infinity), isHigh, zero)
    }
    for place in 0..<stateCount {
      let target = cvector_fma(
        x, second[place], cvector_fma(y, third[place], steady[place]))
      steady[place] = cvector_select_less(zero, isSound, target, steady[place])
    }
  }
}
