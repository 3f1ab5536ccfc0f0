import CVector
import KernelInterface
import NumericKernels
import PopulationModel

extension EStepKernel {
  /// Fills a table with the likelihood of one subject at a batch of nodes: W07 (1), (4), with
  /// |H|^(−½), which the print hides in a constant.
  ///
  /// Σ_j log |h_j| costs a logarithm for each observation; here it is a product, ∏ |Y_j|/|h_j|,
  /// which stays near 1 where the likelihood counts.
  ///
  /// The envelope and the values of the program's steps are in `mean`, `factor`, `values` and
  /// `scales`: those of one subject in all lanes, or of eight subjects whose programs have the same
  /// steps, of which `subject` is the first.
  func likelihood(
    _ subject: Int, z: UnsafePointer<Lanes>, stride: Int, inverseDensity: UnsafePointer<Lanes>?,
    count: Int, table: LikelihoodTable, first: Int, isPositive: Bool, node: Int,
    columns: UnsafeMutablePointer<Lanes>?
  ) {
    let factor = table.factor + first
    let squares = table.squares + first
    let exponent = table.exponent.map { $0 + first }
    if directCount == 0 || !hasPredictions(subject, node: node, count: count) {
      placeParameters(z: z, stride: stride, count: count)
    }
    if let decay = decay(of: subject) {
      let program = programs + subject
      let (rate, volume) = placeRate(decay, count: count)
      decays(program, rate: rate, count: count)
      bolus(
        program, volume: volume, count: count, factor: factor, squares: squares,
        exponent: exponent, isPositive: isPositive)
    } else if directCount > 0 {
      let rows = predictionRows(subject, node: node, count: count, needsSlopes: columns != nil)
      observe(
        subject, rows, count: count, factor: factor, squares: squares, columns: columns)
    } else {
      predictor.predict(subject, parameters: parameters, count: count, predictions: predictions)
      residuals(
        programs + subject, predictions, count: count, factor: factor, squares: squares,
        exponent: exponent)
    }
    finishTable(count: count, inverseDensity: inverseDensity, factor: factor, squares: squares)
  }

  /// θ = g(m + Lz), into `parameters`.
  private func placeParameters(z: UnsafePointer<Lanes>, stride: Int, count: Int) {
    for i in 0..<p {
      let target = parameters + places[i] * count
      // Exponents of 2 for what will be an exponential.
      let isLognormal = transforms[i].isExponential
      let scale = isLognormal ? 2 * halfLog2e : 1
      let row = factor + SymmetricMatrix.index(i, 0)
      let centre = mean[i] * scale
      for j in 0...i { scaledRow[j] = row[j] * scale }
      for v in 0..<count {
        var phi = centre
        for j in 0...i { phi = fma(scaledRow[j], z[j * stride + v], phi) }
        target[v] = phi
      }
      if isLognormal {
        for v in 0..<count { target[v] = exp2Clamped(target[v]) }
      } else if !transforms[i].isIdentity {
        transform(i, target, target, count)
      }
    }
  }

  /// The form of a subject's predictions that is computed here; `nil` where the model predicts.
  @inline(__always)
  func decay(of subject: Int) -> DecayForm? { programs[subject].decays ? decay : nil }

  /// Makes a rate constant of what the model has as its rate or clearance, in place.
  /// - Returns: where k and V are.
  @inline(__always)
  func placeRate(_ decay: DecayForm, count: Int) -> (
    rate: UnsafeMutablePointer<Lanes>, volume: UnsafeMutablePointer<Lanes>
  ) {
    let rate = parameters + decay.ratePlace * count
    let volume = parameters + decay.volumePlace * count
    if decay.isClearance { for v in 0..<count { rate[v] /= volume[v] } }
    if decay.refusesGrowth {
      for v in 0..<count {
        let k = cvector_select_less(rate[v], Lanes.all(0), Lanes.all(.nan), rate[v])
        rate[v] = cvector_select_less(k, Lanes.all(.infinity), k, Lanes.all(.nan))
      }
    }
    return (rate, volume)
  }

  /// All powers of the subject's program, into `powers`.
  func decays(
    _ program: UnsafePointer<SubjectProgram>, rate: UnsafePointer<Lanes>, count: Int
  ) {
    for r in 0..<program.pointee.powerCount {
      let power = program.pointee.powers[r]
      let target = powers + r * DecayStep.batchStride
      if power.first >= 0 {
        let a = powers + Int(power.first) * DecayStep.batchStride
        let b = powers + Int(power.second) * DecayStep.batchStride
        for v in 0..<count { target[v] = a[v] * b[v] }
      } else {
        let exponent = Lanes.all(power.exponent)
        for v in 0..<count { target[v] = exp2Clamped(rate[v] * exponent) }
      }
    }
  }

  func bolus(
    _ program: UnsafePointer<SubjectProgram>, volume: UnsafePointer<Lanes>, count: Int,
    factor: UnsafeMutablePointer<Lanes>, squares: UnsafeMutablePointer<Lanes>,
    exponent: UnsafeMutablePointer<Lanes>?, isPositive: Bool
  ) {
    if !isProportional {
      additiveBolus(program, volume: volume, count: count, factor: factor, squares: squares)
    } else if program.pointee.isReciprocal {
      if isPositive, exponent == nil {
        proportionalBolus(
          program, volume, count, factor, squares, nil, isReciprocal: true, isPositive: true)
      } else {
        proportionalBolus(
          program, volume, count, factor, squares, exponent, isReciprocal: true,
          isPositive: false)
      }
    } else {
      proportionalBolus(
        program, volume, count, factor, squares, exponent, isReciprocal: false, isPositive: false)
    }
  }

  /// With an only dose D before an observation Y/h = Y·V/D·e^(kt), a product; with more a quotient.
  @inline(__always)
  private func proportionalBolus(
    _ program: UnsafePointer<SubjectProgram>, _ volume: UnsafePointer<Lanes>, _ count: Int,
    _ factor: UnsafeMutablePointer<Lanes>, _ squares: UnsafeMutablePointer<Lanes>,
    _ exponent: UnsafeMutablePointer<Lanes>?, isReciprocal: Bool, isPositive: Bool
  ) {
    let steps = program.pointee.steps
    let stepCount = program.pointee.stepCount
    let values = values
    let scales = scales
    for v in 0..<count {
      let volume = volume[v]
      // 1/h, or the amount.
      var state = Lanes.all(0)
      var sum = Lanes.all(0)
      var product = Lanes.all(1)
      var power = SIMD8<Int64>(repeating: 0)
      for s in 0..<stepCount {
        let step = steps + s
        if step.pointee.power >= 0 { state *= powers[Int(step.pointee.power) + v] }
        if step.pointee.action == .observe {
          let reciprocal = isReciprocal ? state : volume / state
          let ratio = reciprocal * values[s]
          let r = ratio - 1
          sum = fma(r, r, sum)
          product *= isPositive ? ratio : reciprocal * scales[s]
          if exponent != nil, step.pointee.renormalizes { power &+= takeExponent(&product) }
        } else if step.pointee.action == .dose {
          state = isReciprocal ? volume * values[s] : state + values[s]
        } else {
          state = Lanes.all(0)
        }
      }
      factor[v] = product
      squares[v] = sum
      if let exponent { exponent[v] = asDouble(power) }
    }
  }

  private func additiveBolus(
    _ program: UnsafePointer<SubjectProgram>, volume: UnsafePointer<Lanes>, count: Int,
    factor: UnsafeMutablePointer<Lanes>, squares: UnsafeMutablePointer<Lanes>
  ) {
    let steps = program.pointee.steps
    let values = values
    for v in 0..<count {
      let perVolume = 1 / volume[v]
      var amount = Lanes.all(0)
      var sum = Lanes.all(0)
      for s in 0..<program.pointee.stepCount {
        let step = steps + s
        if step.pointee.power >= 0 { amount *= powers[Int(step.pointee.power) + v] }
        switch step.pointee.action {
        case .observe:
          let r = fma(amount, perVolume, -values[s])
          sum = fma(r, r, sum)
        case .dose: amount += values[s]
        case .reset: amount = Lanes.all(0)
        }
      }
      factor[v] = Lanes.all(1)
      squares[v] = sum
    }
  }

  /// The same from predictions.
  func residuals(
    _ program: UnsafePointer<SubjectProgram>, _ predictions: UnsafePointer<Lanes>, count: Int,
    factor: UnsafeMutablePointer<Lanes>, squares: UnsafeMutablePointer<Lanes>,
    exponent: UnsafeMutablePointer<Lanes>?
  ) {
    let observed = program.pointee.observed
    let scales = program.pointee.scales
    for v in 0..<count {
      var sum = Lanes.all(0)
      var product = Lanes.all(1)
      var power = SIMD8<Int64>(repeating: 0)
      for j in 0..<program.pointee.observationCount {
        let h = predictions[j * count + v]
        if isProportional {
          let reciprocal = 1 / h
          let r = fma(reciprocal, Lanes.all(observed[j]), Lanes.all(-1))
          // h·0 is NaN where h is infinite, whose reciprocal looks innocent.
          sum = fma(r, r, sum) + h * 0
          product *= reciprocal * scales[j]
          if exponent != nil, j & 63 == 63 { power &+= takeExponent(&product) }
        } else {
          let r = h - observed[j]
          sum = fma(r, r, sum)
        }
      }
      factor[v] = product
      squares[v] = sum
      if let exponent { exponent[v] = asDouble(power) }
    }
  }

  /// Outside the model's domain the factor becomes 0 and the squares too; signs go, and the nodes'
  /// densities come in.
  func finishTable(
    count: Int, inverseDensity: UnsafePointer<Lanes>?, factor: UnsafeMutablePointer<Lanes>,
    squares: UnsafeMutablePointer<Lanes>
  ) {
    let limit = Lanes.all(1e300)
    let zero = Lanes.all(0)
    for v in 0..<count {
      let product = magnitude(factor[v])
      // Comparisons with NaN are false, which selects 0.
      let bounded = cvector_select_less(product, limit, product, zero)
      factor[v] = cvector_select_less(squares[v], limit, bounded, zero)
      squares[v] = cvector_select_less(squares[v], limit, squares[v], zero)
    }
    if let inverseDensity { for v in 0..<count { factor[v] *= inverseDensity[v] } }
  }
}

/// |x|
@inline(__always)
private func magnitude(_ x: Lanes) -> Lanes {
  unsafeBitCast(
    unsafeBitCast(x, to: SIMD8<Int64>.self) & SIMD8<Int64>(repeating: Int64.max), to: Lanes.self)
}

/// Takes the exponent out of a product, which is in [1, 2) then.
@inline(__always)
private func takeExponent(_ product: inout Lanes) -> SIMD8<Int64> {
  let bits = unsafeBitCast(product, to: SIMD8<Int64>.self) & SIMD8<Int64>(repeating: Int64.max)
  product = unsafeBitCast(
    (bits & SIMD8<Int64>(repeating: 0x000F_FFFF_FFFF_FFFF))
      | SIMD8<Int64>(repeating: 0x3FF0_0000_0000_0000), to: Lanes.self)
  return bits.logicalShift(52) &- 1023
}

/// Integers below 2⁵¹ as doubles: placed in the mantissa of 1.5·2⁵².
@inline(__always)
private func asDouble(_ x: SIMD8<Int64>) -> Lanes {
  let magic = Lanes.all(0x1.8p52)
  return unsafeBitCast(x &+ unsafeBitCast(magic, to: SIMD8<Int64>.self), to: Lanes.self) - magic
}
