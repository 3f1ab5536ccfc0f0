import Study

/// Fits of one data set with several numbers of components.
public struct SelectionResult: Sendable {
  public let dataSet: String
  public let selection: ComponentSelection

  public init(dataSet: String, selection: ComponentSelection) {
    self.dataSet = dataSet
    self.selection = selection
  }
}

/// `components.json`: which number of components the criteria choose.
public struct SelectionDocument: Codable, Sendable {
  public var schema = "popmix-components"
  public var schemaVersion = 1
  public var popmixVersion: String
  public var job: String
  public var dataSets: [DataSet]

  public struct DataSet: Codable, Sendable {
    public var name: String
    public var candidates: [Candidate]
    /// What each criterion chooses among the fits that ended as they should.
    public var choices: [Choice]
    public var likelihoodRatioTests: [Test]
    /// The first number of components that no test rejects; missing without tests.
    public var chosenByTests: Int?
    public var warnings: [String]
  }

  public struct Candidate: Codable, Sendable {
    public var components: Int
    public var status: String
    public var minusTwoLogLikelihood: Double
    public var samplingError: Double?
    public var freeParameters: Int
    public var aic: Double
    public var bic: Double
    public var icl: Double
    public var entropy: Double
    public var relativeEntropy: Double?
    public var leastWeight: Double
  }

  public struct Choice: Codable, Sendable {
    /// `aic`, `bic`, `icl`
    public var criterion: String
    public var components: Int
    /// Numbers whose criterion is as low within its sampling error.
    public var indistinguishable: [Int]
  }

  public struct Test: Codable, Sendable {
    public var components: Int
    public var against: Int
    /// The fall of −2 log L.
    public var ratio: Double
    public var p: Double
    public var level: Double
    public var rejected: Bool
    /// Of the data sets drawn from the smaller model, ascending.
    public var replicates: [Double]
    public var failed: Int
  }

  public init(popmixVersion: String, job: String, results: [SelectionResult]) {
    self.popmixVersion = popmixVersion
    self.job = job
    dataSets = results.map { result in
      let selection = result.selection
      return DataSet(
        name: result.dataSet,
        candidates: selection.candidates.map {
          Candidate(
            components: $0.components, status: $0.status,
            minusTwoLogLikelihood: $0.minusTwoLogLikelihood, samplingError: $0.samplingError,
            freeParameters: $0.parameters, aic: $0.aic, bic: $0.bic, icl: $0.icl,
            entropy: $0.entropy, relativeEntropy: $0.relativeEntropy, leastWeight: $0.leastWeight)
        },
        choices: selection.choices.map {
          Choice(
            criterion: $0.criterion.rawValue, components: $0.components,
            indistinguishable: $0.indistinguishable)
        },
        likelihoodRatioTests: selection.tests.map {
          Test(
            components: $0.components, against: $0.components + 1, ratio: $0.ratio,
            p: $0.probability, level: $0.level, rejected: $0.isRejected,
            replicates: $0.replicates.sorted(), failed: $0.failed)
        }, chosenByTests: selection.chosenByTests, warnings: SelectionText(result).warnings)
    }
  }

  /// The document's text, keys in alphabetical order.
  public func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}
