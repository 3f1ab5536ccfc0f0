import Study

/// `bootstrap.json`: how the estimates of a job's fits spread over data sets that were drawn again.
package struct BootstrapDocument: Codable, Sendable {
  package var schema = "popmix-bootstrap"
  package var schemaVersion = 1
  package var popmixVersion: String
  package var job: String
  /// `nonparametric` or `parametric`
  package var kind: String
  package var stratifiedBy: String?
  package var seed: UInt64
  package var dataSets: [DataSet]

  package struct DataSet: Codable, Sendable {
    package var name: String
    package var replicates: Int
    package var statuses: [String: Int]
    /// Replicates that count: those that ended as they should, with components that are clear.
    package var used: Int
    /// Of those that ended as they should, with two components that could as well be exchanged.
    package var ambiguous: Int
    /// Of those that count, with components in another order than those of the fit.
    package var relabelled: Int
    /// Of those that count; missing with one component. See `LabelAlignment`.
    package var leastMargin: Double?
    package var parameters: [Parameter]
  }

  package struct Parameter: Codable, Sendable {
    package var name: String
    package var estimate: Double
    /// By the fit.
    package var standardError: Double?
    package var replicates: Int
    package var mean: Double
    package var bias: Double
    package var bootstrapStandardError: Double?
    package var median: Double
    /// The 2.5 and 97.5 % quantiles.
    package var interval: FitDocument.Interval
  }

  package init(
    popmixVersion: String, job: String, kind: String, stratifiedBy: String?, seed: UInt64,
    results: [BootstrapResult]
  ) {
    self.popmixVersion = popmixVersion
    self.job = job
    self.kind = kind
    self.stratifiedBy = stratifiedBy
    self.seed = seed
    dataSets = results.map { result in
      let summary = result.summary
      return DataSet(
        name: result.dataSet, replicates: summary.replicates.count,
        statuses: Dictionary(uniqueKeysWithValues: summary.statuses.map { ($0.status, $0.count) }),
        used: summary.used, ambiguous: summary.ambiguous, relabelled: summary.relabelled,
        leastMargin: summary.leastMargin,
        parameters: summary.parameters.map {
          Parameter(
            name: $0.name, estimate: $0.estimate, standardError: $0.standardError,
            replicates: $0.count, mean: $0.mean, bias: $0.bias,
            bootstrapStandardError: $0.deviation, median: $0.median,
            interval: FitDocument.Interval(low: $0.interval.low, high: $0.interval.high))
        })
    }
  }

  /// The document's text, keys in alphabetical order.
  package func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}
