import NumericKernels
import PopulationModel
import Report

/// The report of a run, `.lst`, with the lines by which other programs find what they look for.
struct ListingReport {
  let tables: RawTables
  /// Names of the files beside it.
  let files: [String]

  private var run: NonmemRun { tables.run }
  private var estimates: NonmemEstimates { tables.estimates }
  private var parameters: NonmemParameters { tables.parameters }
  private var termination: NonmemTermination { NonmemTermination(status: run.dataSet.status) }

  var text: String {
    let lines =
      head + numbering + estimation + objective + finalEstimates + standardErrors
      + eigenvalues + tail
    return lines.joined(separator: "\n") + "\n"
  }

  private func number(_ count: Int) -> String { NonmemNumber.padded("\(count)", 9) }

  private var head: [String] {
    [
      RunClock(run).start,
      "A FIT OF popmix \(run.popmixVersion), REPORTED IN THE FORMAT OF THE PROGRAM THAT THE NEXT LINE NAMES",
      "1NONLINEAR MIXED EFFECTS MODEL PROGRAM (NONMEM) VERSION 7.5.0", "",
      " PROBLEM NO.:         1", " \(run.job)", " DATA SET: \(run.dataSet.name)",
      " TOT. NO. OF OBS RECS:\(number(run.dataSet.observations))",
      " TOT. NO. OF INDIVIDUALS:\(number(run.dataSet.subjects))",
      "0LENGTH OF THETA:\(NonmemNumber.padded("\(parameters.thetaCount)", 4))",
      "0OMEGA HAS DIMENSION\(NonmemNumber.padded("\(parameters.etaCount)", 4))",
      "0SIGMA HAS DIMENSION\(NonmemNumber.padded("\(parameters.sigmaCount)", 4))", "",
    ]
  }

  /// Which parameter is which.
  private var numbering: [String] {
    let rows = run.numbering.rows
    let width = rows.map(\.name.count).max() ?? 0
    return [" NUMBERING OF PARAMETERS, NAMES AS IN estimates.csv:"]
      + rows.map { name, meaning in
        "   " + name + String(repeating: " ", count: width - name.count) + "  " + meaning
      } + [""]
  }

  private var estimation: [String] {
    let n = Double(run.measuredCount)
    let value = -2 * run.fit.logLikelihood
    func constant(_ label: String, _ value: Double) -> String {
      " " + label + NonmemNumber.objective(value)
    }
    return [
      "1", "", "", " #TBLN:      1", " #METH: \(NonmemTitle(run).method)", "",
      " popmix: method \(run.estimation.method), nodes \(run.fit.nodes), \(run.dataSet.status): \(run.dataSet.reason)",
      "",
    ] + monitor + ["", " #TERM:", " \(termination.text)"] + warnings + [
      "", " ETABAR IS THE ARITHMETIC MEAN OF THE ETA-ESTIMATES,",
      " AND THE P-VALUE IS GIVEN FOR THE NULL HYPOTHESIS THAT THE TRUE MEAN IS 0.", "",
    ] + tables.summaries.flatMap(summary) + [
      " TOTAL DATA POINTS NORMALLY DISTRIBUTED (N):\(NonmemNumber.padded("\(run.measuredCount)", 13))",
      constant("N*LOG(2PI) CONSTANT TO OBJECTIVE FUNCTION:", n * log2Pi),
      constant("OBJECTIVE FUNCTION VALUE WITHOUT CONSTANT:", value - n * log2Pi),
      constant("OBJECTIVE FUNCTION VALUE WITH CONSTANT:   ", value),
      " REPORTED OBJECTIVE FUNCTION DOES NOT CONTAIN CONSTANT", "", " #TERE:",
      " Elapsed estimation  time in seconds:\(seconds)",
    ] + (estimates.covariance == nil ? [] : [" Elapsed covariance  time in seconds:     0.00"])
      + [" Elapsed postprocess time in seconds:     0.00"]
  }

  private var seconds: String {
    NonmemNumber.padded(fixed(run.seconds ?? 0, 2), 9)
  }

  /// The last iterations, as they were followed.
  private var monitor: [String] {
    let n = Double(run.measuredCount)
    let shown = run.iterations.count <= 20 ? run.iterations : Array(run.iterations.suffix(20))
    return
      (shown.count < run.iterations.count
      ? [" (the last iterations; all are in the .ext file)"] : [])
      + shown.map {
        " iteration\(NonmemNumber.padded("\($0.number)", 13)) OBJ="
          + NonmemNumber.objective(-2 * $0.logLikelihood - n * log2Pi)
      }
  }

  private var warnings: [String] { run.fit.warnings.map { " WARNING: \($0)" } }

  private func summary(_ summary: EtaSummary) -> [String] {
    func row(_ label: String, _ values: [Double], _ format: (Double) -> String) -> [String] {
      wrapped(values.map { NonmemNumber.padded(format($0), 12) }, first: label, width: 16)
    }
    func exponential(_ value: Double) -> String {
      NonmemNumber.scientific(value, width: 11, decimals: 4)
    }
    let isMixture = run.model.componentCount > 1
    return
      (isMixture ? [" SUBMODEL\(NonmemNumber.padded("\(summary.subpopulation)", 5))", ""] : [])
      + row(" ETABAR:", summary.means, exponential)
      + row(" SE:", summary.standardErrors, exponential)
      + row(" N:", summary.means.map { _ in Double(summary.subjects) }) { "\(Int($0))" } + [""]
      + row(" P VAL.:", summary.pValues, exponential) + [""]
      + row(" ETASHRINKSD(%)", summary.etaShrinkage.deviation, exponential)
      + row(" ETASHRINKVR(%)", summary.etaShrinkage.variance, exponential)
      + row(" EBVSHRINKSD(%)", summary.bayesShrinkage.deviation, exponential)
      + row(" EBVSHRINKVR(%)", summary.bayesShrinkage.variance, exponential)
      + row(" RELATIVEINF(%)", summary.bayesShrinkage.variance.map { 100 - $0 }, exponential)
      + row(" EPSSHRINKSD(%)", summary.residualShrinkage.deviation, exponential)
      + row(" EPSSHRINKVR(%)", summary.residualShrinkage.variance, exponential) + [""]
  }

  /// Cells in lines of ten.
  private func wrapped(_ cells: [String], first: String, width: Int) -> [String] {
    stride(from: 0, to: max(1, cells.count), by: 10).map { start in
      let label = start == 0 ? first : ""
      return label + String(repeating: " ", count: max(0, width - label.count))
        + cells[min(start, cells.count)..<min(start + 10, cells.count)].joined()
    }
  }

  // MARK: Boxes

  private static let stars = String(repeating: "*", count: 120)
  private static let side = String(repeating: "*", count: 20)

  private func centred(_ text: String, _ width: Int) -> String {
    let blanks = max(0, width - text.count)
    return String(repeating: " ", count: blanks / 2) + text
      + String(repeating: " ", count: blanks - blanks / 2)
  }

  private func box(_ title: String, isObjective: Bool = false) -> [String] {
    let method = NonmemTitle(run).method.uppercased()
    func line(_ text: String) -> String { " \(Self.side)\(centred(text, 80))\(Self.side)" }
    return [
      "1", " " + Self.stars, line(""), line(method),
      isObjective
        ? " #OBJT:**************\(centred(title, 79))\(Self.side)" : line(title), line(""),
      " " + Self.stars, "", "", "",
    ]
  }

  private var objective: [String] {
    box("FINAL VALUE OF OBJECTIVE FUNCTION", isObjective: true) + [
      " #OBJV:" + String(repeating: "*", count: 44)
        + centred(fixed(run.fit.nonmemObjective, 3), 18) + String(repeating: "*", count: 50)
    ]
  }

  // MARK: Parameters

  private static let missing = "........."

  /// A line of labels and one of values, twelve to each.
  private func vector(_ title: String, _ label: String, _ cells: [String]) -> [String] {
    var lines = [" " + title, "", ""]
    for start in stride(from: 0, to: cells.count, by: 12) {
      let places = start..<min(start + 12, cells.count)
      lines.append(
        "         "
          + places.map { place in
            let name = label + NonmemNumber.padded("\(place + 1)", 2)
            return name + String(repeating: " ", count: max(1, 10 - name.count))
          }.joined())
      lines.append(" ")
      lines.append("       " + places.map { NonmemNumber.padded(cells[$0], 10) }.joined())
      lines.append(" ")
    }
    return lines + ["", ""]
  }

  /// The lower triangle of a matrix, row by row.
  private func matrix(_ title: String, _ label: String, _ size: Int, _ cell: (Int, Int) -> String)
    -> [String]
  {
    guard size > 0 else { return [] }
    func name(_ place: Int) -> String { "\(label)\(place + 1)" }
    var lines = [" " + title, "", ""]
    for start in stride(from: 0, to: size, by: 12) {
      lines.append(
        "         "
          + (start..<min(start + 12, size)).map {
            name($0) + String(repeating: " ", count: max(1, 10 - name($0).count))
          }.joined())
    }
    for i in 0..<size {
      lines.append(" ")
      lines.append(" " + name(i))
      for start in stride(from: 0, through: i, by: 12) {
        lines.append(
          (start == 0 ? "+" : " ") + "      "
            + (start...min(start + 11, i)).map { NonmemNumber.padded(cell(i, $0), 10) }.joined())
      }
    }
    return lines + [" ", "", ""]
  }

  private static let theta = "THETA - VECTOR OF FIXED EFFECTS PARAMETERS   *********"
  private static let omega = "OMEGA - COV MATRIX FOR RANDOM EFFECTS - ETAS  ********"
  private static let sigma = "SIGMA - COV MATRIX FOR RANDOM EFFECTS - EPSILONS  ****"
  private static let omegaCorrelation = "OMEGA - CORR MATRIX FOR RANDOM EFFECTS - ETAS  *******"
  private static let sigmaCorrelation = "SIGMA - CORR MATRIX FOR RANDOM EFFECTS - EPSILONS  ***"

  private func blocks(_ cells: [String], _ deviations: [String]) -> [String] {
    vector(Self.theta, "TH", Array(cells.prefix(parameters.thetaCount)))
      + matrix(Self.omega, "ETA", parameters.etaCount) { cells[parameters.omega($0, $1)] }
      + matrix(Self.sigma, "EPS", parameters.sigmaCount) { cells[parameters.sigma($0, $1)] }
      + ["1", ""]
      + matrix(Self.omegaCorrelation, "ETA", parameters.etaCount) {
        deviations[parameters.omega($0, $1)]
      }
      + matrix(Self.sigmaCorrelation, "EPS", parameters.sigmaCount) {
        deviations[parameters.sigma($0, $1)]
      }
  }

  private var finalEstimates: [String] {
    box("FINAL PARAMETER ESTIMATE")
      + blocks(
        estimates.values.map(NonmemNumber.report),
        estimates.deviations.values.map(NonmemNumber.report))
  }

  private var standardErrors: [String] {
    guard estimates.covariance != nil else {
      return ["", " NO COVARIANCE OF THE ESTIMATES: THE INFORMATION IS SINGULAR", ""]
    }
    func cells(_ errors: [Double?]) -> [String] {
      errors.map { $0.map(NonmemNumber.report) ?? Self.missing }
    }
    return box("STANDARD ERROR OF ESTIMATE")
      + blocks(cells(estimates.standardErrors), cells(estimates.deviations.standardErrors))
  }

  private var eigenvalues: [String] {
    let values = estimates.eigenvalues
    guard !values.isEmpty else { return [] }
    return box("EIGENVALUES OF COR MATRIX OF ESTIMATE")
      + vector("", "  ", values.map(NonmemNumber.report))
  }

  private var tail: [String] {
    [" Elapsed finaloutput time in seconds:     0.00"]
      + files.map { " FILE: \($0)" }
      + [
        " STANDARD ERRORS ARE THOSE OF THE OUTER PRODUCT OF THE SCORES, AS IN estimates.csv",
        " #CPUT: Total CPU Time in Seconds,\(NonmemNumber.padded(fixed(run.seconds ?? 0, 3), 13))",
        "Stop Time:", RunClock(run).stop,
      ]
  }
}
