import Estimation
import Inference
import NumericKernels
import PopulationModel
import Study

// The document's parts from the results.

extension FitDocument.Model {
  init(_ model: MixtureModel) {
    structure = model.structural.name
    randomEffects = model.effects.map {
      var effect = Effect(
        name: $0.name, distribution: $0.distribution.name, membership: $0.membership.rawValue)
      effect.bounds = $0.distribution.bounds.map {
        FitDocument.Interval(low: $0.lower, high: $0.upper)
      }
      effect.power = $0.distribution.power
      return effect
    }
    residualError = model.residual.rawValue
    func some<Element>(_ list: [Element]) -> [Element]? { list.isEmpty ? nil : list }
    censored = model.isCensored ? true : nil
    let isPlain = model.outputs.count == 1 && !model.outputs[0].isPerComponent
    outputs =
      isPlain
      ? nil
      : model.outputs.map {
        Output(
          name: $0.name, dvid: model.outputs.count > 1 ? $0.number : nil,
          residualError: $0.error.rawValue, perComponent: $0.isPerComponent)
      }
    fixedEffects = some(
      model.fixedEffects.map {
        FixedEffect(
          name: $0.name, distribution: $0.distribution.name, perComponent: $0.isPerComponent)
      })
    covariates = some(
      model.covariateEffects.map {
        "\(model.effects[$0.effect].name): \($0.transform.formula($0.covariate))"
          + ($0.isPerComponent && model.componentCount > 1 ? ", per component" : "")
      })
    weightCovariates = some(
      model.weightCovariates.map { $0.transform.formula($0.covariate) })
    tiedVariances = some(model.tiedVariances.map { $0.map { model.effects[$0].name } })
    equations = model.structural.equations
    components = model.componentCount
    mixtureCovariance = model.mixtureCovariance.rawValue
    sharedCovariance = model.sharedCovariance.rawValue
    covarianceAcrossComponents = model.covarianceSharing.rawValue
    freeParameters = FreeParameters(model).names
  }
}

extension FitDocument.Estimation {
  init(_ settings: EstimationSettings) {
    method = settings.method.name
    nodes = settings.nodes.rawValue
    samples = settings.samples
    iterations = settings.iterations
    tolerance = settings.method.endsAtMaximum ? settings.tolerance : nil
    precision = settings.precision
    acceleration =
      settings.method.endsAtMaximum ? (settings.isAccelerated ? "anderson" : "none") : nil
    seed = settings.seed
    envelope = FitDocument.Envelope(
      inflation: settings.envelopeInflation,
      tails: settings.envelopeDegreesOfFreedom == nil ? "normal" : "student-t",
      degreesOfFreedom: settings.envelopeDegreesOfFreedom, priorShare: settings.priorShare)
  }
}

extension FitDocument.SamplingError {
  /// - Returns: `nil` if nothing is known of it.
  init?(_ fit: FitResult) {
    if let error = fit.samplingError {
      self.init(
        minusTwoLogLikelihood: error.minusTwoLogLikelihood,
        largestShareOfStandardError: error.largestShare, samplesLeast: error.samples.lowerBound,
        samplesMost: error.samples.upperBound)
    } else if fit.hasIndependentSamples {
      let (error, bias) = fit.logLikelihoodError
      self.init(
        minusTwoLogLikelihood: 2 * error, minusTwoLogLikelihoodBias: 2 * bias,
        samplesLeast: fit.settings.samples, samplesMost: fit.settings.samples)
    } else {
      return nil
    }
  }
}

extension FitDocument.Parameter {
  init(
    _ row: ParameterEstimate, standardErrors: FitDocument.StandardErrors,
    samplingError: Double? = nil, prior: FitDocument.Prior? = nil, profiles: [ProfileInterval]
  ) {
    name = row.name
    component = row.component.map { $0 + 1 }
    estimate = row.estimate
    fixed = row.isFixed
    standardError = row.standardError
    self.standardErrors = standardErrors.isEmpty ? nil : standardErrors
    relativeStandardErrorPercent = row.relativeStandardError
    interval = row.interval.map { FitDocument.Interval(low: $0.low, high: $0.high) }
    intervalScale = row.scale.rawValue
    waldInterval = row.waldInterval.map { FitDocument.Interval(low: $0.low, high: $0.high) }
    self.samplingError = samplingError
    self.prior = prior
    profileInterval = profiles.first { $0.name == row.name }.map {
      FitDocument.ProfileInterval(low: $0.low, high: $0.high)
    }
  }
}

extension FitDocument.Prior {
  /// - Returns: `nil` where nothing was known of the parameter.
  init?(_ parameter: FreeParameter, in prior: ParameterPrior) {
    switch prior.term(of: parameter) {
    case .normal(_, let mean, let sd):
      self.init(distribution: "normal")
      self.mean = mean
      standardDeviation = sd
    case .inverseGamma(_, let mode, let nu):
      self.init(distribution: "inverse-gamma")
      self.mode = mode
      degreesOfFreedom = nu
    case .inverseWishart(let effects, _, let modes, let nu):
      guard case .covariance(let row, let column, _) = parameter,
        let place = effects.firstIndex(of: row)
      else { return nil }
      self.init(distribution: "inverse-wishart")
      mode = row == column ? modes[place] : 0
      degreesOfFreedom = nu
      dimension = effects.count
    case .dirichlet(let counts):
      guard case .weight(let k) = parameter else { return nil }
      self.init(distribution: "beta")
      let others = counts.reduce(0, +) - counts[k]
      pseudoCount = counts[k]
      otherPseudoCounts = others
      alpha = counts[k] + 1
      beta = others + Double(counts.count - 1)
    case nil: return nil
    }
  }
}

extension FitDocument.Values {
  init(_ parameters: PopulationParameters) {
    weights = parameters.weights
    means = parameters.means
    covariances = parameters.covariances.map(square)
    sigma2 = parameters.residualVariance ?? 1
    func some(_ values: [[Double]]) -> [[Double]]? {
      values.allSatisfy(\.isEmpty) ? nil : values
    }
    direct = some(parameters.direct)
    coefficients = some(parameters.coefficients)
    weightCoefficients = some(parameters.weightCoefficients)
  }
}

extension FitDocument.Iteration {
  init(_ record: IterationRecord) {
    iteration = record.iteration
    logLikelihood = record.logLikelihood
    logPrior = record.logPrior
    effectiveSampleSizes = record.effectiveSampleSizes
    poorIntegrals = record.poorComponents
    remedies = record.remedies
    step = record.step
    envelopes = record.hasNewEnvelopes ? "new" : "kept"
    rejected = record.isRejected
  }
}

extension FitDocument.DataSet {
  package init(_ result: DataSetResult) {
    name = result.name
    sha256 = result.sha256
    func digits(_ hash: UInt64?) -> String? {
      hash.map { hash in
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
      }
    }
    fingerprint = digits(result.fingerprint)
    observationsFingerprint = digits(result.observationsFingerprint)
    designFingerprint = digits(result.designFingerprint)
    start = result.start
    subjects = result.subjectCount
    observations = result.observationCount
    let censored = result.observationCount - result.measuredCount
    censoredObservations = censored > 0 ? censored : nil
    notUsed = result.notUsed
    status = result.status
    switch result.outcome {
    case .failed(let why):
      reason = why
      fit = nil
    case .fitted(let found):
      reason = found.stopReason.description
      let findings = found.stopReason.unbounded
      unbounded = findings.isEmpty ? nil : findings.map(FitDocument.Unbounded.init)
      fit = FitDocument.Fit(found)
    }
    labels = result.labels.map {
      FitDocument.Labels(
        order: $0.order.map { $0 + 1 }, margin: $0.margin, ambiguous: $0.isAmbiguous)
    }
  }
}

extension FitDocument.Unbounded {
  init(_ finding: UnboundedFinding) {
    kind = finding.kind.rawValue
    parameters = finding.parameters
    rows = finding.rows.map { Row(subject: $0.subject, line: $0.line) }
    rowCount = finding.rowCount
    reason = finding.description
  }
}

extension FitDocument.Fit {
  init(_ fit: FitResult) {
    logLikelihood = fit.logLikelihood
    logPrior = fit.logPrior
    logPosterior = fit.logPosterior
    minusTwoLogLikelihood = fit.minusTwoLogLikelihood
    nonmemObjective = fit.objectiveFunction
    samplingError = FitDocument.SamplingError(fit)
    aic = fit.aic
    bic = fit.bic
    icl = fit.icl
    entropy = fit.classes.entropy
    relativeEntropy = fit.relativeEntropy
    let errors = fit.samplingError?.estimates ?? []
    let observed = (fit.parameterTable(.observed), fit.derivedTable(.observed))
    let sandwich = (fit.parameterTable(.sandwich), fit.derivedTable(.sandwich))
    // The free parameters are the first ones of the table.
    let free = fit.free.list
    parameters = fit.parameterTable.enumerated().map { i, row in
      FitDocument.Parameter(
        row,
        standardErrors: FitDocument.StandardErrors(
          outerProduct: row.standardError, observed: observed.0[i].standardError,
          sandwich: sandwich.0[i].standardError),
        samplingError: errors.indices.contains(i) ? errors[i] : nil,
        prior: i < free.count ? FitDocument.Prior(free[i], in: fit.settings.prior) : nil,
        profiles: fit.profiles)
    }
    derived = fit.derivedTable.enumerated().map { i, row in
      FitDocument.Parameter(
        row,
        standardErrors: FitDocument.StandardErrors(
          outerProduct: row.standardError, observed: observed.1[i].standardError,
          sandwich: sandwich.1[i].standardError), profiles: fit.profiles)
    }
    estimates = FitDocument.Values(fit.estimates)
    covariance = FitDocument.Covariance(
      order: fit.free.names, outerProduct: fit.covariance.covariance.map(square),
      observed: fit.covariance.observed.map(square), sandwich: fit.covariance.sandwich.map(square),
      conditionNumber: fit.covariance.conditionNumber, totalScore: fit.covariance.gradient,
      remainingDistance: fit.covariance.remainingDistance)
    shrinkage = fit.shrinkage.map {
      FitDocument.Shrinkage(
        effect: $0.effect, component: $0.component.map { $0 + 1 }, percent: 100 * $0.share)
    }
    residualShrinkage = fit.residualShrinkage.map {
      FitDocument.ResidualShrinkage(
        output: $0.output, component: $0.component.map { $0 + 1 }, percent: 100 * $0.share)
    }
    influence = fit.influence?.most.map {
      FitDocument.Influence(
        subject: $0.index + 1, id: $0.id, likelihoodDisplacement: $0.displacement,
        parameter: $0.parameter, change: $0.change)
    }
    classCounts = fit.classes.subjects
    expectedMisclassifications = fit.classes.expectedMisclassifications
    start = FitDocument.Values(fit.start)
    startFromData = fit.startFromData
    startSearch = fit.search
    nodes = fit.settings.nodes.rawValue
    warnings = FitWarning.warnings(of: fit).map(\.description)
    iterations = fit.iterations.map(FitDocument.Iteration.init)
  }
}

/// All rows of a symmetric matrix.
private func square(_ matrix: SymmetricMatrix) -> [[Double]] {
  (0..<matrix.dimension).map { i in (0..<matrix.dimension).map { matrix[i, $0] } }
}
