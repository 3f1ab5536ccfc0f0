import Estimation
import PopulationData
import Spelling

extension FitWarning: CustomStringConvertible {
  package var description: String {
    switch self {
    case .zeroValues(let finding): "\(finding)."
    case .notRegular(let reason): "\(reason)."
    case .betterTwin(let twin):
      "the same curves with "
        + zip(twin.names, twin.values).map { "\($0) \(significant($1, 3))" }.joined(separator: ", ")
        + " explain the data better, with -2 log L lower by about \(significant(twin.gain, 2)): another branch, as "
        + "where absorption is slower than elimination; start there, leave the start out, or give several `starts`."
    case .singularInformation(let parameters):
      "there are no standard errors, because the scores of some parameters depend on each other "
        + "linearly: \(Self.notTold(parameters)); \(Self.fewer(parameters))."
    case .nearlySingular(let number, let parameters):
      "the information matrix is nearly singular (condition number \(significant(number, 2))): "
        + "\(Self.notTold(parameters)), and their standard errors may mean little; "
        + "\(Self.fewer(parameters))."
    case .limitNotPositive(let output, let limit, let lowest):
      "values with CENS 1\(output.map { " of \($0)" } ?? "") count as below \(significant(limit)), while the lowest measured one is "
        + "\(significant(lowest)); if that is not the limit of quantification, write it in DV, or give it by "
        + "`data: quantification-limit:`. Of logarithms it may be."
    case .fewSubjects(let subjects, let parameters):
      "there are no standard errors, because there are fewer subjects (\(subjects)) than free "
        + "parameters (\(parameters)); use a smaller model."
    case .smallComponent(let component, let subjects):
      "component \(component + 1) holds only \(significant(subjects, 2)) subjects; its estimates may "
        + "mean little: try fewer components, or priors of its typical values and variances and of the weights "
        + "(`prior: {weights: {pseudo-counts: 2}}`)."
    case .vanishingVariance(let effect, let component, _, let variance):
      "the variance of \(effect)\(component.map { " in component \($0 + 1)" } ?? "") goes to 0, where "
        + "standard errors lose their meaning; try `covariance-across-components: equal`, fewer "
        + "components, a fixed variance, or a prior: `\(Self.priorLine([(effect, variance)]))`."
    case .vanishingResidual(let name):
      "\(name) goes to 0, where standard errors lose their meaning; use a residual error without it, or give it a prior "
        + "(`prior: sigma:`)."
    case .perfectCorrelation(let first, let second, let component, let variances):
      "the correlation of \(first) and \(second)\(component.map { " in component \($0 + 1)" } ?? "") "
        + "goes to 1 or -1, where standard errors lose their meaning; try `covariance: diagonal`, "
        + "`covariance-across-components: equal`, fewer components, or a prior: "
        + "`\(Self.priorLine(variances.map { ($0.effect, $0.variance) }))`."
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
    case .differingStandardErrors(let list):
      "standard errors by the outer product, the observed information and the sandwich differ by more than "
        + "a factor of 2: "
        + list.map {
          "\($0.name) \(significant($0.outerProduct, 2)), \(significant($0.observed, 2)), "
            + significant($0.sandwich, 2)
        }.joined(separator: "; ")
        + "; the sample is small for this model or the model does not fit: use a smaller model, or "
        + "intervals by profile likelihood (`profile: all`)."
    case .higherElsewhere(let name, let gain):
      "the search for the profile of \(name) came upon values where log L is \(significant(gain, 2)) higher, so that these "
        + "estimates are not the maximum; try other starting values, or several `starts`."
    case .profilesMissing(let names):
      "no profile was found on some side of \(names.joined(separator: ", ")), as happens near a boundary, where a variance or a weight goes to 0; "
        + "look at the other warnings first."
    case .influentialSubjects(let subjects, let count):
      "\(counted(count, "subject")) \(count == 1 ? "moves" : "move") an estimate by more than a standard error: without "
        + subjects.map {
          "ID \($0.id) \($0.parameter) would change by \(significant($0.change, 2)) standard errors"
        }.joined(separator: ", without ")
        + "; look at \(count == 1 ? "its" : "their") data, and fit without \(count == 1 ? "it" : "them") to see what depends on \(count == 1 ? "it" : "them")."
    case .weightAtBoundary(let component, let bound, let isLow, let subjects):
      "the 95 % interval of w.\(component + 1) goes "
        + (isLow
          ? "down to \(significant(bound, 2))" : "to within \(significant(1 - bound, 2)) of 1")
        + ", less than one subject of \(subjects), so that the data do not show that "
        + (isLow ? "the component exists" : "there are others")
        + "; try fewer components and compare BIC and ICL."
    case .overlappingClasses(let share):
      "the components overlap, and \(fixed(100 * share, 0)) % of the subjects are expected in the wrong class; do "
        + "not rely on the class of a subject, but on its probabilities (`tau` in subjects.csv)."
    }
  }

  /// What to write for a prior of variances.
  private static func priorLine(_ variances: [(effect: String, variance: Double)]) -> String {
    let items = variances.map {
      "\($0.effect): {value: \(significant($0.variance, 2)), degrees-of-freedom: 10}"
    }
    return "prior: {variance: {\(items.joined(separator: ", "))}}"
  }

  private static func notTold(_ parameters: [String]) -> String {
    switch parameters.count {
    case 0: "the data do not tell them apart"
    case 1: "the data do not determine \(parameters[0])"
    default:
      "the data do not tell " + parameters.dropLast().joined(separator: ", ")
        + " and \(parameters[parameters.count - 1]) apart"
    }
  }

  private static func fewer(_ parameters: [String]) -> String {
    parameters.isEmpty
      ? "use fewer components or a diagonal covariance"
      : "fix \(parameters.count == 1 ? "it" : "one of them"), or use fewer components or a diagonal covariance"
  }
}

extension EstimationSettings {
  /// The key of the job file that says how many nodes there are.
  fileprivate var countKey: String { nodes == .gaussHermite ? "order" : "samples" }
}
