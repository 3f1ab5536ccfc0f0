import CVector
import KernelInterface
import NumericKernels
import PopulationModel

// Predictions and log-likelihoods at single points, for the mode search.
extension EStepKernel {
  func evaluate(
    block: Int, count: Int, halfPrecision: Double, chosen: UnsafePointer<Lanes>,
    needsPredictions: Bool
  ) {
    if isAlike[block] {
      let isPositive = gatherData(block)
      evaluate(
        8 * block, points, count, halfPrecision, predictions, informations, logLikelihoods,
        pointTable, isPositive: isPositive, needsPredictions: needsPredictions)
      return
    }
    var rows = 0
    for subject in 8 * block..<min(8 * block + 8, subjectCount) {
      rows = max(rows, programs[subject].observationCount)
    }
    for lane in 0..<8 where chosen.pointee[lane] > 0 {
      evaluate(8 * block + lane, lane, count: count, halfPrecision: halfPrecision, rows: rows)
    }
  }

  /// Evaluates one subject, eight points to a vector, and moves the results into its lane.
  private func evaluate(
    _ subject: Int, _ lane: Int, count: Int, halfPrecision: Double, rows: Int
  ) {
    let vectors = (count + 7) / 8
    for i in 0..<p {
      for q in 0..<8 * vectors {
        lanePoints[i * vectors + q / 8][q % 8] = points[i * count + min(q, count - 1)][lane]
      }
    }
    spreadData(subject)
    let table = LikelihoodTable(
      factor: laneTable, squares: laneTable + Self.batchCapacity,
      exponent: laneTable + 2 * Self.batchCapacity)
    evaluate(
      subject, lanePoints, vectors, halfPrecision, lanePredictions, laneInformations,
      laneLogLikelihoods, table, isPositive: programs[subject].isPositive, needsPredictions: true)
    place(laneLogLikelihoods, lane, count, logLikelihoods)
    place(table.squares, lane, count, squares)
    let own = programs[subject].observationCount
    for j in 0..<own {
      place(lanePredictions + j * vectors, lane, count, predictions + j * count)
      if directCount > 0 {
        place(laneInformations + j * vectors, lane, count, informations + j * count)
      }
    }
    for row in own * count..<max(own, rows) * count {
      predictions[row][lane] = 1
      if directCount > 0 { informations[row][lane] = 0 }
    }
  }

  /// Evaluates one subject, or eight with programs that are alike.
  private func evaluate(
    _ subject: Int, _ points: UnsafePointer<Lanes>, _ count: Int, _ halfPrecision: Double,
    _ predictions: UnsafeMutablePointer<Lanes>, _ informations: UnsafeMutablePointer<Lanes>,
    _ logLikelihoods: UnsafeMutablePointer<Lanes>, _ table: LikelihoodTable, isPositive: Bool,
    needsPredictions: Bool
  ) {
    for i in 0..<p {
      let source = points + i * count
      let target = parameters + places[i] * count
      transform(i, source, target, count)
    }
    let program = programs + subject
    let exponent = needsExponent(subject) ? table.exponent : nil
    if let decay = decay(of: subject) {
      let (rate, volume) = placeRate(decay, count: count)
      decays(program, rate: rate, count: count)
      bolus(
        program, volume: volume, count: count, factor: table.factor, squares: table.squares,
        exponent: exponent, isPositive: isPositive)
      if needsPredictions { predictBolus(program, volume, count, predictions) }
    } else if directCount > 0 {
      placeDirect(count: count)
      predictor.predict(
        subject, parameters: parameters, count: count, predictions: predictions)
      observe(
        subject, PredictionRows(base: predictions, stride: count), count: count,
        factor: table.factor, squares: table.squares, chiSquares: chiSquares,
        informations: informations)
    } else {
      predictor.predict(
        subject, parameters: parameters, count: count, predictions: predictions)
      residuals(
        program, predictions, count: count, factor: table.factor, squares: table.squares,
        exponent: exponent)
    }
    finishTable(
      count: count, inverseDensity: nil, factor: table.factor, squares: table.squares)
    for v in 0..<count {
      var value = log(table.factor[v]) - halfPrecision * table.squares[v]
      if let exponent { value += exponent[v] / (2 * halfLog2e) }
      logLikelihoods[v] = cvector_select_less(
        Lanes.all(outsideDomain), value, value, Lanes.all(outsideDomain))
      // Here residuals are asked for, not log p.
      if directCount > 0 { table.squares[v] = chiSquares[v] }
    }
  }

  /// Predictions from the powers of `decays`.
  private func predictBolus(
    _ program: UnsafePointer<SubjectProgram>, _ volume: UnsafePointer<Lanes>, _ count: Int,
    _ predictions: UnsafeMutablePointer<Lanes>
  ) {
    let steps = program.pointee.steps
    let isReciprocal = program.pointee.isReciprocal
    for v in 0..<count {
      let perVolume = 1 / volume[v]
      var state = Lanes.all(0)
      var place = v
      for s in 0..<program.pointee.stepCount {
        let step = steps + s
        if step.pointee.power >= 0 { state *= powers[Int(step.pointee.power) + v] }
        switch step.pointee.action {
        case .observe:
          predictions[place] = isReciprocal ? 1 / state : state * perVolume
          place += count
        case .dose: state = isReciprocal ? volume[v] * values[s] : state + values[s]
        case .reset: state = Lanes.all(0)
        }
      }
    }
  }
}
