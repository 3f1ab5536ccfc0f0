import Spelling

/// Several outputs over many data sets: of those that all of them have fits of, on the same data.
package struct ComparisonSummary: Sendable {
  /// A mean over data sets and its standard error, which needs two of them.
  package struct Mean: Sendable, Codable, Equatable {
    package var mean: Double
    package var standardError: Double?

    init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      self.mean = mean
      guard values.count > 1 else { return }
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      standardError = (squares / (n - 1) / n).squareRoot()
    }
  }

  package struct Row: Sendable {
    package let output: FitOutput
    /// Of all its data sets by status.
    package let statuses: [String]
    package let bestByAIC: Int
    package let bestByBIC: Int
    package let bestByICL: Int
    /// Of this output minus the first one.
    package let minusTwoLogLikelihood: Mean?
    package let aic: Mean?
    package let bic: Mean?
    /// `nil` if a fit has none.
    package let icl: Mean?
  }

  package let rows: [Row]
  /// Data sets that are compared.
  package let compared: Int
  /// Data sets that any of the outputs has.
  package let all: Int
  /// Of those that are not compared, why.
  package let leftOut: [ComparedFit.Comparability: Int]
  /// Data sets in which no fit is the best by AIC, as far as the sampling errors tell.
  package let undecided: Int

  init(_ comparison: FitComparison) {
    let complete = comparison.dataSets.filter(\.isComplete)
    compared = complete.count
    all = comparison.dataSets.count
    var leftOut: [ComparedFit.Comparability: Int] = [:]
    for dataSet in comparison.dataSets {
      if let reason = dataSet.fits.map(\.comparability).first(where: { $0 != .comparable }) {
        leftOut[reason, default: 0] += 1
      }
    }
    self.leftOut = leftOut
    let best = DataSetComparison.Criterion.choosing.map { criterion in
      complete.compactMap { $0.clearlyBest(by: criterion) }
    }
    undecided = complete.count - best[0].count
    rows = comparison.outputs.indices.map { i in
      func mean(_ criterion: DataSetComparison.Criterion) -> Mean? {
        let values = complete.map { dataSet in
          [dataSet.fits[i], dataSet.fits[0]].compactMap { $0.fit.flatMap(criterion.value) }
        }
        guard values.allSatisfy({ $0.count == 2 }) else { return nil }
        return Mean(values.map { $0[0] - $0[1] })
      }
      return Row(
        output: comparison.outputs[i],
        statuses: comparison.outputs[i].document.dataSets.map(\.status),
        bestByAIC: best[0].count { $0 == i }, bestByBIC: best[1].count { $0 == i },
        bestByICL: best[2].count { $0 == i }, minusTwoLogLikelihood: mean(.likelihood),
        aic: mean(.aic), bic: mean(.bic), icl: mean(.icl))
    }
  }

  /// What was left out or undecided, in a line each.
  var remarks: [String] {
    let reasons = ComparedFit.Comparability.allCases.compactMap { reason in
      leftOut[reason].map { "\($0) \(reason.phrase)" }
    }
    let alike =
      "in \(counted(undecided, "data set")) no fit is the best by AIC within two standard errors of the sampling"
    return (reasons.isEmpty ? [] : ["not compared: " + reasons.joined(separator: ", ")])
      + (undecided == 0 ? [] : [alike])
  }
}

extension ComparedFit.Comparability {
  fileprivate var phrase: String {
    switch self {
    case .comparable: "compared"
    case .otherRecords: "with OTHER RECORDS of the same file"
    case .otherData: "with OTHER DATA under the same name"
    case .unknown: "of unknown data"
    case .failed: "failed in an output"
    case .missing: "not in all outputs"
    }
  }
}
