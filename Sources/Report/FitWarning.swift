import Estimation
import PopulationData
import PopulationModel

/// What a user should know before trusting a fit, in plain words with a remedy.
public enum FitWarning: Sendable, Equatable, CustomStringConvertible {
  case notRegular(StopReason)
  case singularInformation
  case nearlySingular(conditionNumber: Double)
  case fewSubjects(subjects: Int, parameters: Int)
  case smallComponent(component: Int, subjects: Double)
  case vanishingVariance(effect: String, component: Int?, share: Double)
  /// A part of a residual error, by its name.
  case vanishingResidual(name: String)
  case perfectCorrelation(first: String, second: String, component: Int?)
  case coincidingComponents(Int, Int)
  case awayFromMaximum(distance: Double)
  case poorSamples(count: Int, settings: EstimationSettings)
  case imprecise(SamplingError, settings: EstimationSettings)
  case fewSamples(standardError: Double, bias: Double)

  public static func warnings(of fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    if !fit.stopReason.isRegular { warnings.append(.notRegular(fit.stopReason)) }
    let q = fit.free.count
    if fit.subjectCount < q {
      warnings.append(.fewSubjects(subjects: fit.subjectCount, parameters: q))
    } else if q > 0, fit.covariance.covariance == nil, !fit.stopReason.isDegenerate {
      warnings.append(.singularInformation)
    } else if let number = fit.covariance.conditionNumber, number > 1e6 {
      warnings.append(.nearlySingular(conditionNumber: number))
    }
    for (k, weight) in fit.estimates.weights.enumerated() {
      let subjects = weight * Double(fit.subjectCount)
      if fit.model.componentCount > 1, subjects < 3 {
        warnings.append(.smallComponent(component: k, subjects: subjects))
      }
    }
    warnings +=
      vanishingVariances(fit) + vanishingResiduals(fit) + perfectCorrelations(fit)
      + coincidences(fit)
    if fit.settings.method == .exact, fit.stopReason.isRegular,
      let distance = fit.covariance.remainingDistance, distance > 0.05
    {
      warnings.append(.awayFromMaximum(distance: distance))
    }
    if let poor = fit.iterations.last?.poorComponents, poor > 0 {
      warnings.append(.poorSamples(count: poor, settings: fit.settings))
    }
    let (error, bias) = fit.logLikelihoodError
    if let error = fit.samplingError {
      if error.exceeds(fit.settings.precision) {
        warnings.append(.imprecise(error, settings: fit.settings))
      }
    } else if fit.hasIndependentSamples, max(2 * error, 2 * bias) > 1 {
      warnings.append(.fewSamples(standardError: 2 * error, bias: 2 * bias))
    }
    return warnings
  }

  /// A variance far below what the start had creeps to 0.
  private static func vanishingVariances(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    for (j, effect) in fit.model.effects.enumerated() {
      let isMixture = effect.membership == .mixture && fit.model.componentCount > 1
      let hasOne = !isMixture || fit.model.covarianceSharing == .equal
      let startVariance = fit.start.covariances.map { $0[j, j] }.max() ?? 0
      for k in 0..<(hasOne ? 1 : fit.model.componentCount) {
        let variance = fit.estimates.covariances[k][j, j]
        let mean = effect.distribution == .normal ? fit.estimates.means[k][j] : 1
        let share = variance / startVariance
        if share < 1e-4 || variance < 1e-8 * mean * mean, !fit.model.fixed.variances[k][j] {
          warnings.append(
            .vanishingVariance(effect: effect.name, component: hasOne ? nil : k, share: share))
        }
      }
    }
    return warnings
  }

  /// A part of a residual error that the data do not have goes to 0.
  private static func vanishingResiduals(_ fit: FitResult) -> [FitWarning] {
    let free = fit.free
    return free.list.compactMap { parameter in
      guard case .direct(let place, _) = parameter, fit.model.direct[place].isPositive else {
        return nil
      }
      let share = free.value(parameter, in: fit.estimates) / free.value(parameter, in: fit.start)
      return share < 1e-4 ? .vanishingResidual(name: free.name(parameter)) : nil
    }
  }

  /// Components with nearly the same distribution: one would do, or the fit is at a saddle between them.
  private static func coincidences(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    let mixture = fit.model.mixtureEffects
    for b in 0..<fit.model.componentCount {
      for a in 0..<b {
        let isAlike = mixture.allSatisfy { j in
          let va = fit.estimates.covariances[a][j, j]
          let vb = fit.estimates.covariances[b][j, j]
          let distance = fit.estimates.means[a][j] - fit.estimates.means[b][j]
          return distance * distance < 0.0025 * min(va, vb) && max(va, vb) < 1.1 * min(va, vb)
        }
        if isAlike { warnings.append(.coincidingComponents(a, b)) }
      }
    }
    return warnings
  }

  /// Two effects that vary as one: a maximum on the boundary.
  private static func perfectCorrelations(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    let names = fit.model.effects.map(\.name)
    for i in names.indices {
      for j in 0..<i where fit.model.isInBlock(i, j) && !fit.model.fixed.variances[0][i] {
        let isMixture = fit.model.effects[i].membership == .mixture
        let hasOne =
          !isMixture || fit.model.componentCount == 1 || fit.model.covarianceSharing == .equal
        for k in 0..<(hasOne ? 1 : fit.model.componentCount) {
          let omega = fit.estimates.covariances[k]
          if abs(omega[i, j]) > 0.995 * (omega[i, i] * omega[j, j]).squareRoot() {
            warnings.append(
              .perfectCorrelation(
                first: names[j], second: names[i], component: hasOne ? nil : k))
          }
        }
      }
    }
    return warnings
  }

  public var description: String {
    switch self {
    case .notRegular(let reason): "\(reason)."
    case .singularInformation:
      "there are no standard errors, because the scores of some parameters depend on each other "
        + "linearly; the data do not tell them apart: use fewer components or a diagonal covariance."
    case .nearlySingular(let number):
      "the information matrix is nearly singular (condition number \(significant(number, 2))); some "
        + "standard errors may mean little."
    case .fewSubjects(let subjects, let parameters):
      "there are no standard errors, because there are fewer subjects (\(subjects)) than free "
        + "parameters (\(parameters)); use a smaller model."
    case .smallComponent(let component, let subjects):
      "component \(component + 1) holds only \(significant(subjects, 2)) subjects; its estimates may "
        + "mean little: try fewer components."
    case .vanishingVariance(let effect, let component, _):
      "the variance of \(effect)\(component.map { " in component \($0 + 1)" } ?? "") goes to 0, where "
        + "standard errors lose their meaning; try `covariance-across-components: equal`, fewer "
        + "components, or a fixed variance."
    case .vanishingResidual(let name):
      "\(name) goes to 0, where standard errors lose their meaning; use a residual error without it."
    case .perfectCorrelation(let first, let second, let component):
      "the correlation of \(first) and \(second)\(component.map { " in component \($0 + 1)" } ?? "") "
        + "goes to 1 or -1, where standard errors lose their meaning; try `covariance: diagonal`, "
        + "`covariance-across-components: equal` or fewer components."
    case .coincidingComponents(let a, let b):
      "components \(a + 1) and \(b + 1) are nearly the same; fewer components may do, or EM stopped between "
        + "them: try starting values farther apart."
    case .awayFromMaximum(let distance):
      "the scores say that the maximum is still \(significant(distance, 2)) standard errors away; lower "
        + "`tolerance`."
    case .poorSamples(let count, let settings):
      "\(count) integrals of subjects rest on few of their samples "
        + "(column ess of subjects.csv); look at these subjects' data, or raise `\(settings.countKey)`."
    case .imprecise(let error, let settings):
      "the nodes leave errors of "
        + (error.largestShare.map {
          "\(significant($0, 2)) standard errors of an estimate and "
        } ?? "") + "\(significant(error.minusTwoLogLikelihood, 2)) units of -2 log L"
        + (error.misses(settings.precision)
          ? ", more than the precision of \(csvNumber(settings.precision)) that was asked for; raise "
            + "`\(settings.countKey)`, or look at the subjects with the least `ess` in subjects.csv."
          : "; give a \(settings.precision == nil ? "" : "smaller ")`precision`, or raise "
            + "`\(settings.countKey)`.")
    case .fewSamples(let error, let bias):
      "the samples are few: -2 log L has a sampling error of \(significant(error, 2)) and is too high by "
        + "about \(significant(bias, 2)); raise `samples`."
    }
  }
}

extension EstimationSettings {
  /// The key of the job file that says how many nodes there are.
  fileprivate var countKey: String { nodes == .gaussHermite ? "order" : "samples" }
}
