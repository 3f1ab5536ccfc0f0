import DataPartition
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// What in a data set may leave the likelihood of a model without a maximum, found once before the
/// iterations; the same on all ranks.
///
/// The data alone say it where a value of 0 is measured at a prediction of exactly 0: before the
/// first dose, or within a lag. Predictions are looked at for parameters drawn from the
/// distribution at the start, in each of which a row has the prediction 0 or not.
struct UnboundednessWatch {
  /// Of an output.
  struct Output {
    /// Mean square of the measured values.
    var meanSquare = 1.0
    /// Measured values of 0 on all ranks whose variance goes to 0 with their prediction, or would
    /// without its additive part.
    var zeroRows = 0
  }

  /// What holds whatever the estimates are.
  let certain: [UnboundedFinding]
  let outputs: [Output]
  /// Standard deviation of each covariate of the weights.
  let weightScales: [Double]

  /// Vectors of eight draws of the random effects, of which the first is their mean.
  private static let vectors = 4

  /// Collective.
  /// - Throws: `EstimationError` if the likelihood is infinite whatever the parameters are,
  ///   `CommunicationError`.
  init(
    model: MixtureModel, prior: ParameterPrior, share: DatasetShare,
    start: PopulationParameters, communicator: any Communicator
  ) throws {
    let forms = model.outputs.map(\.error)
    var rows = [RowList](repeating: RowList(), count: forms.count)
    let covariateCount = model.weightCovariates.count
    let covariatePlace = Sums.count * forms.count
    var sums = ExactAccumulator(count: covariatePlace + 2 * covariateCount)
    for place in share.subjects.indices {
      let isSuspect = Self.addMeasured(share.subjects[place], model, forms, to: &sums)
      guard isSuspect || covariateCount > 0 else { continue }
      let subject = share.subjects[place]
      for (c, covariate) in model.weightCovariates.enumerated() {
        let x = covariate.transform.value(subject.covariates.first?[covariate.column] ?? 0)
        sums.add(x, to: covariatePlace + 2 * c)
        sums.add(x * x, to: covariatePlace + 2 * c + 1)
      }
      guard isSuspect else { continue }
      let measured = Self.measuredRows(subject, model)
      let isZero = Self.zeroPredictions(of: subject, model, start)
      for (o, form) in forms.enumerated() where form.dependsOnPrediction {
        // A draw in which another value than 0 has the prediction 0 is impossible in the limit.
        let own = measured.filter { $0.output == o }
        let impossible = own.filter { $0.value != 0 }
          .reduce(into: Set<Int>()) { $0.formUnion(isZero[$1.place]) }
        for row in own where row.value == 0 && !isZero[row.place].isSubset(of: impossible) {
          rows[o].add(subject, line: row.line)
          sums.add(1, to: Sums.count * o + Sums.made)
        }
        if impossible.count == 8 * Self.vectors {
          sums.add(1, to: Sums.count * o + Sums.impossible)
        }
      }
    }
    try sums.combine(with: communicator)
    let values = sums.values
    func sum(_ o: Int, _ place: Int) -> Double { values[Sums.count * o + place] }
    outputs = forms.indices.map { o in
      let square = sum(o, Sums.squares) / max(1, sum(o, Sums.rows))
      return Output(
        meanSquare: square > 0 ? square : 1, zeroRows: Int(sum(o, Sums.zeros)))
    }
    let n = Double(max(1, share.subjectCount))
    weightScales = (0..<covariateCount).map { c in
      let mean = values[covariatePlace + 2 * c] / n
      let square = values[covariatePlace + 2 * c + 1] / n
      let sd = max(0, square - mean * mean).squareRoot()
      return sd > 0 ? sd : 1
    }
    var findings: [UnboundedFinding] = []
    for (o, form) in forms.enumerated() where sum(o, Sums.made) > 0 {
      let (named, count) = try rows[o].gathered(communicator)
      guard form.hasAdditivePart else {
        throw EstimationError.unbounded(
          UnboundedFinding(kind: .infiniteDensity, parameters: [], rows: named, rowCount: count))
      }
      let free = FreeParameters(model)
      let names = free.list.filter { parameter in
        guard case .direct(model.firstDirect[o], _) = parameter else { return false }
        return prior.term(of: parameter) == nil
      }.map(free.name)
      // A subject that is impossible in the limit keeps the likelihood bounded, unless it can be in
      // another component.
      let isPerComponent = model.outputs[o].isPerComponent && model.componentCount > 1
      guard !names.isEmpty, sum(o, Sums.impossible) == 0 || isPerComponent else { continue }
      findings.append(
        UnboundedFinding(
          kind: .zeroPredictions, parameters: names, rows: named, rowCount: count))
    }
    certain = findings
  }

  /// The order of the sums of an output over all subjects.
  private enum Sums {
    /// Measured values, their squares, and how many are 0 where the variance follows the
    /// prediction.
    static let rows = 0
    static let squares = 1
    static let zeros = 2
    /// Values of 0 that may have no other variance than the additive one, and subjects that bound
    /// it.
    static let made = 3
    static let impossible = 4
    static let count = 5
  }

  /// Adds what a subject's measured values are; no memory is taken, as each fit asks all subjects.
  /// - Returns: whether predictions of 0 may matter.
  private static func addMeasured(
    _ subject: Subject, _ model: MixtureModel, _ forms: [ResidualErrorModel],
    to sums: inout ExactAccumulator
  ) -> Bool {
    var isSuspect = false
    let isOnly = forms.count == 1
    for o in forms.indices {
      let form = forms[o]
      var (rows, squares, zeros) = (0.0, 0.0, 0.0)
      // By place: what takes an occasion out of the array counts references.
      for place in subject.occasions.indices {
        for observation in subject.occasions[place].observations
        where !observation.isCensored
          && (isOnly || model.outputPlace(number: observation.output) == o)
        {
          rows += 1
          squares += observation.value * observation.value
          if observation.value == 0 { zeros += 1 }
        }
      }
      sums.add(rows, to: Sums.count * o + Sums.rows)
      sums.add(squares, to: Sums.count * o + Sums.squares)
      if form.dependsOnPrediction { sums.add(zeros, to: Sums.count * o + Sums.zeros) }
      isSuspect = isSuspect || form.hasAdditivePart || form.dependsOnPrediction && zeros > 0
    }
    return isSuspect
  }

  /// A measured value of a subject.
  struct MeasuredRow {
    /// Among the subject's observations.
    let place: Int
    let output: Int
    let value: Double
    let line: Int
  }

  /// The values that were measured, not those known by an interval.
  static func measuredRows(_ subject: Subject, _ model: MixtureModel) -> [MeasuredRow] {
    subject.occasions.flatMap(\.observations).enumerated().compactMap { place, observation in
      observation.isCensored
        ? nil
        : MeasuredRow(
          place: place, output: model.outputPlace(number: observation.output),
          value: observation.value, line: observation.line)
    }
  }

  /// The draws in which the prediction of each observation is exactly 0.
  private static func zeroPredictions(
    of subject: Subject, _ model: MixtureModel, _ start: PopulationParameters
  ) -> [Set<Int>] {
    let program = EventProgram(subject, for: model.structural)
    let covariates = subject.covariates.first ?? []
    let thetas = (0..<8 * vectors).map { draw -> [Double] in
      let k = draw % model.componentCount
      let mean = model.priorMean(k, covariates: covariates, start)
      let phi = mean.indices.map { j -> Double in
        guard draw > 0 else { return mean[j] }
        // An additive recurrence of the golden ratio's powers.
        let u = 0.5 + Double(draw) * 0.6180339887498949 * Double(2 * j + 1)
        let z = normalQuantile(Lanes.all(min(max(u - u.rounded(.down), 1e-3), 0.999)))[0]
        return mean[j] + start.covariances[k][j, j].squareRoot() * z
      }
      return model.structuralParameters(phi, component: k, start)
    }
    let predictions = predict(program, thetas, model)
    return predictions.map { row in
      row.indices.reduce(into: Set<Int>()) { if row[$1] == 0 { $0.insert($1) } }
    }
  }

  /// Predictions of all observations of a subject, at each of some parameter vectors.
  /// - Parameter thetas: in natural units and the structural model's order.
  static func predict(
    _ program: EventProgram, _ thetas: [[Double]], _ model: MixtureModel
  ) -> [[Double]] {
    let count = (thetas.count + 7) / 8
    let width = model.structural.parameterNames.count
    let parameters = UnsafeMutablePointer<Lanes>.allocate(capacity: max(1, width * count))
    let m = program.observed.count
    let predictions = UnsafeMutablePointer<Lanes>.allocate(capacity: max(1, m * count))
    defer {
      parameters.deallocate()
      predictions.deallocate()
    }
    parameters.initialize(repeating: Lanes.all(0), count: max(1, width * count))
    predictions.initialize(repeating: Lanes.all(0), count: max(1, m * count))
    for draw in 0..<8 * count {
      let theta = thetas[min(draw, thetas.count - 1)]
      for a in 0..<width { parameters[a * count + draw / 8][draw % 8] = theta[a] }
    }
    model.structural.predict(
      program, parameters: parameters, count: count, predictions: predictions)
    return (0..<m).map { j in
      thetas.indices.map { predictions[j * count + $0 / 8][$0 % 8] }
    }
  }
}

/// Rows of this rank's subjects, of which the first are kept.
struct RowList {
  private struct Numbered: Codable {
    let index: Int
    let row: UnboundedFinding.Row
  }
  private var rows: [Numbered] = []
  private var count = 0

  mutating func add(_ subject: Subject, line: Int) {
    count += 1
    if rows.count < UnboundedFinding.namedRows {
      let row = UnboundedFinding.Row(subject: subject.id, line: line)
      rows.append(Numbered(index: subject.index, row: row))
    }
  }

  /// The first rows of all ranks, and how many there are; collective.
  func gathered(_ communicator: any Communicator) throws(CommunicationError) -> (
    rows: [UnboundedFinding.Row], count: Int
  ) {
    let total = try communicator.allGather(Int64(count)).reduce(0, +)
    let named = try communicator.collected(rows).joined()
      .sorted { ($0.index, $0.row.line) < ($1.index, $1.row.line) }
    return (named.prefix(UnboundedFinding.namedRows).map(\.row), Int(total))
  }
}
