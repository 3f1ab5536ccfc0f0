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
    var header = ["data_set", "subject", "ID", "occasion", "line", "TIME"]
    if hasOutputs { header.append("DVID") }
    header.append("DV")
    if model.isCensored { header.append("CENS") }
    if isMixture { header.append("class") }
    header.append("PRED")
    if isMixture { header.append("MPRED") }
    header.append("IPRED")
    if isMixture { header.append("MIPRED") }
    header += ["RES", "IRES", "IWRES", "EPRED", "EWRES", "NPDE"]
    var text = CSVText()
    text.row(header)
    return text.bytes
  }

  /// The rows of this rank's subjects.
  package func rows(_ result: DataSetResult) -> [UInt8] {
    guard let fit = result.fit else { return [] }
    let fitted = FittedModel(model: model, estimates: fit.estimates)
    let simulation = SubjectSimulation(
      fitted, replicates: SubjectSimulation.replicates(forObservations: fit.observationCount),
      limits: fit.limits)
    var text = CSVText()
    for (subject, posterior) in zip(fit.subjects, fit.posteriors) {
      let membership = posterior.membership
      let estimate = SubjectEstimate(
        membership: membership, means: membership.indices.map(posterior.mean),
        class: Classification(membership: membership).component)
      for row in fitted.diagnostics(subject, estimate, simulation: simulation) {
        text.add(result.name)
        text.add(subject.index + 1)
        text.add(subject.id)
        add(row, class: estimate.class, to: &text)
        text.endRow()
      }
    }
    return text.bytes
  }

  private func add(_ row: ObservationDiagnostic, class component: Int, to text: inout CSVText) {
    text.add(row.occasion + 1)
    // Drawn data have no lines.
    if row.line > 0 { text.add(row.line) } else { text.add("") }
    text.add(row.time)
    if hasOutputs { text.add(row.output) }
    text.add(row.observed)
    if model.isCensored { text.add(row.censoring) }
    if isMixture { text.add(component + 1) }
    text.add(row.populationPrediction)
    if isMixture { text.add(row.mixturePrediction) }
    text.add(row.individualPrediction)
    if isMixture { text.add(row.weightedPrediction) }
    // Of a censored value there is nothing that could be left; its NPDE is that of a value drawn
    // beyond the limit.
    let isMeasured = row.censoring == 0
    for residual in [
      row.observed - row.populationPrediction, row.residual, row.weightedResidual,
    ] { text.add(isMeasured ? residual : nil) }
    text.add(row.simulatedPrediction)
    text.add(isMeasured ? row.simulatedResidual : nil)
    text.add(row.npde)
  }
}
