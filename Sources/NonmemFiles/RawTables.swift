import MessagePassing
import NumericKernels
import PopulationModel
import Report

/// The raw output files of a run: `.ext`, `.cov`, `.cor`, `.coi`, `.phi`, `.phm`, `.shk`, `.cnv`.
struct RawTables {
  let run: NonmemRun
  let estimates: NonmemEstimates
  /// Of the fit.
  let fitted: PopulationParameters
  private let title: NonmemTitle
  /// Whether this rank has the first subjects, and writes what is said of all of them.
  let isFirst: Bool
  /// Of each component, with the subjects of whose class it is, on all ranks.
  let summaries: [EtaSummary]

  var parameters: NonmemParameters { estimates.parameters }

  /// Collective over the ranks that have subjects of the run.
  init(
    _ run: NonmemRun, _ estimates: NonmemEstimates, by communicator: any Communicator
  ) throws(CommunicationError) {
    self.run = run
    self.estimates = estimates
    fitted = run.fit.estimates.parameters
    title = NonmemTitle(run)
    isFirst = communicator.rank == 0
    summaries = try EtaSummary.all(of: run, estimates, by: communicator)
  }

  // MARK: Parameters

  private var parameterHeader: String {
    ([("ITERATION")] + parameters.labels + ["OBJ"]).map { NonmemNumber.label($0) }.joined()
  }

  private func row(_ iteration: Int, _ values: [Double], objective: Double = 0) -> String {
    NonmemNumber.integer(iteration) + values.map(NonmemNumber.parameter).joined()
      + NonmemNumber.objective(objective)
  }

  /// −2 log L without what depends on the number of measured values alone.
  private func objective(_ logLikelihood: Double) -> Double {
    -2 * logLikelihood - Double(run.measuredCount) * log2Pi
  }

  /// NONMEM's parameters in each iteration.
  private var iterations: [(number: Int, values: [Double], objective: Double)] {
    let free = FreeParameters(run.model)
    return run.iterations.map { iteration in
      var here = fitted
      for (parameter, value) in zip(free.list, iteration.values) {
        free.set(parameter, to: value, in: &here)
      }
      return (
        iteration.number, parameters.values(at: here), objective(iteration.logLikelihood)
      )
    }
  }

  var ext: String {
    var lines = [title.withGoal, parameterHeader]
    for iteration in iterations {
      lines.append(row(iteration.number, iteration.values, objective: iteration.objective))
    }
    lines.append(
      row(-1_000_000_000, estimates.values, objective: objective(run.fit.logLikelihood)))
    let hasErrors = estimates.covariance != nil
    func errors(_ values: [Double?]) -> [Double] { values.map { $0 ?? NonmemNumber.none } }
    if hasErrors { lines.append(row(-1_000_000_001, errors(estimates.standardErrors))) }
    let eigenvalues = estimates.eigenvalues
    if let least = eigenvalues.first, let largest = eigenvalues.last {
      lines.append(row(-1_000_000_002, filled(eigenvalues)))
      lines.append(
        row(-1_000_000_003, filled([least > 0 ? largest / least : .infinity, least, largest])))
    }
    let deviations = estimates.deviations
    lines.append(row(-1_000_000_004, deviations.values))
    if hasErrors { lines.append(row(-1_000_000_005, errors(deviations.standardErrors))) }
    lines.append(row(-1_000_000_006, estimates.isFixed.map { $0 ? 1 : 0 }))
    let termination = NonmemTermination(status: run.dataSet.status)
    lines.append(row(-1_000_000_007, filled([Double(termination.code)])))
    lines.append(row(-1_000_000_008, estimates.gradient))
    return text(lines)
  }

  /// So many values as there are parameters, the rest 0.
  private func filled(_ values: [Double]) -> [Double] {
    let count = parameters.count
    return Array((values + [Double](repeating: 0, count: count)).prefix(count))
  }

  // MARK: Matrices

  private func matrix(_ element: (Int, Int) -> Double) -> String {
    let labels = parameters.labels
    var lines = [
      title.withGoal, (["NAME"] + labels).map { NonmemNumber.label($0) }.joined(),
    ]
    for i in labels.indices {
      lines.append(
        NonmemNumber.label(labels[i])
          + labels.indices.map { NonmemNumber.parameter(element(i, $0)) }.joined())
    }
    return text(lines)
  }

  var cov: String? { estimates.covariance.map { covariance in matrix { covariance[$0, $1] } } }

  /// Correlations of the estimates, with their standard errors on the diagonal.
  var cor: String? {
    guard let correlation = estimates.correlation else { return nil }
    let errors = estimates.standardErrors
    return matrix { i, j in i == j ? errors[i] ?? 0 : correlation[i, j] }
  }

  var coi: String? { estimates.inverse.map { inverse in matrix { inverse[$0, $1] } } }

  // MARK: Subjects

  /// Moments of each of this rank's subjects over all components, in the order of the data.
  private var moments: [EtaMoments] {
    let scales = parameters.scales(at: fitted)
    return run.subjects.map { estimates.moments($0, scales: scales, estimates: fitted) }
  }

  private func subjectHeader(_ between: [String]) -> String {
    let etas = 1...max(1, parameters.etaCount)
    let pairs = etas.flatMap { i in (1...i).map { "PHC(\(i),\($0))" } }
    return
      (["SUBJECT_NO", "ID"] + between
      + (parameters.etaCount == 0 ? [] : etas.map { "PHI(\($0))" } + pairs) + ["OBJ"])
      .map { NonmemNumber.label($0) }.joined()
  }

  /// An ID that is no number has that of the subject in its place, as NONMEM knows numbers only.
  private func id(_ subject: SubjectResult, number: Int) -> String {
    guard let value = Double(subject.id), value.isFinite else {
      return NonmemNumber.integer(number)
    }
    return value == value.rounded() && abs(value) < 1e12
      ? NonmemNumber.integer(Int(value)) : NonmemNumber.parameter(value)
  }

  private func numbers(_ moments: EtaMoments) -> String {
    (moments.phi + moments.covariance.elements).map(NonmemNumber.parameter).joined()
  }

  /// This rank's rows, on the first one behind the header.
  var phi: String {
    var lines = isFirst ? [title.plain, subjectHeader([])] : []
    for (subject, own) in zip(run.subjects, moments) {
      let number = subject.index + 1
      lines.append(
        NonmemNumber.integer(number) + id(subject, number: number) + numbers(own)
          + NonmemNumber.objective(subject.objective))
    }
    return text(lines)
  }

  /// A row for each of this rank's subjects and component; `nil` without a mixture.
  var phm: String? {
    guard run.model.componentCount > 1 else { return nil }
    let scales = parameters.scales(at: fitted)
    var lines = isFirst ? [title.plain, subjectHeader(["SUBPOP", "PMIX"])] : []
    for subject in run.subjects {
      let number = subject.index + 1
      for k in subject.membership.indices {
        let own = estimates.moments(subject, in: k, scales: scales, estimates: fitted)
        lines.append(
          NonmemNumber.integer(number) + id(subject, number: number)
            + NonmemNumber.integer(k + 1) + NonmemNumber.parameter(subject.membership[k])
            + numbers(own) + NonmemNumber.objective(subject.objective(k)))
      }
    }
    return text(lines)
  }

  func text(_ lines: [String]) -> String {
    lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }
}

// MARK: - Convergence

extension RawTables {
  /// How many iterations count.
  private static let window = 10
  private static let level = 0.05

  /// The last iterations: means, standard deviations, and whether there is a trend; SIGMA as
  /// standard deviations.
  var cnv: String {
    let last = iterations.suffix(Self.window)
    let columns = last.map { iteration in
      var values = iteration.values
      for i in 0..<parameters.sigmaCount {
        let place = parameters.sigma(i, i)
        values[place] = max(0, values[place]).squareRoot()
      }
      return values + [iteration.objective]
    }
    let count = parameters.count + 1
    let numbers = last.map { Double($0.number) }
    let trends = (0..<count).map { i in Trend(numbers, columns.map { $0[i] }) }
    let tested = Double(max(1, estimates.distinct.count))
    let alphas =
      (0..<parameters.count).map { _ in Self.level / tested } + [Self.level]
    func line(_ iteration: Int, _ values: [Double]) -> String {
      row(iteration, Array(values.dropLast()), objective: values.last ?? 0)
    }
    return text([
      title.withGoal, parameterHeader, line(-2_000_000_000, trends.map(\.mean)),
      line(-2_000_000_001, trends.map(\.deviation)), line(-2_000_000_002, trends.map(\.pValue)),
      line(-2_000_000_003, alphas),
    ])
  }

  /// A straight line through numbers.
  private struct Trend {
    let mean: Double
    let deviation: Double
    /// Of its slope, by Student's t; 1 where nothing moves, or there are less than three.
    let pValue: Double

    init(_ x: [Double], _ y: [Double]) {
      let n = Double(y.count)
      guard n > 0 else {
        (mean, deviation, pValue) = (0, 0, 1)
        return
      }
      let centre = x.reduce(0, +) / n
      let average = y.reduce(0, +) / n
      let xx = x.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      let yy = y.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      let xy = zip(x, y).reduce(0) { $0 + ($1.0 - centre) * ($1.1 - average) }
      mean = average
      deviation = n > 1 ? (yy / (n - 1)).squareRoot() : 0
      let rest = max(0, yy - (xx > 0 ? xy * xy / xx : 0))
      if n < 3 || xx == 0 || yy == 0 {
        pValue = 1
      } else {
        let slope = xy / xx
        pValue = studentTwoSided(slope / (rest / (n - 2) / xx).squareRoot(), degrees: n - 2)
      }
    }
  }
}
