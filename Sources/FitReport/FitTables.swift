import PopulationModel
import Report

/// Tables about the fit of one data set.
struct FitTables {
  let view: FitView

  private static let subjectLimit = 300

  func parameters() -> PagePart {
    let kinds: [(String, KeyPath<FitDocument.StandardErrors, Double?>)] = [
      ("SE, outer product", \FitDocument.StandardErrors.outerProduct),
      ("SE, observed", \FitDocument.StandardErrors.observed),
      ("SE, sandwich", \FitDocument.StandardErrors.sandwich),
    ].filter { kind in
      view.fit.parameters.contains { $0.standardErrors?[keyPath: kind.1] != nil }
    }
    func table(_ title: String, _ parameters: [FitDocument.Parameter], isDerived: Bool) -> PageTable
    {
      var headers = ["parameter", "#estimate", "#SE", "#RSE %", "#95 % from", "#to"]
      headers += kinds.map { "#" + $0.0 }
      if !isDerived { headers.append("#error of the nodes") }
      var table = PageTable(title, headers)
      for parameter in parameters {
        var cells = Self.cells(parameter)
        for kind in kinds {
          let error: Double? = parameter.standardErrors?[keyPath: kind.1]
          cells.append(.number(error, shown: error.map { Text.number($0, 3) } ?? ""))
        }
        if !isDerived {
          let error = parameter.samplingError
          cells.append(.number(error, shown: error.map { Text.number($0, 2) } ?? ""))
        }
        table.add(cells)
      }
      return table
    }
    var part = PagePart(partID: "", partTitle: "Estimates")
    part.tables = [table("Parameters", view.fit.parameters, isDerived: false)]
    part.tables[0].tableNotes = [
      "mu and omega are means and covariances of the random effects, on the scale where they are normal (of the logarithm if lognormal); w are weights, sigma2 is the residual variance. "
        + "SE: standard error; RSE: its share of the estimate."
    ]
    if !view.fit.derived.isEmpty {
      part.tables.append(table("Derived from them", view.fit.derived, isDerived: true))
    }
    return part
  }

  private static func cells(_ parameter: FitDocument.Parameter) -> [PageCell] {
    let error = parameter.standardError
    let share = parameter.relativeStandardErrorPercent
    let interval = parameter.interval
    return [
      .text(parameter.name), .number(parameter.estimate),
      .number(error, shown: parameter.fixed ? "fixed" : Text.number(error, 3)),
      .number(share, shown: Text.percent(share)),
      .number(interval?.low, shown: interval == nil ? "" : nil),
      .number(interval?.high, shown: interval == nil ? "" : nil),
    ]
  }

  /// All subjects, or those that fit worst.
  func subjects() -> PagePart {
    let rows = view.rows
    let shares = (0..<rows.count).map { rows.logLikelihoods[$0] / max(1, rows.observations[$0]) }
    var shown = Array(0..<rows.count)
    var notes: [String] = []
    if rows.count > Self.subjectLimit {
      shown = Array(
        shown.sorted { (shares[$0], $0) < (shares[$1], $1) }.prefix(Self.subjectLimit))
      notes.append(
        "\(Self.subjectLimit) of \(grouped(rows.count)) subjects shown, those with the lowest contributions to log L per observation; all are in subjects.csv."
      )
    }
    let hasClasses = view.componentCount > 1
    let components = min(view.componentCount, 6)
    var table = PageTable(
      "Subjects",
      ["#subject", "ID", "#observations", "#log L", "#log L per observation"]
        + (hasClasses ? ["#class"] + (1...components).map { "#tau.\($0)" } : [])
        + view.model.effects.map { "#\($0.name)" } + ["#least effective samples"])
    for i in shown {
      var cells: [PageCell] = [
        .count(i + 1), .text(rows.ids[i]),
        .number(rows.observations[i], shown: "\(Int(rows.observations[i]))"),
        .number(rows.logLikelihoods[i]), .number(shares[i]),
      ]
      if hasClasses {
        cells.append(.count(rows.classes[i] + 1))
        for k in 0..<components {
          cells.append(.number(rows.membership[k][i], shown: fixed(rows.membership[k][i], 3)))
        }
      }
      for (j, effect) in view.model.effects.enumerated() {
        cells.append(.number(effect.distribution.natural(rows.means[j][i])))
      }
      let sizes = rows.effectiveSampleSizes.indices.filter { rows.membership[$0][i] > 0.01 }
        .map { rows.effectiveSampleSizes[$0][i] }
      cells.append(.number(sizes.min(), shown: sizes.min().map { Text.number($0, 3) } ?? ""))
      table.add(cells)
    }
    notes.append(
      "Of each random effect the conditional mean over all components, in natural units. Least effective samples: of the components with a probability above 0.01."
    )
    table.tableNotes = notes
    return PagePart(partID: "", partTitle: "Subjects", tables: [table])
  }

  func starts() -> PagePart? {
    guard view.iterations.starts.count > 1 else { return nil }
    let hasPrior = view.fit.logPrior != nil
    var table = PageTable(
      "Starts",
      ["#start", "#iterations", hasPrior ? "#-2 log posterior" : "#-2 log L", "kept"])
    for start in view.iterations.starts {
      let end = start.objectives.last
      table.add([
        .count(start.number), .count(max(0, start.iterations.count - 1)),
        .number(end.map { -2 * $0 }, shown: end.map { fixed(-2 * $0, 3) }),
        .text(start.number == view.dataSet.start ? "kept" : ""),
      ])
    }
    return PagePart(
      partID: "", partTitle: "Starts", tables: (maxima().map { [$0] } ?? []) + [table])
  }

  func facts() -> [PageFact] {
    let fit = view.fit
    let document = view.document
    let effects = document.model.randomEffects.map {
      "\($0.name) (\($0.distribution), \($0.membership))"
    }
    let error =
      fit.samplingError.map { " (sampling error \(Text.number($0.minusTwoLogLikelihood, 2)))" }
      ?? ""
    var facts = [
      PageFact(term: "subjects", definition: grouped(view.dataSet.subjects)),
      PageFact(term: "observations", definition: grouped(view.dataSet.observations)),
      PageFact(term: "components", definition: "\(view.componentCount)"),
      PageFact(term: "−2 log L", definition: fixed(fit.minusTwoLogLikelihood, 3) + error),
    ]
    if let prior = fit.logPrior, let posterior = fit.logPosterior {
      facts.append(
        PageFact(
          term: "log prior, log posterior",
          definition: "\(fixed(prior, 3)), \(fixed(posterior, 3))"))
    }
    facts += [
      PageFact(term: "AIC", definition: fixed(fit.aic, 2)),
      PageFact(term: "BIC (by subjects)", definition: fixed(fit.bic, 2)),
    ]
    if let icl = fit.icl, let entropy = fit.relativeEntropy {
      facts.append(
        PageFact(
          term: "ICL", definition: "\(fixed(icl, 2)) (relative entropy \(fixed(entropy, 2)))"))
    }
    facts += [
      PageFact(term: "NONMEM's objective", definition: fixed(fit.nonmemObjective, 3)),
      PageFact(term: "free parameters", definition: "\(document.model.freeParameters.count)"),
      PageFact(term: "method", definition: document.estimation.method),
      PageFact(
        term: "model",
        definition: document.model.structure + ", "
          + (document.model.outputs?.map {
            ($0.name.map { $0 + ": " } ?? "") + "\($0.residualError) error"
          }.joined(separator: ", ") ?? "\(document.model.residualError) error")),
      PageFact(term: "random effects", definition: effects.joined(separator: ", ")),
    ]
    func add(_ term: String, _ list: [String]?) {
      guard let list else { return }
      facts.append(PageFact(term: term, definition: list.joined(separator: ", ")))
    }
    add(
      "without random effect",
      document.model.fixedEffects?.map { "\($0.name) (\($0.distribution))" })
    add("covariates of means", document.model.covariates)
    add("covariates of weights", document.model.weightCovariates)
    if view.componentCount > 1 {
      facts.append(
        PageFact(
          term: "subjects by class",
          definition: fit.classCounts.map(grouped).joined(separator: ", ")))
      facts.append(
        PageFact(
          term: "expected in the wrong class",
          definition: Text.number(fit.expectedMisclassifications, 3)))
    }
    return facts
  }
}
