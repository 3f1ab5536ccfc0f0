import Estimation
import PopulationData
package import PopulationModel

/// `iterations.csv`: a row for each iteration of each start of each data set, with log L, log p(ϕ)
/// of a prior, and the free parameters.
package struct IterationsTable: Sendable {
  private let free: FreeParameters
  private let hasPrior: Bool

  /// - Parameter hasPrior: whether there is a column of log p(ϕ).
  package init(model: MixtureModel, hasPrior: Bool = false) {
    free = FreeParameters(model)
    self.hasPrior = hasPrior
  }

  package var header: [UInt8] {
    var text = CSVText()
    text.row(
      ["data_set", "start", "iteration", "log_likelihood"] + (hasPrior ? ["log_prior"] : [])
        + ["step", "envelopes", "rejected"] + free.names)
    return text.bytes
  }

  package func rows(_ result: DataSetResult) -> [UInt8] {
    var text = CSVText()
    for record in result.fit?.iterations ?? [] {
      text.add(result.name)
      text.add(result.start)
      text.add(record.iteration)
      text.add(record.logLikelihood)
      if hasPrior { text.add(record.logPrior) }
      text.add(record.step)
      text.add(record.hasNewEnvelopes ? "new" : "kept")
      text.add(record.isRejected ? 1 : 0)
      text.add(free.values(in: record.parameters))
      text.endRow()
    }
    return text.bytes
  }
}
