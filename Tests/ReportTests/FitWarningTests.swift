import Estimation
import Inference
import NumericKernels
import PopulationModel
import Report
import Testing

@Suite("Warnings of fits")
struct FitWarningTests {
  @Test("a healthy fit has none")
  func healthy() throws {
    let fit = try HealthCase().fit()
    #expect(FitWarning.warnings(of: fit) == [])
    let one = HealthCase(groups: [(50, -1, 0.3)], start: [(1, [-1.2], [0.05])])
    #expect(try one.warnings() == [])
  }

  @Test("a subject that moves an estimate by more than a standard error is named")
  func influential() throws {
    let fit = try HealthCase(
      groups: [(40, -1.6, 0.2), (1, -0.2, 0)], start: [(1, [-1.5], [0.05])]
    ).fit()
    let influence = try #require(fit.influence)
    #expect(influence.moverCount == 1 && influence.most[0].index == 40)
    let change = influence.most[0].change
    #expect(change < -1 && influence.most[0].parameter == "omega.k.k")
    let warnings = FitWarning.warnings(of: fit).filter {
      if case .influentialSubjects = $0 { true } else { false }
    }
    #expect(
      warnings.map(\.description) == [
        "1 subject moves an estimate by more than a standard error: without ID 41 omega.k.k would change by \(significant(change, 2)) standard errors; "
          + "look at its data, and fit without it to see what depends on it."
      ])
    let two = [7, 9].map {
      InfluentialSubject(
        index: $0, id: "P\($0)", displacement: 3, parameter: "mu.k", change: 1.26)
    }
    #expect(
      "\(FitWarning.influentialSubjects(two, count: 5))"
        == "5 subjects move an estimate by more than a standard error: without ID P7 mu.k would change by 1.3 standard errors, without ID P9 mu.k "
        + "would change by 1.3 standard errors; look at their data, and fit without them to see what depends on them."
    )
  }

  @Test("profiles have warnings of their own")
  func profiles() {
    #expect(
      "\(FitWarning.higherElsewhere(profile: "mu.k.1", gain: 0.351))"
        == "the search for the profile of mu.k.1 came upon values where log L is 0.35 higher, so that these estimates are not "
        + "the maximum; try other starting values, or several `starts`.")
    #expect(
      "\(FitWarning.profilesMissing(["omega.k.k.2", "sd.k.2"]))".hasPrefix(
        "no profile was found on some side of omega.k.k.2, sd.k.2, as happens near a boundary"))
  }

  static var pair: HealthCase {
    HealthCase(
      groups: [(40, -1.6, 0.2), (2, 0, 1e-6)], start: [(0.9, [-1.6], [0.04]), (0.1, [0], [0.04])])
  }

  @Test("a component that collapses to a few subjects is named")
  func collapsing() throws {
    // Two subjects far from the others, and as good as the same.
    let warnings = try Self.pair.warnings()
    #expect(
      warnings.contains {
        if case .smallComponent(component: 1, let subjects) = $0 {
          abs(subjects - 2) < 0.1
        } else {
          false
        }
      }, "\(warnings)")
    #expect(
      warnings.contains {
        if case .vanishingVariance("k", component: 1, _, _) = $0 { true } else { false }
      }, "\(warnings)")
    // That its weight is near 0 is said already.
    #expect(
      !warnings.contains { if case .weightAtBoundary = $0 { true } else { false } }, "\(warnings)")
  }

  @Test(
    "with the prior that the warning of a collapse offers the component stays, and is not warned of"
  )
  func prior() throws {
    let plain = try Self.pair.fit()
    let offered = try #require(
      FitWarning.warnings(of: plain).first {
        if case .vanishingVariance = $0 { true } else { false }
      })
    guard case .vanishingVariance(_, _, _, let variance) = offered else { return }
    #expect(
      offered.description.hasSuffix(
        "fewer components, a fixed variance, or a prior: `prior: {variance: {k: {value: "
          + "\(significant(variance, 2)), degrees-of-freedom: 10}}}`."), "\(offered)")
    var own = Self.pair
    own.prior = ParameterPrior(
      (0..<2).map {
        .inverseWishart(effects: [0], component: $0, mode: [variance], degreesOfFreedom: 10)
      })
    let fit = try own.fit()
    guard case .converged = fit.stopReason else {
      Issue.record("\(fit.stopReason)")
      return
    }
    #expect(plain.estimates.covariances[1][0, 0] < 1e-4 * variance)
    // Two subjects that are the same beside the twelve that the prior counts for: their own spread
    // given their data is all they add.
    let found = fit.estimates.covariances[1][0, 0] / variance
    #expect(found > 12.0 / 14 && found < 1, "\(found)")
    #expect(
      !FitWarning.warnings(of: fit).contains {
        if case .vanishingVariance = $0 { true } else { false }
      })
    #expect(fit.covariance.standardErrors != nil && fit.covariance.observed != nil)
    let posterior = try #require(fit.logPosterior)
    #expect(abs(posterior - fit.logLikelihood - (try #require(fit.logPrior))) < 1e-12)
    #expect(fit.aic == fit.minusTwoLogLikelihood + 12)
  }

  @Test("of a component without subjects only that is said")
  func empty() throws {
    let fit = try HealthCase(
      groups: [(40, -1.6, 0.2)], start: [(0.5, [-1.6], [0.04]), (0.5, [5], [0.04])]
    ).fit()
    #expect(fit.stopReason.isDegenerate)
    #expect(FitWarning.warnings(of: fit) == [.notRegular(fit.stopReason)])
  }

  @Test("components between which EM has not decided are named")
  func duplicate() throws {
    let warnings = try HealthCase(
      groups: [(60, -1.2, 0.3)], start: [(0.5, [-1.2], [0.09]), (0.5, [-1.201], [0.09])],
      iterations: 3
    ).warnings()
    #expect(warnings.contains(.coincidingComponents(0, 1)), "\(warnings)")
    #expect(!warnings.contains { if case .overlappingClasses = $0 { true } else { false } })
  }

  @Test("of parameters of which only the product matters both are named")
  func unidentified() throws {
    let fit = try HealthCase(
      groups: [(50, -1, 0.3)], effects: ["A", "B"], fixedVariances: [1],
      start: [(1, [-0.6, -0.4], [0.05, 0.01])]
    ).fit()
    let warnings = FitWarning.warnings(of: fit)
    let named = warnings.compactMap { warning -> [String]? in
      switch warning {
      case .singularInformation(let names), .nearlySingular(_, let names): names
      default: nil
      }
    }
    #expect(named == [["mu.A", "mu.B"]], "\(warnings)")
    #expect(
      warnings.contains {
        "\($0)".contains("the data do not tell mu.A and mu.B apart; fix one of them")
      })
  }

  @Test("standard errors that contradict each other are set side by side")
  func misspecified() throws {
    // One subject of ten has errors ten times as large, which a common σ cannot follow.
    let fit = try HealthCase(
      groups: [(100, -1.2, 0.3)], noise: { $0 % 10 == 0 ? 2 : 0.2 },
      start: [(1, [-1.2], [0.09])]
    ).fit()
    let found = FitWarning.warnings(of: fit).compactMap { warning in
      if case .differingStandardErrors(let list) = warning { list } else { nil }
    }
    #expect(found.count == 1)
    let worst = try #require(found.first?.first)
    #expect(worst.name == "sigma2")
    // Of a normal sample the sandwich of a variance exceeds the others where the fourth moment
    // does.
    #expect(worst.sandwich > 2 * worst.observed && worst.outerProduct < worst.observed)
  }

  @Test("a weight that may be 0 is told with the bound of its interval, others are not")
  func boundary() throws {
    var told = 0
    for distance in [0.2, 0.3, 0.4, 0.5, 1.1] {
      let fit = try HealthCase(
        groups: [(22, -1.6, 0.25), (8, -1.6 + distance, 0.25)], sharing: .equal,
        fixedVariances: [0],
        start: [(0.7, [-1.65], [0.0625]), (0.3, [-1.5 + distance], [0.0625])]
      ).fit()
      let found = FitWarning.warnings(of: fit).compactMap { warning in
        if case .weightAtBoundary(let k, let bound, true, 30) = warning { (k, bound) } else { nil }
      }
      let weights = (fit.parameterTable + fit.derivedTable).filter { $0.base == "w" }
      let expected = weights.filter {
        ($0.interval?.low ?? 1) < 1 / 30.0 && $0.estimate * 30 >= 3
      }
      #expect(found.map(\.0) == expected.map(\.component), "\(distance)")
      #expect(found.map(\.1) == expected.compactMap { $0.interval?.low })
      told += found.count
    }
    #expect(told > 0)
  }

  @Test("classes that overlap are told with the share of the wrong ones")
  func overlapping() throws {
    let fit = try HealthCase(
      groups: [(60, -1.2, 0.25), (60, -0.95, 0.25)], sharing: .equal, fixesWeights: true,
      fixedVariances: [0], start: [(0.5, [-1.3], [0.0625]), (0.5, [-0.8], [0.0625])]
    ).fit()
    let warnings = FitWarning.warnings(of: fit)
    let share = fit.classes.expectedMisclassifications / 120
    #expect(warnings.contains(.overlappingClasses(share: share)), "\(warnings)")
    #expect(share > 0.25 && share < 0.5)
  }

  static let texts: [(FitWarning, String)] = [
    (
      .singularInformation(parameters: ["mu.V", "mu.k.1"]),
      "there are no standard errors, because the scores of some parameters depend on each other linearly: the data "
        + "do not tell mu.V and mu.k.1 apart; fix one of them, or use fewer components or a diagonal covariance."
    ),
    (
      .nearlySingular(conditionNumber: 2.1e7, parameters: ["mu.A", "mu.B", "mu.C"]),
      "the information matrix is nearly singular (condition number 2.1e+07): the data do not tell mu.A, mu.B and "
        + "mu.C apart, and their standard errors may mean little; fix one of them, or use fewer components or a "
        + "diagonal covariance."
    ),
    (
      .singularInformation(parameters: ["mu.k"]),
      "there are no standard errors, because the scores of some parameters depend on each other linearly: the data "
        + "do not determine mu.k; fix it, or use fewer components or a diagonal covariance."
    ),
    (
      .differingStandardErrors([
        FitWarning.StandardErrorsOfParameter(
          name: "omega.k.k.2", outerProduct: 0.0012, observed: 0.0031, sandwich: 0.0085)
      ]),
      "standard errors by the outer product, the observed information and the sandwich differ by more than a "
        + "factor of 2: omega.k.k.2 0.0012, 0.0031, 0.0085; the sample is small for this model or the model does "
        + "not fit: use a smaller model, or intervals by profile likelihood (`profile: all`)."
    ),
    (
      .weightAtBoundary(component: 1, bound: 0.004, isLow: true, subjects: 100),
      "the 95 % interval of w.2 goes down to 0.0040, less than one subject of 100, so that the data do not "
        + "show that the component exists; try fewer components and compare BIC and ICL."
    ),
    (
      .weightAtBoundary(component: 0, bound: 0.996, isLow: false, subjects: 100),
      "the 95 % interval of w.1 goes to within 0.0040 of 1, less than one subject of 100, so that the data do not show "
        + "that there are others; try fewer components and compare BIC and ICL."
    ),
    (
      .perfectCorrelation(
        first: "CL", second: "V", component: 1,
        prior: [
          FitWarning.EffectVariance(effect: "CL", variance: 0.0912),
          FitWarning.EffectVariance(effect: "V", variance: 0.04),
        ]),
      "the correlation of CL and V in component 2 goes to 1 or -1, where standard errors lose their meaning; try "
        + "`covariance: diagonal`, `covariance-across-components: equal`, fewer components, or a prior: `prior: "
        + "{variance: {CL: {value: 0.091, degrees-of-freedom: 10}, V: {value: 0.040, degrees-of-freedom: 10}}}`."
    ),
    (
      .smallComponent(component: 7, subjects: 2),
      "component 8 holds only 2.0 subjects; its estimates may mean little: try fewer components, or priors of its typical "
        + "values and variances and of the weights (`prior: {weights: {pseudo-counts: 2}}`)."
    ),
    (
      .overlappingClasses(share: 0.312),
      "the components overlap, and 31 % of the subjects are expected in the wrong class; do not rely on the class of "
        + "a subject, but on its probabilities (`tau` in subjects.csv)."
    ),
  ]

  @Test("say what was found and what to do", arguments: texts)
  func text(warning: FitWarning, text: String) { #expect(warning.description == text) }
}
