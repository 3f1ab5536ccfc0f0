import PopulationData
import Study

/// A bootstrap as CSV files.
package struct BootstrapTables: Sendable {
  private let results: [BootstrapResult]

  package init(_ results: [BootstrapResult]) { self.results = results }

  /// `bootstrap.csv`: a row for each parameter of each data set.
  package var summary: [UInt8] {
    var text = CSVText()
    text.row([
      "data_set", "parameter", "estimate", "standard_error", "replicates", "mean", "bias",
      "bootstrap_standard_error", "median", "q2.5", "q97.5",
    ])
    for result in results {
      for parameter in result.summary.parameters {
        text.add(result.dataSet)
        text.add(parameter.name)
        text.add(parameter.estimate)
        text.add(parameter.standardError)
        text.add(parameter.count)
        text.add(parameter.mean)
        text.add(parameter.bias)
        text.add(parameter.deviation)
        text.add(parameter.median)
        text.add(parameter.interval.low)
        text.add(parameter.interval.high)
        text.endRow()
      }
    }
    return text.bytes
  }

  /// `bootstrap-replicates.csv`: a row for each replicate, with components named as in the fit.
  package var replicates: [UInt8] {
    var text = CSVText()
    let names = results.lazy.map { $0.summary.parameters.map(\.name) }.first { !$0.isEmpty } ?? []
    text.row(
      [
        "data_set", "replicate", "status", "used", "ambiguous", "relabelled", "margin",
        "minus_two_log_likelihood",
      ] + names)
    for result in results {
      for (number, replicate) in result.summary.replicates.enumerated() {
        text.add(result.dataSet)
        text.add(number + 1)
        text.add(replicate.status)
        text.add(replicate.isUsed ? 1 : 0)
        text.add(replicate.labels.map { $0.isAmbiguous ? 1 : 0 })
        text.add(replicate.labels.map { $0.isIdentity ? 0 : 1 })
        text.add(replicate.labels?.margin)
        text.add(replicate.minusTwoLogLikelihood)
        for place in names.indices {
          text.add(replicate.values.indices.contains(place) ? replicate.values[place] : nil)
        }
        text.endRow()
      }
    }
    return text.bytes
  }
}
