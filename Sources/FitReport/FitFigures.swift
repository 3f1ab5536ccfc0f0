import Figures
import PopulationData
import Report

/// All figures of one data set, in sections.
struct FitFigures {
  let view: FitView
  let options: ReportOptions

  /// - Returns: sections, and sentences on what could not be made.
  func sections() -> (sections: [ReportSection], notices: [String]) {
    var notices: [String] = []
    let uncertainty = UncertaintyFigures(view: view)
    var sections = [
      ReportSection(
        title: "Random effects and classes",
        figures: DensityFigures(view: view).figures() + ClassFigures(view: view).figures())
    ]
    switch view.data {
    case .found(let subjects, let covariates):
      sections[0].figures += CovariateFigures(view: view, columns: covariates).figures()
      let strata = strata(covariates, &notices)
      sections += [
        ReportSection(
          title: "Observations and predictions",
          figures: PredictionFigures(view, subjects: subjects).figures()
            + IndividualFigures(view: view, subjects: subjects, chosen: options.subjects).figures()),
        ReportSection(
          title: "Checks by simulation",
          figures: CheckFigures(
            view: view, subjects: subjects, isPredictionCorrected: options.isPredictionCorrected,
            strata: strata
          ).figures()),
      ]
      if case .ids(let ids) = options.subjects {
        let known = Set(view.rows.ids)
        let missing = ids.filter { !known.contains($0) }
        if !missing.isEmpty {
          notices.append(
            "\(view.dataSet.name): there are no subjects with the ID \(missing.joined(separator: ", ")), which --subjects asks for."
          )
        }
      }
    case .missing(let reason):
      notices.append(
        "\(view.dataSet.name): the figures that need the data are missing (observed and predicted, residuals, individual fits, visual predictive check, NPDE, covariates), because \(reason)."
      )
    }
    sections += [
      ReportSection(title: "Convergence", figures: ConvergenceFigures(view: view).figures()),
      ReportSection(
        title: "Uncertainty",
        figures: uncertainty.figures() + PriorFigures(view: view).figures()),
    ]
    return (sections.filter { !$0.figures.isEmpty }, notices)
  }

  private func strata(_ columns: [SubjectColumn], _ notices: inout [String]) -> (
    column: String, groups: [(label: String, subjects: [Int])]
  )? {
    guard let wanted = options.stratification else { return nil }
    guard let column = columns.first(where: { $0.name.uppercased() == wanted.uppercased() }) else {
      let names = columns.map(\.name).joined(separator: ", ")
      notices.append(
        "\(view.dataSet.name): the visual predictive check is not stratified, because the data have no column \(wanted) that is constant for a subject; they have \(names.isEmpty ? "none" : names)."
      )
      return nil
    }
    let groups = Strata(column).groups
    let levels = Set(column.texts.filter { !$0.isEmpty })
    if column.numbers == nil, levels.count > groups.count {
      notices.append(
        "\(view.dataSet.name): the visual predictive check has \(groups.count) of the \(grouped(levels.count)) values of \(column.name); subjects with the others are left out."
      )
    }
    return (column.name, groups)
  }
}
