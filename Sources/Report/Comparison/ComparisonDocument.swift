/// A comparison as JSON, in a versioned schema.
public struct ComparisonDocument: Codable, Sendable {
  public static let schemaVersion = 1

  public var schema = "popmix-comparison"
  public var schemaVersion = ComparisonDocument.schemaVersion
  public var outputs: [Output]
  public var dataSets: [DataSet]
  /// Of more than one data set.
  public var summary: Summary?

  public struct Output: Codable, Sendable {
    public var label: String
    public var path: String
    public var job: String
    public var popmixVersion: String
    public var method: String
    public var components: Int
    public var freeParameters: Int
  }

  public struct DataSet: Codable, Sendable {
    public var name: String
    /// Labels; absent if there are not two fits to compare.
    public var bestByAic: String?
    public var bestByBic: String?
    public var bestByIcl: String?
    /// In the order of `outputs`.
    public var fits: [Fit]
    public var notes: [String]
  }

  public struct Fit: Codable, Sendable {
    public var label: String
    /// comparable, other records, other data, unknown, failed, missing
    public var comparability: String
    public var status: String
    public var subjects: Int?
    public var observations: Int?
    public var minusTwoLogLikelihood: Double?
    public var samplingError: Double?
    public var nonmemObjective: Double?
    public var aic: Double?
    public var aicDifference: Double?
    public var bic: Double?
    public var bicDifference: Double?
    public var icl: Double?
    public var iclDifference: Double?
    public var parameters: [Parameter]
    public var derived: [Parameter]
    public var warnings: [String]
  }

  public struct Parameter: Codable, Sendable {
    public var name: String
    public var estimate: Double
    public var fixed: Bool
    public var standardError: Double?
  }

  public struct Summary: Codable, Sendable {
    public var compared: Int
    public var all: Int
    public var outputs: [Row]
  }

  public struct Row: Codable, Sendable {
    public var label: String
    public var statuses: [String: Int]
    public var bestByAic: Int
    public var bestByBic: Int
    public var bestByIcl: Int
    /// Means over data sets of the differences to the first output.
    public var minusTwoLogLikelihood: ComparisonSummary.Mean?
    public var aic: ComparisonSummary.Mean?
    public var bic: ComparisonSummary.Mean?
    public var icl: ComparisonSummary.Mean?
  }
}

extension ComparisonDocument {
  public init(_ comparison: FitComparison) {
    outputs = comparison.outputs.map { output in
      Output(
        label: output.label, path: output.path, job: output.document.job,
        popmixVersion: output.document.popmixVersion, method: output.document.estimation.method,
        components: output.document.model.components,
        freeParameters: output.document.model.freeParameters.count)
    }
    dataSets = comparison.dataSets.map(DataSet.init)
    summary = comparison.summary.map { summary in
      Summary(
        compared: summary.compared, all: summary.all,
        outputs: summary.rows.map { row in
          Row(
            label: row.output.label,
            statuses: Dictionary(row.statuses.map { ($0, 1) }, uniquingKeysWith: +),
            bestByAic: row.bestByAIC, bestByBic: row.bestByBIC, bestByIcl: row.bestByICL,
            minusTwoLogLikelihood: row.minusTwoLogLikelihood, aic: row.aic, bic: row.bic,
            icl: row.icl)
        })
    }
  }

  /// The text of the file.
  public func text() throws -> String {
    String(decoding: try jsonBytes(of: self), as: UTF8.self) + "\n"
  }
}

extension ComparisonDocument.DataSet {
  init(_ dataSet: DataSetComparison) {
    name = dataSet.name
    bestByAic = dataSet.best(by: .aic).map { dataSet.fits[$0].label }
    bestByBic = dataSet.best(by: .bic).map { dataSet.fits[$0].label }
    bestByIcl = dataSet.best(by: .icl).map { dataSet.fits[$0].label }
    notes = dataSet.notes
    let aic = dataSet.differences(.aic)
    let bic = dataSet.differences(.bic)
    let icl = dataSet.differences(.icl)
    fits = dataSet.fits.enumerated().map { i, compared in
      let fit = compared.fit
      return ComparisonDocument.Fit(
        label: compared.label, comparability: compared.comparability.rawValue,
        status: compared.status, subjects: compared.dataSet?.subjects,
        observations: compared.dataSet?.observations,
        minusTwoLogLikelihood: fit?.minusTwoLogLikelihood,
        samplingError: fit?.samplingError?.minusTwoLogLikelihood,
        nonmemObjective: fit?.nonmemObjective, aic: fit?.aic, aicDifference: aic[i],
        bic: fit?.bic, bicDifference: bic[i], icl: fit?.icl, iclDifference: icl[i],
        parameters: (fit?.parameters ?? []).map(ComparisonDocument.Parameter.init),
        derived: (fit?.derived ?? []).map(ComparisonDocument.Parameter.init),
        warnings: fit?.warnings ?? [])
    }
  }
}

extension ComparisonDocument.Parameter {
  init(_ parameter: FitDocument.Parameter) {
    name = parameter.name
    estimate = parameter.estimate
    fixed = parameter.fixed
    standardError = parameter.standardError
  }
}
