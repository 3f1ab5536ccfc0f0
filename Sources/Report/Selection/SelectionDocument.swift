package import Study

/// Fits of one data set with several numbers of components.
package struct SelectionResult: Sendable {
  package let dataSet: String
  package let selection: ComponentSelection

  package init(dataSet: String, selection: ComponentSelection) {
    self.dataSet = dataSet
    self.selection = selection
  }
}

/// `components.json`: which number of components the criteria choose.
package struct SelectionDocument: Codable, Sendable {
  package var schema = "popmix-components"
  package var schemaVersion = 1
  package var popmixVersion: String
  package var job: String
  package var dataSets: [DataSet]

  package struct DataSet: Codable, Sendable {
    package var name: String
    package var candidates: [Candidate]
    /// What each criterion chooses among the fits that ended as they should.
    package var choices: [Choice]
    package var likelihoodRatioTests: [Test]
    /// The first number of components that no test rejects; missing without tests.
    package var chosenByTests: Int?
    package var warnings: [String]
  }

  package struct Candidate: Codable, Sendable {
    package var components: Int
    package var status: String
    package var minusTwoLogLikelihood: Double
    package var samplingError: Double?
    package var freeParameters: Int
    package var aic: Double
    package var bic: Double
    package var icl: Double
    package var entropy: Double
    package var relativeEntropy: Double?
    package var leastWeight: Double
  }

  package struct Choice: Codable, Sendable {
    /// `aic`, `bic`, `icl`
    package var criterion: String
    package var components: Int
    /// Numbers whose criterion is as low within its sampling error.
    package var indistinguishable: [Int]
  }

  package struct Test: Codable, Sendable {
    package var components: Int
    package var against: Int
    /// The fall of −2 log L.
    package var ratio: Double
    package var p: Double
    package var level: Double
    package var rejected: Bool
    /// Of the data sets drawn from the smaller model, ascending.
    package var replicates: [Double]
    package var failed: Int
  }

  package init(popmixVersion: String, job: String, results: [SelectionResult]) {
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
  package func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}
