import Estimation
import Study

/// `study.json`: what a simulation study found, by method.
public struct StudyDocument: Codable, Sendable {
  public var schema = "popmix-study"
  public var schemaVersion = 1
  public var popmixVersion: String
  public var job: String
  /// Simulated data sets; a method may have fewer.
  public var dataSets: Int
  public var methods: [Method]

  /// A figure and its simulation error, spread over two keys.
  public struct Parameter: Codable, Sendable {
    public var name: String
    public var `true`: Double
    /// Whether it is a function of the free parameters.
    public var derived: Bool
    public var fits: Int
    public var mean: Double
    public var meanError: Double?
    public var errorPercent: Double?
    public var errorPercentError: Double?
    public var rmsePercent: Double?
    public var rmsePercentError: Double?
    public var rmse: Double
    public var rmseError: Double?
    public var realisedErrorPercent: Double?
    public var realisedErrorPercentError: Double?
    public var realisedRmsePercent: Double?
    public var realisedRmsePercentError: Double?
    public var coverage: [Coverage]
  }

  public struct Coverage: Codable, Sendable {
    /// `outer-product`, `observed`, `sandwich`; of profiles `none`
    public var standardError: String
    /// `wald`, `scaled`, `odds`, `profile`
    public var scale: String
    public var percent: Double
    public var percentError: Double?
    public var fits: Int
  }

  public struct Misclassified: Codable, Sendable {
    public var dataSets: Int
    public var mean: Double
    public var meanError: Double?
    public var most: Int
    public var none: Int
    public var nonePercent: Double
    public var nonePercentError: Double?
    public var meanWhereAny: Double?
    public var meanWhereAnyError: Double?
  }

  public struct Published: Codable, Sendable {
    public var source: String
    public var parameter: String
    public var statistic: String
    public var value: Double
    public var valueError: Double?
    /// That of this study, less the published one, in joint simulation errors.
    public var difference: Double?
  }

  public struct Method: Codable, Sendable {
    public var name: String
    /// `paper`, `exact`
    public var method: String
    public var dataSets: Int
    public var fitted: Int
    public var statuses: [String: Int]
    public var relabelled: Int
    public var misclassified: Misclassified?
    public var parameters: [Parameter]
    /// Figures of others beside those of this method.
    public var published: [Published]
  }

  public init(popmixVersion: String, job: String, dataSets: Int, methods: [StudyMethod]) {
    self.popmixVersion = popmixVersion
    self.job = job
    self.dataSets = dataSets
    self.methods = methods.map(Method.init)
  }

  public func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}

/// One method of a study, with what it found.
public struct StudyMethod: Sendable {
  /// As the job calls it.
  public let name: String
  public let settings: EstimationSettings
  public let replicates: [Replicate]
  public let summary: StudySummary
  public let published: [PublishedFigure]

  public init(
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
  public var comparisons: [(own: StudyFigure, other: PublishedFigure)] {
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
