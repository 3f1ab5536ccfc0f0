/// A comparison as JSON, in a versioned schema.
package struct ComparisonDocument: Codable, Sendable {
  package static let schemaVersion = 1

  package var schema = "popmix-comparison"
  package var schemaVersion = ComparisonDocument.schemaVersion
  package var outputs: [Output]
  package var dataSets: [DataSet]
  /// Of more than one data set.
  package var summary: Summary?

  package struct Output: Codable, Sendable {
    package var label: String
    package var path: String
    package var job: String
    package var popmixVersion: String
    package var method: String
    package var components: Int
    package var freeParameters: Int
  }

  package struct DataSet: Codable, Sendable {
    package var name: String
    /// Labels; absent if there are not two fits to compare.
    package var bestByAic: String?
    package var bestByBic: String?
    package var bestByIcl: String?
    /// In the order of `outputs`.
    package var fits: [Fit]
    package var notes: [String]
  }

  package struct Fit: Codable, Sendable {
    package var label: String
    /// comparable, other records, other data, unknown, failed, missing
    package var comparability: String
    package var status: String
    package var subjects: Int?
    package var observations: Int?
    package var minusTwoLogLikelihood: Double?
    package var samplingError: Double?
    package var nonmemObjective: Double?
    package var aic: Double?
    package var aicDifference: Double?
    package var bic: Double?
    package var bicDifference: Double?
    package var icl: Double?
    package var iclDifference: Double?
    package var parameters: [Parameter]
    package var derived: [Parameter]
    package var warnings: [String]
  }

  package struct Parameter: Codable, Sendable {
    package var name: String
    package var estimate: Double
    package var fixed: Bool
    package var standardError: Double?
  }

  package struct Summary: Codable, Sendable {
    package var compared: Int
    package var all: Int
    package var outputs: [Row]
  }

  package struct Row: Codable, Sendable {
    package var label: String
    package var statuses: [String: Int]
    package var bestByAic: Int
    package var bestByBic: Int
    package var bestByIcl: Int
    /// Means over data sets of the differences to the first output.
    package var minusTwoLogLikelihood: ComparisonSummary.Mean?
    package var aic: ComparisonSummary.Mean?
    package var bic: ComparisonSummary.Mean?
    package var icl: ComparisonSummary.Mean?
  }
}

extension ComparisonDocument {
  package init(_ comparison: FitComparison) {
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
  package func text() throws -> String {
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
