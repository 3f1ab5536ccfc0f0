import Estimation
import PopulationData
import Study

/// A study as CSV files.
package struct StudyTables: Sendable {
  private let methods: [StudyMethod]

  package init(_ methods: [StudyMethod]) { self.methods = methods }

  /// `study.csv`: a row for each figure of each method, and where others have published it, one for
  /// each of them.
  package var figures: [UInt8] {
    var text = CSVText()
    text.row([
      "method", "parameter", "true", "statistic", "fits", "value", "simulation_error", "source",
      "published_value", "published_error", "difference",
    ])
    for method in methods {
      for figure in method.summary.figures {
        let others = method.published.filter {
          $0.parameter == figure.parameter && $0.statistic == figure.name
        }
        for other in others.isEmpty ? [nil] : others.map(Optional.some) {
          text.add(method.name)
          text.add(figure.parameter)
          text.add(figure.truth)
          text.add(figure.name)
          text.add(figure.count)
          text.add(figure.statistic.value)
          text.add(figure.statistic.error)
          text.add(other?.source ?? "")
          text.add(other?.value)
          text.add(other?.error)
          text.add(other?.difference(of: figure))
          text.endRow()
        }
      }
    }
    return text.bytes
  }

  /// `replicates.csv`: a row for each parameter of each fit.
  package var replicates: [UInt8] {
    var text = CSVText()
    text.row([
      "method", "data_set", "status", "misclassified", "relabelled", "parameter", "true",
      "realised", "estimate", "standard_error", "error_percent", "realised_error_percent",
      "covered", "covered.scaled",
    ])
    for method in methods {
      for replicate in method.replicates {
        for error in replicate.errors {
          text.add(method.name)
          text.add(replicate.dataSet)
          text.add(replicate.status)
          text.add(replicate.misclassified.map(Double.init))
          text.add(replicate.isRelabelled ? 1 : 0)
          text.add(error.parameter)
          text.add(error.truth)
          text.add(error.realised)
          text.add(error.estimate)
          text.add(error.standardErrors[.outerProduct])
          text.add(error.percent)
          text.add(error.realisedPercent)
          text.add(error.covers(.wald, .outerProduct).map { $0 ? 1 : 0 })
          text.add(error.covers(.scaled, .outerProduct).map { $0 ? 1 : 0 })
          text.endRow()
        }
        if replicate.errors.isEmpty {
          text.row(
            [method.name, replicate.dataSet, replicate.status] + .init(repeating: "", count: 11))
        }
      }
    }
    return text.bytes
  }
}
