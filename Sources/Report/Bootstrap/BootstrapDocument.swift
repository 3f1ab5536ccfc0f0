import Study

/// `bootstrap.json`: how the estimates of a job's fits spread over data sets that were drawn again.
public struct BootstrapDocument: Codable, Sendable {
  public var schema = "popmix-bootstrap"
  public var schemaVersion = 1
  public var popmixVersion: String
  public var job: String
  /// `nonparametric` or `parametric`
  public var kind: String
  public var stratifiedBy: String?
  public var seed: UInt64
  public var dataSets: [DataSet]

  public struct DataSet: Codable, Sendable {
    public var name: String
    public var replicates: Int
    public var statuses: [String: Int]
    /// Replicates that count: those that ended as they should, with components that are clear.
    public var used: Int
    /// Of those that ended as they should, with two components that could as well be exchanged.
    public var ambiguous: Int
    /// Of those that count, with components in another order than those of the fit.
    public var relabelled: Int
    /// Of those that count; missing with one component. See `LabelAlignment`.
    public var leastMargin: Double?
    public var parameters: [Parameter]
  }

  public struct Parameter: Codable, Sendable {
    public var name: String
    public var estimate: Double
    /// By the fit.
    public var standardError: Double?
    public var replicates: Int
    public var mean: Double
    public var bias: Double
    public var bootstrapStandardError: Double?
    public var median: Double
    /// The 2.5 and 97.5 % quantiles.
    public var interval: FitDocument.Interval
  }

  public init(
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
  public func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}
