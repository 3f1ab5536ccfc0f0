import Report

/// Tables of what a fit rests on: how much the data say of single subjects, and single subjects of
/// the estimates.
extension FitTables {
  /// Shrinkage of random effects and residuals.
  func shrinkage() -> PagePart? {
    var table = PageTable("Shrinkage", ["of", "component", "#percent"])
    func add(_ name: String, _ component: Int?, _ percent: Double) {
      table.add([
        .text(name), .text(component.map { "\($0)" } ?? "all"),
        .number(percent, shown: fixed(percent, 1)),
      ])
    }
    for shrinkage in view.fit.shrinkage ?? [] {
      add(shrinkage.effect, shrinkage.component, shrinkage.percent)
    }
    for shrinkage in view.fit.residualShrinkage ?? [] {
      add(
        "residuals" + (shrinkage.output.map { " of \($0)" } ?? ""), shrinkage.component,
        shrinkage.percent)
    }
    guard !table.rows.isEmpty else { return nil }
    table.tableNotes = [
      "Of random effects 1 − Var(conditional means)/variance: 100 % if the subjects' data say nothing of them. Of residuals 1 − SD(IWRES): how far observations are drawn towards the individual predictions. "
        + "Above some 30 % plots of conditional means, of individual predictions and of their residuals say little; look at NPDE and the visual predictive check instead."
    ]
    return PagePart(partID: "", partTitle: "Shrinkage", tables: [table])
  }

  /// The subjects that matter most to the estimates.
  func influence() -> PagePart? {
    guard let influence = view.fit.influence, !influence.isEmpty else { return nil }
    var table = PageTable(
      "Most influential subjects",
      ["#subject", "ID", "#likelihood displacement", "parameter", "#change in SE"])
    for subject in influence {
      table.add([
        .count(subject.subject), .text(subject.id),
        .number(
          subject.likelihoodDisplacement, shown: Text.number(subject.likelihoodDisplacement, 3)),
        .text(subject.parameter), .number(subject.change, shown: fixed(subject.change, 2)),
      ])
    }
    table.tableNotes = [
      "What the estimates would change by without a subject, to first order: likelihood displacement is twice the log L of all data that they would lose, and the parameter is the one that would move farthest, in "
        + "standard errors. The mean displacement is about \(Text.number(Double(view.document.model.freeParameters.count) / Double(max(1, view.dataSet.subjects)), 2)) if the model is right. All subjects are in influence.csv, if the job asks for it (tables: influence)."
    ]
    return PagePart(partID: "", partTitle: "Influence", tables: [table])
  }

  private static let integralLimit = 50

  /// Subjects whose integrals are not to be trusted.
  func poorIntegrals() -> PagePart? {
    let rows = view.rows
    // Few nodes of a rule do even when all is well; the grids of exact fits with few effects are
    // rules, too.
    let hasGrids =
      view.document.estimation.method == "exact" && view.document.model.randomEffects.count <= 2
    let hasSizes = view.fit.nodes != "gauss-hermite" && !hasGrids
    let samples = view.fit.samplingError?.samplesLeast ?? view.document.estimation.samples
    let least = max(5, Double(samples) / 10)
    var poor: [(subject: Int, component: Int)] = []
    for k in 0..<view.componentCount {
      for i in 0..<rows.count where rows.membership[k][i] > 0.01 {
        let isThin = hasSizes && rows.effectiveSampleSizes[k][i] < least
        if rows.tailShapes[k][i] > 0.7 || isThin { poor.append((i, k)) }
      }
    }
    guard !poor.isEmpty else { return nil }
    func size(_ cell: (subject: Int, component: Int)) -> Double {
      rows.effectiveSampleSizes[cell.component][cell.subject]
    }
    poor.sort { (size($0), $0.subject, $0.component) < (size($1), $1.subject, $1.component) }
    var table = PageTable(
      "Subjects with poor importance weights",
      ["#subject", "ID", "#component", "#tau", "#effective samples", "#Pareto k"])
    for cell in poor.prefix(Self.integralLimit) {
      let (i, k) = cell
      let shape = rows.tailShapes[k][i]
      table.add([
        .count(i + 1), .text(rows.ids[i]), .count(k + 1),
        .number(rows.membership[k][i], shown: fixed(rows.membership[k][i], 3)),
        .number(size(cell), shown: Text.number(size(cell), 3)),
        .number(shape, shown: shape.isNaN ? "" : fixed(shape, 2)),
      ])
    }
    table.tableNotes = [
      (poor.count > Self.integralLimit
        ? "\(Self.integralLimit) of \(grouped(poor.count)) integrals shown. " : "")
        + "Integrals of subjects, in components with a probability above 0.01, whose weights have a tail of shape k above 0.7"
        + (hasSizes ? ", or that are worth fewer than \(Text.number(least, 3)) samples" : "")
        + ": log L, classes and conditional means of these subjects are not to be trusted. More samples, or tails of Student's t, mend most."
    ]
    return PagePart(partID: "", partTitle: "Poor integrals", tables: [table])
  }

  /// The different maxima that the starts found.
  func maxima() -> PageTable? {
    guard let maxima = view.dataSet.maxima, !maxima.isEmpty else { return nil }
    var table = PageTable("Distinct maxima", ["#maximum", "#-2 log L", "#starts"])
    for (place, maximum) in maxima.enumerated() {
      table.add([
        .count(place + 1),
        .number(maximum.minusTwoLogLikelihood, shown: fixed(maximum.minusTwoLogLikelihood, 3)),
        .count(maximum.starts),
      ])
    }
    table.tableNotes = [
      "Of the starts that ended as they should. Trust a best maximum that many starts found; see starts.csv for which."
    ]
    return table
  }
}
