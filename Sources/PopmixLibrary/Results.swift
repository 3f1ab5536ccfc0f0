import DataPartition
import Estimation
import Inference
import Report

/// What came out of the fit of one data set.
public struct Results: Equatable, Sendable {
  public struct Parameter: Equatable, Sendable {
    /// As in `estimates.csv`: `mu.CL`, `omega.V.V.2`.
    public let name: String
    public let estimate: Double
    /// `nil` for a fixed parameter, one at a boundary, and where the information is singular.
    public let standardError: Double?
    /// The 95 % confidence interval.
    public let interval: ClosedRange<Double>?

    init(name: String, estimate: Double, standardError: Double?, low: Double?, high: Double?) {
      self.name = name
      self.estimate = estimate
      self.standardError = standardError
      if let low, let high, low <= high { interval = low...high } else { interval = nil }
    }
  }

  public let dataSet: String
  /// The word for how the fit ended: `converged`, `at boundary`, `not verified` …
  public let status: String
  /// The same in a sentence.
  public let reason: String
  public let minusTwoLogLikelihood: Double
  /// What the nodes of the integrals leave open of it; `nil` where that is not known.
  public let minusTwoLogLikelihoodError: Double?
  /// The free parameters, then those that are fixed.
  public let parameters: [Parameter]

  /// Whether the end is a verified local maximum of the likelihood.
  public var isConverged: Bool { status == "converged" }

  init(_ fit: FitResult, of dataSet: String) {
    self.dataSet = dataSet
    status = fit.stopReason.label
    reason = fit.stopReason.description
    minusTwoLogLikelihood = fit.minusTwoLogLikelihood
    minusTwoLogLikelihoodError = fit.minusTwoLogLikelihoodError
    parameters = fit.parameterTable.map {
      Parameter(
        name: $0.name, estimate: $0.estimate, standardError: $0.standardError,
        low: $0.interval?.low, high: $0.interval?.high)
    }
  }
}

extension Results {
  /// Reads the results of an output folder: those of all data sets that could be fitted.
  /// - Parameter folder: that `popmix fit` has written.
  /// - Throws: `PopmixError` if there is no `fit.json`, or it is damaged or of another version.
  public static func read(folder: String) throws(PopmixError) -> [Results] {
    let path = folder + "/fit.json"
    let document = try PopmixError.wrapping {
      try FitDocument(json: inflatedContents(of: path), path: path)
    }
    return document.dataSets.compactMap { dataSet in
      dataSet.fit.map { Results(dataSet, $0) }
    }
  }

  private init(_ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit) {
    self.dataSet = dataSet.name
    status = dataSet.status
    reason = dataSet.reason
    minusTwoLogLikelihood = fit.minusTwoLogLikelihood
    minusTwoLogLikelihoodError = fit.samplingError?.minusTwoLogLikelihood
    parameters = fit.parameters.map {
      Parameter(
        name: $0.name, estimate: $0.estimate, standardError: $0.standardError,
        low: $0.interval?.low, high: $0.interval?.high)
    }
  }
}
