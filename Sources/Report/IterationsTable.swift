import Estimation
import PopulationData
import PopulationModel

/// `iterations.csv`: a row for each iteration of each start of each data set, with log L and the free parameters.
public struct IterationsTable: Sendable {
  private let free: FreeParameters

  public init(model: MixtureModel) { free = FreeParameters(model) }

  public var header: [UInt8] {
    var text = CSVText()
    text.row(
      ["data_set", "start", "iteration", "log_likelihood", "step", "envelopes", "rejected"]
        + free.names)
    return text.bytes
  }

  public func rows(_ result: DataSetResult) -> [UInt8] {
    var text = CSVText()
    for record in result.fit?.iterations ?? [] {
      text.add(result.name)
      text.add(result.start)
      text.add(record.iteration)
      text.add(record.logLikelihood)
      text.add(record.step)
      text.add(record.hasNewEnvelopes ? "new" : "kept")
      text.add(record.isRejected ? 1 : 0)
      text.add(free.values(in: record.parameters))
      text.endRow()
    }
    return text.bytes
  }
}
