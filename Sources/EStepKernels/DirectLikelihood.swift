import CVector
import KernelInterface
import NumericKernels
import PopulationModel

// The likelihood of observations whose residual variance σ² is no factor of: combined and power
// errors, several outputs, censored values, structural parameters without random effects. With them
// −2 log p takes the place of (Y − h)ᵀH⁻¹(Y − h), and 1 that of |H|^(−½).
extension EStepKernel {
  /// Where the predictions of a batch are: row j at `j * stride`, and behind the m rows of
  /// predictions those of their derivatives by each structural direct parameter.
  struct PredictionRows {
    let base: UnsafePointer<Lanes>
    let stride: Int
  }

  /// Predictions of a subject at the parameters of a batch, with their derivatives: from the cell
  /// that keeps them, if it has them.
  /// - Parameters:
  ///   - node: of the batch's first vector among all nodes.
  ///   - needsSlopes: whether derivatives are asked for.
  func predictionRows(_ subject: Int, node: Int, count: Int, needsSlopes: Bool) -> PredictionRows {
    let rows = programs[subject].observationCount
    guard needsSlopes, let cells = predictionCells,
      let memory = cells[subject * cellStride].memory
    else {
      predict(subject, count: count, into: predictions, stride: count, needsSlopes: needsSlopes)
      return PredictionRows(base: predictions, stride: count)
    }
    let stride = cells[subject * cellStride].stride
    if cells[subject * cellStride].filled < node + count {
      predict(subject, count: count, into: predictions, stride: count, needsSlopes: true)
      for row in 0..<rows * (1 + structuralCount) {
        (memory + row * stride + node).update(from: predictions + row * count, count: count)
      }
      cells[subject * cellStride].filled = node + count
    }
    return PredictionRows(base: memory + node, stride: stride)
  }

  /// Whether all predictions of a batch are kept, so that its parameters are not needed.
  func hasPredictions(_ subject: Int, node: Int, count: Int) -> Bool {
    guard let cells = predictionCells, cells[subject * cellStride].memory != nil else {
      return false
    }
    return cells[subject * cellStride].filled >= node + count
  }

  /// Predictions at `parameters`, and central differences by the structural direct parameters.
  private func predict(
    _ subject: Int, count: Int, into target: UnsafeMutablePointer<Lanes>, stride: Int,
    needsSlopes: Bool
  ) {
    let rows = programs[subject].observationCount
    placeDirect(count: count)
    predictor.predict(subject, parameters: parameters, count: count, predictions: target)
    guard needsSlopes, let direct else { return }
    for b in 0..<structuralCount {
      let own = parameters + structuralPlaces[b] * count
      let slopes = target + rows * (1 + b) * count
      for v in 0..<count { own[v] = Lanes.all(direct.behind(b)) }
      predictor.predict(subject, parameters: parameters, count: count, predictions: slopes)
      for v in 0..<count { own[v] = Lanes.all(direct.ahead(b)) }
      predictor.predict(
        subject, parameters: parameters, count: count, predictions: otherPredictions)
      let perDifference = direct.perDifference(b)
      for row in 0..<rows * count {
        slopes[row] = (otherPredictions[row] - slopes[row]) * perDifference
      }
      let value = direct.base[direct.count - structuralCount + b]
      for v in 0..<count { own[v] = Lanes.all(value) }
    }
  }

  /// Structural direct parameters, the same in all lanes.
  func placeDirect(count: Int) {
    guard let direct else { return }
    for b in 0..<structuralCount {
      let value = Lanes.all(direct.base[direct.count - structuralCount + b])
      let target = parameters + structuralPlaces[b] * count
      for v in 0..<count { target[v] = value }
    }
  }

  /// Fills a table with −2 log p, and columns with what the direct parameters need.
  /// - Parameters:
  ///   - columns: those of the batch; `nil`: none are needed.
  ///   - chiSquares: Σ (Y − f)²/v of the measured values; `nil`: not needed.
  ///   - informations: the information about each prediction, row j of vector v at `j * count + v`;
  ///     `nil`: not needed.
  func observe(
    _ subject: Int, _ rows: PredictionRows, count: Int, factor: UnsafeMutablePointer<Lanes>,
    squares: UnsafeMutablePointer<Lanes>, columns: UnsafeMutablePointer<Lanes>? = nil,
    chiSquares: UnsafeMutablePointer<Lanes>? = nil,
    informations: UnsafeMutablePointer<Lanes>? = nil
  ) {
    let program = programs + subject
    let m = program.pointee.observationCount
    let zero = Lanes.all(0)
    let product = observationScratch
    for v in 0..<count {
      squares[v] = zero
      factor[v] = Lanes.all(1)
      product[v] = Lanes.all(1)
    }
    if let columns {
      for c in 0..<DirectColumns.count(directCount) {
        for v in 0..<count { columns[c * DecayStep.batchStride + v] = zero }
      }
    }
    if let chiSquares { for v in 0..<count { chiSquares[v] = zero } }
    for j in 0..<m {
      let observation = program.pointee.observations[j]
      let task = ObservationTask(
        f: rows.base + j * rows.stride, slopes: rows.base + (m + j) * rows.stride,
        slopeStride: m * rows.stride, count: count, squares: squares, product: product,
        columns: columns, chiSquares: chiSquares,
        information: informations.map { $0 + j * count })
      addByForm(observation, task)
      // Logarithms are slow: one for eight variances.
      if j & 7 == 7 || j == m - 1 {
        for v in 0..<count {
          squares[v] += log(product[v])
          product[v] = Lanes.all(1)
        }
      }
    }
    // An infinite density is none; and what is no number would stay so times a weight of 0.
    let least = Lanes.all(-1e5)
    for v in 0..<count {
      squares[v] = cvector_select_less(least, squares[v], squares[v], Lanes.all(.nan))
    }
    guard let columns else { return }
    for c in 0..<DirectColumns.count(directCount) {
      let column = columns + c * DecayStep.batchStride
      for v in 0..<count {
        let size = larger(column[v], -column[v])
        column[v] = cvector_select_less(size, Lanes.all(1e300), column[v], zero)
      }
    }
  }
}

/// One observation at the nodes of a batch.
struct ObservationTask {
  let f: UnsafePointer<Lanes>
  /// Derivative by structural parameter b at `b * slopeStride`.
  let slopes: UnsafePointer<Lanes>
  let slopeStride: Int
  let count: Int
  let squares: UnsafeMutablePointer<Lanes>
  /// ∏ v/s²
  let product: UnsafeMutablePointer<Lanes>
  let columns: UnsafeMutablePointer<Lanes>?
  let chiSquares: UnsafeMutablePointer<Lanes>?
  let information: UnsafeMutablePointer<Lanes>?
}

extension EStepKernel {
  /// Adds one observation; `form` is a constant in each call.
  @inline(__always)
  func add(
    _ observation: ObservedValue, _ task: ObservationTask, _ form: ResidualErrorModel
  ) {
    guard let direct else { return }
    let first = Int(observation.firstParameter)
    let a = direct.base[first]
    let b = form.parameterCount > 1 ? direct.base[first + 1] : 0
    if observation.knowledge != .measured {
      addProbability(observation, task, form, first, a, b)
      if observation.knowledge != .quantified { return }
    }
    for v in 0..<task.count {
      let f = task.f[v]
      let variance = Variance(form, f, a, b)
      let x = form.comparesLogarithms ? log(f) : f
      let inverse = 1 / variance.v
      let r = observation.value - x
      let z = r * inverse
      let chi = r * z
      task.squares[v] +=
        observation.knowledge == .quantified
        ? squareAboveLimit(observation, x, chi: chi, inverse: inverse) : chi
      task.product[v] *= variance.v * observation.perSquaredScale
      if let chiSquares = task.chiSquares { chiSquares[v] += chi }
      let half = 0.5 * inverse
      // What the variance's dependence on the prediction tells.
      let coupling = half * inverse * variance.byPrediction
      let about = fma(coupling, variance.byPrediction, inverse)
      if let information = task.information {
        // About f itself, of which a logarithm is a function; what a limit takes away is small
        // beside it.
        information[v] = form.comparesLogarithms ? about / (f * f) : about
      }
      guard let columns = task.columns else { continue }
      columns[DirectColumns.chiSquare * DecayStep.batchStride + v] += chi
      let byVariance = half * (chi - 1)
      addColumns(
        columns, v, task, first, form,
        slope: form.comparesLogarithms ? 1 / f : Lanes.all(1),
        gradient: Derivatives(
          byPrediction: fma(byVariance, variance.byPrediction, z),
          byFirst: byVariance * variance.byFirst, bySecond: byVariance * variance.bySecond),
        information: Information(
          prediction: about, first: coupling * variance.byFirst,
          second: coupling * variance.bySecond,
          firstFirst: half * inverse * variance.byFirst * variance.byFirst,
          secondFirst: half * inverse * variance.bySecond * variance.byFirst,
          secondSecond: half * inverse * variance.bySecond * variance.bySecond))
    }
  }

  /// ∂ log p by the prediction and the parameters of the residual error.
  struct Derivatives {
    let byPrediction: Lanes
    let byFirst: Lanes
    let bySecond: Lanes
  }

  /// Information about the same.
  struct Information {
    let prediction: Lanes
    let first: Lanes
    let second: Lanes
    let firstFirst: Lanes
    let secondFirst: Lanes
    let secondSecond: Lanes
  }

  @inline(__always)
  func addColumns(
    _ columns: UnsafeMutablePointer<Lanes>, _ v: Int, _ task: ObservationTask, _ first: Int,
    _ form: ResidualErrorModel, slope: Lanes, gradient: Derivatives, information: Information
  ) {
    let stride = DecayStep.batchStride
    let gradients = columns + DirectColumns.gradient * stride + v
    let products = columns + DirectColumns.information(directCount) * stride + v
    let hasSecond = form.parameterCount > 1
    gradients[first * stride] += gradient.byFirst
    products[SymmetricMatrix.index(first, first) * stride] += information.firstFirst
    if hasSecond {
      gradients[(first + 1) * stride] += gradient.bySecond
      products[SymmetricMatrix.index(first + 1, first) * stride] += information.secondFirst
      products[SymmetricMatrix.index(first + 1, first + 1) * stride] += information.secondSecond
    }
    let start = directCount - structuralCount
    for b in 0..<structuralCount {
      let own = task.slopes[b * task.slopeStride + v] * slope
      let place = start + b
      gradients[place * stride] = fma(gradient.byPrediction, own, gradients[place * stride])
      products[SymmetricMatrix.index(place, first) * stride] += own * information.first
      if hasSecond {
        products[SymmetricMatrix.index(place, first + 1) * stride] += own * information.second
      }
      let weighted = own * information.prediction
      for c in 0...b {
        let other = task.slopes[c * task.slopeStride + v] * slope
        let element = SymmetricMatrix.index(place, start + c) * stride
        products[element] = fma(weighted, other, products[element])
      }
    }
  }
}
