import DataSets
import JobFiles
import MessagePassing
import PopulationModel
import Report
import Study

/// A job of a sequence with its fits.
struct FittedJob {
  let job: LoadedJob
  /// On the first rank, or on all where they are shared; elsewhere there are none.
  let fits: CollectedFits

  /// The same on all ranks; collective.
  func shared(by communicator: any Communicator) throws -> FittedJob {
    FittedJob(job: job, fits: try communicator.shared(fits))
  }

  /// A data set with its fit.
  struct Fitted {
    let source: DataSetSource
    let fit: FitDocument.Fit
    let status: String
    /// Whether the fit ended as it should.
    let isRegular: Bool
    let model: FittedModel
  }

  /// Entries of `fit.json` by data set.
  var byName: [String: FitDocument.DataSet] {
    Dictionary(fits.dataSets.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The data sets that could be fitted, in order.
  var fitted: [Fitted] {
    let dataSets = byName
    return job.sources.compactMap { source in
      guard let dataSet = dataSets[source.name], let fit = dataSet.fit else { return nil }
      return Fitted(
        source: source, fit: fit, status: dataSet.status, isRegular: dataSet.isRegular,
        model: FittedModel(model: job.plan.model, estimates: fit.estimates.parameters))
    }
  }
}
