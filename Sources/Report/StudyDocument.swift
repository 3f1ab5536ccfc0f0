package import Estimation
package import Study

/// `study.json`: what a simulation study found, by method.
package struct StudyDocument: Codable, Sendable {
  package var schema = "popmix-study"
  package var schemaVersion = 1
  package var popmixVersion: String
  package var job: String
  /// Simulated data sets; a method may have fewer.
  package var dataSets: Int
  package var methods: [Method]

  /// A figure and its simulation error, spread over two keys.
  package struct Parameter: Codable, Sendable {
    package var name: String
    package var `true`: Double
    /// Whether it is a function of the free parameters.
    package var derived: Bool
    package var fits: Int
    package var mean: Double
    package var meanError: Double?
    package var errorPercent: Double?
    package var errorPercentError: Double?
    package var rmsePercent: Double?
    package var rmsePercentError: Double?
    package var rmse: Double
    package var rmseError: Double?
    package var realisedErrorPercent: Double?
    package var realisedErrorPercentError: Double?
    package var realisedRmsePercent: Double?
    package var realisedRmsePercentError: Double?
    package var coverage: [Coverage]
  }

  package struct Coverage: Codable, Sendable {
    /// `outer-product`, `observed`, `sandwich`; of profiles `none`
    package var standardError: String
    /// `wald`, `scaled`, `odds`, `profile`
    package var scale: String
    package var percent: Double
    package var percentError: Double?
    package var fits: Int
  }

  package struct Misclassified: Codable, Sendable {
    package var dataSets: Int
    package var mean: Double
    package var meanError: Double?
    package var most: Int
    package var none: Int
    package var nonePercent: Double
    package var nonePercentError: Double?
    package var meanWhereAny: Double?
    package var meanWhereAnyError: Double?
  }

  package struct Published: Codable, Sendable {
    package var source: String
    package var parameter: String
    package var statistic: String
    package var value: Double
    package var valueError: Double?
    /// That of this study, less the published one, in joint simulation errors.
    package var difference: Double?
  }

  package struct Method: Codable, Sendable {
    package var name: String
    /// `paper`, `exact`
    package var method: String
    package var dataSets: Int
    package var fitted: Int
    package var statuses: [String: Int]
    package var relabelled: Int
    package var misclassified: Misclassified?
    package var parameters: [Parameter]
    /// Figures of others beside those of this method.
    package var published: [Published]
  }

  package init(popmixVersion: String, job: String, dataSets: Int, methods: [StudyMethod]) {
    self.popmixVersion = popmixVersion
    self.job = job
    self.dataSets = dataSets
    self.methods = methods.map(Method.init)
  }

  package func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}

/// One method of a study, with what it found.
package struct StudyMethod: Sendable {
  /// As the job calls it.
  package let name: String
  package let settings: EstimationSettings
  package let replicates: [Replicate]
  package let summary: StudySummary
  package let published: [PublishedFigure]

  package init(
    name: String, settings: EstimationSettings, replicates: [Replicate],
    published: [PublishedFigure]
  ) {
    self.name = name
    self.settings = settings
    self.replicates = replicates
    self.published = published
    summary = StudySummary(replicates)
  }

  /// The published figures that this study has, too, with its own.
  package var comparisons: [(own: StudyFigure, other: PublishedFigure)] {
    let figures = summary.figures
    return published.compactMap { other in
      figures.first { $0.parameter == other.parameter && $0.name == other.statistic }
        .map { ($0, other) }
    }
  }
}

extension StudyDocument.Method {
  init(_ method: StudyMethod) {
    let summary = method.summary
    name = method.name
    self.method = method.settings.method.name
    dataSets = summary.count
    fitted = method.replicates.count { !$0.errors.isEmpty }
    statuses = Dictionary(uniqueKeysWithValues: summary.statuses.map { ($0.status, $0.count) })
    relabelled = summary.relabelled
    misclassified = summary.misclassification.map(StudyDocument.Misclassified.init)
    parameters = summary.parameters.map(StudyDocument.Parameter.init)
    published = method.comparisons.map { own, other in
      StudyDocument.Published(
        source: other.source, parameter: other.parameter, statistic: other.statistic,
        value: other.value, valueError: other.error, difference: other.difference(of: own))
    }
  }
}

extension StudyDocument.Misclassified {
  init(_ found: StudySummary.Misclassification) {
    dataSets = found.dataSets
    mean = found.mean.value
    meanError = found.mean.error
    most = found.most
    none = found.none
    nonePercent = found.nonePercent.value
    nonePercentError = found.nonePercent.error
    meanWhereAny = found.meanWhereAny?.value
    meanWhereAnyError = found.meanWhereAny?.error
  }
}

extension StudyDocument.Parameter {
  init(_ found: StudySummary.Parameter) {
    name = found.name
    `true` = found.truth
    derived = found.kind.isDerived
    fits = found.count
    mean = found.mean.value
    meanError = found.mean.error
    errorPercent = found.errorPercent?.value
    errorPercentError = found.errorPercent?.error
    rmsePercent = found.rootMeanSquareErrorPercent?.value
    rmsePercentError = found.rootMeanSquareErrorPercent?.error
    rmse = found.rootMeanSquareError.value
    rmseError = found.rootMeanSquareError.error
    realisedErrorPercent = found.realisedErrorPercent?.value
    realisedErrorPercentError = found.realisedErrorPercent?.error
    realisedRmsePercent = found.realisedRootMeanSquareErrorPercent?.value
    realisedRmsePercentError = found.realisedRootMeanSquareErrorPercent?.error
    coverage = found.coverage.map {
      StudyDocument.Coverage(
        standardError: $0.interval == .profile ? "none" : $0.kind.rawValue,
        scale: $0.interval.rawValue, percent: $0.percent.value,
        percentError: $0.percent.error, fits: $0.count)
    }
  }
}
