import Diagnostics
import Estimation
import PopulationData
package import PopulationModel

/// `observations.csv`: a row for each observation, with its predictions and residuals; see
/// `ObservationDiagnostic`.
package struct ObservationsTable: Sendable {
  private let model: MixtureModel

  package init(model: MixtureModel) { self.model = model }

  private var isMixture: Bool { model.componentCount > 1 }
  private var hasOutputs: Bool { model.outputs.count > 1 }

  package var header: [UInt8] {
    var text = CSVText()
    text.row(["data_set", "subject", "ID", "occasion", "line", "TIME"] + valueColumns)
    return text.bytes
  }

  /// The columns behind `TIME`: what `ObservationResult` has.
  package var valueColumns: [String] {
    var header: [String] = []
    if hasOutputs { header.append("DVID") }
    header.append("DV")
    if model.isCensored { header.append("CENS") }
    if isMixture { header.append("class") }
    header.append("PRED")
    if isMixture { header.append("MPRED") }
    header.append("IPRED")
    if isMixture { header.append("MIPRED") }
    return header + ["RES", "IRES", "IWRES", "EPRED", "EWRES", "NPDE"]
  }

  /// What the fit says of the observations of a subject.
  package struct SubjectRows: Sendable {
    let index: Int
    let id: String
    /// From 0.
    let `class`: Int
    let rows: [ObservationDiagnostic]
  }

  /// Computes what there is to say of the observations of this rank's subjects.
  package func diagnostics(_ result: DataSetResult) -> [SubjectRows] {
    guard let fit = result.fit else { return [] }
    let fitted = FittedModel(model: model, estimates: fit.estimates)
    let simulation = SubjectSimulation(
      fitted, replicates: SubjectSimulation.replicates(forObservations: fit.observationCount),
      limits: fit.limits)
    return zip(fit.subjects, fit.posteriors).map { subject, posterior in
      let membership = posterior.membership
      let estimate = SubjectEstimate(
        membership: membership, means: membership.indices.map(posterior.mean),
        class: Classification(membership: membership).component)
      return SubjectRows(
        index: subject.index, id: subject.id, class: estimate.class,
        rows: fitted.diagnostics(subject, estimate, simulation: simulation))
    }
  }

  /// The rows of this rank's subjects.
  package func rows(_ result: DataSetResult) -> [UInt8] {
    rows(diagnostics(result), dataSet: result.name)
  }

  /// The rows of subjects of a data set.
  package func rows(_ subjects: [SubjectRows], dataSet: String) -> [UInt8] {
    var text = CSVText()
    for subject in subjects {
      for row in subject.rows {
        text.add(dataSet)
        text.add(subject.index + 1)
        text.add(subject.id)
        text.add(row.occasion + 1)
        // Drawn data have no lines.
        if row.line > 0 { text.add(row.line) } else { text.add("") }
        text.add(row.time)
        add(row, class: subject.class, to: &text)
        text.endRow()
      }
    }
    return text.bytes
  }

  /// The same as numbers, by subject.
  package func results(_ subjects: [SubjectRows]) -> [[ObservationResult]] {
    subjects.map { subject in
      subject.rows.map { row in
        ObservationResult(
          line: row.line > 0 ? row.line : nil, time: row.time,
          values: values(row, class: subject.class).map { $0 ?? .nan })
      }
    }
  }

  private func add(
    _ row: ObservationDiagnostic, class component: Int, to text: inout CSVText
  ) {
    for value in values(row, class: component) { text.add(value) }
  }

  private func values(_ row: ObservationDiagnostic, class component: Int) -> [Double?] {
    var values: [Double?] = []
    if hasOutputs { values.append(Double(row.output)) }
    values.append(row.observed)
    if model.isCensored { values.append(Double(row.censoring)) }
    if isMixture { values.append(Double(component + 1)) }
    values.append(row.populationPrediction)
    if isMixture { values.append(row.mixturePrediction) }
    values.append(row.individualPrediction)
    if isMixture { values.append(row.weightedPrediction) }
    // Of a censored value there is nothing that could be left; its NPDE is that of a value drawn
    // beyond the limit.
    let isMeasured = row.censoring == 0
    for residual in [
      row.observed - row.populationPrediction, row.residual, row.weightedResidual,
    ] { values.append(isMeasured ? residual : nil) }
    values.append(row.simulatedPrediction)
    values.append(isMeasured ? row.simulatedResidual : nil)
    values.append(row.npde)
    return values
  }
}
