import Estimation
import JobFiles
import NumericKernels
import PopulationData
import PopulationModel

/// What differs between the plans of two jobs that should say the same.
///
/// One job may have a structural model of the catalogue where the other one has equations, a
/// covariate's coefficient where the other one has a fixed effect, and other names. So models are
/// compared by what they predict: a parameter is that which moves the predictions of all
/// observations in the same way. All else of a plan is compared as it is; the job's name and where
/// its outputs go are no part of it.
struct PlanComparison {
  let translated: ReadPlan
  let written: ReadPlan
  /// What differs, and how; empty of equal plans.
  private(set) var differences: [String] = []
  /// The parameters of the written job that move predictions as those of the translated one do.
  private var partners: [Mover: Mover] = [:]

  init(_ translated: ReadPlan, _ written: ReadPlan) {
    self.translated = translated
    self.written = written
    compareRequests()
    compareData()
    compareForm()
    guard differences.isEmpty else { return }
    comparePredictions()
    guard differences.isEmpty else { return }
    compareEffects()
    compareResiduals()
    compareWeights()
    comparePriors()
    compare("number of free parameters") { FreeParameters($0.model).count }
  }

  // MARK: what is the same in both

  private mutating func compare<Part: Equatable>(_ what: String, _ part: (ReadPlan) -> Part) {
    let (a, b) = (part(translated), part(written))
    if a != b { differences.append("\(what): \(a) and \(b)") }
  }

  private mutating func compareRequests() {
    compare("estimation") { $0.plan.jobFile.estimation }
    compare("settings") { plan in
      var settings = plan.plan.settings
      // Of parameters by their places, which may be others: compared by itself.
      settings.prior = .none
      return settings
    }
    compare("further starts") { $0.plan.otherStarts }
    compare("start values that are left to a search") { plan in
      let start = plan.plan.starting
      let isSigmaMissing = plan.model.isFactored && start.residualVariance == nil
      return [start.means, start.variances, start.direct].map { values in
        values.map { $0.count { $0 == nil } }
      } + [[isSigmaMissing ? 1 : 0]]
    }
    compare("simulation") { $0.plan.jobFile.simulation }
    compare("study") { $0.plan.jobFile.study }
    compare("bootstrap") { $0.plan.jobFile.bootstrap }
    compare("likelihood ratio test") { $0.plan.jobFile.likelihoodRatioTest }
    compare("derived quantities") { $0.plan.jobFile.derived }
    compare("tables") { $0.plan.jobFile.tables }
    compare("units") { $0.plan.jobFile.units }
    compare("warnings") { $0.plan.warnings.map(\.message) }
  }

  /// Subjects as they are read, so that columns, filters and limits count by what they do.
  private mutating func compareData() {
    compare("meaning of limits") { $0.plan.format.belowLimit }
    compare("limits above 0") { $0.plan.format.positiveLimits }
    compare("number of subjects") { $0.subjects.count }
    for (a, b) in zip(translated.subjects, written.subjects) {
      let (a, b) = (a.happenings, b.happenings)
      if a != b { return differences.append("subject \(a.id): \(a) and \(b)") }
    }
  }

  private mutating func compareForm() {
    compare("components") { $0.model.componentCount }
    compare("order of components") { $0.model.keepsOrder }
    compare("interval-censored observations") { $0.model.isCensored }
    compare("outputs' numbers") { $0.outputs.map(\.number) }
    compare("residual errors") { $0.outputs.map(\.error) }
    compare("residual errors of components") { $0.outputs.map(\.isPerComponent) }
    compare("number of random effects") { $0.model.effectCount }
    compare("number of tied variances") { $0.model.tiedVariances.map(\.count) }
    compare("number of other structural parameters") { $0.movers.count { !$0.isEffect } }
  }

  // MARK: predictions

  /// Relative difference of what is equal but for rounding.
  private static let rounding = 1e-9
  /// Differential equations are solved to about this.
  private static let solution = 1e-5

  private var tolerance: Double {
    let hasSolver = [translated, written].contains {
      $0.model.structural.equations?.contains("d/dt") == true
    }
    return hasSolver ? Self.solution : Self.rounding
  }

  private static func areEqual(_ a: [Double], _ b: [Double], within tolerance: Double) -> Bool {
    let scale = b.filter(\.isFinite).map(abs).max() ?? 0
    return a.count == b.count
      && zip(a, b).allSatisfy { x, y in
        x == y || x.isNaN && y.isNaN || abs(x - y) <= tolerance * max(abs(y), 1e-3 * scale)
      }
  }

  private mutating func comparePredictions() {
    let tolerance = self.tolerance
    let (a, b) = (translated.predictions(), written.predictions())
    guard Self.areEqual(a, b, within: tolerance) else {
      let place = zip(a, b).enumerated().first { _, pair in
        !Self.areEqual([pair.0], [pair.1], within: tolerance)
      }
      differences.append(
        "predictions at the start values: observation \(place.map { "\($0.offset + 1): \($0.element)" } ?? "")"
      )
      return
    }
    pairParameters(within: tolerance)
    guard partners.count == translated.movers.count else { return }
    for (mover, partner) in partners {
      let (a, b) = (translated.starts(of: mover), written.starts(of: partner))
      if !Self.areEqual(a, b, within: Self.rounding) {
        differences.append("start value of \(translated.name(mover)): \(a) and \(b)")
      }
    }
    // All at once, in both directions.
    for round in 0..<4 {
      var moves: [Mover: Double] = [:]
      for (place, mover) in translated.movers.enumerated() {
        moves[mover] = 0.02 * Double((7 * place + 5 * round) % 9 - 4)
      }
      let own = Dictionary(uniqueKeysWithValues: moves.map { (partners[$0]!, $1) })
      if !Self.areEqual(
        translated.predictions(moving: moves), written.predictions(moving: own), within: tolerance)
      {
        differences.append("predictions where all parameters are moved, round \(round)")
      }
    }
  }

  /// Finds the parameter of the written job that does what one of the translated job does.
  private mutating func pairParameters(within tolerance: Double) {
    let step = 0.1
    var left = written.movers.map { (mover: $0, moved: written.predictions(moving: [$0: step])) }
    for mover in translated.movers {
      let moved = translated.predictions(moving: [mover: step])
      let place = left.firstIndex { other in
        other.mover.isEffect == mover.isEffect
          && Self.areEqual(moved, other.moved, within: tolerance)
      }
      guard let place else {
        differences.append(
          "\(translated.name(mover)) moves predictions as none of \(left.map { written.name($0.mover) })"
        )
        continue
      }
      partners[mover] = left.remove(at: place).mover
    }
  }

  // MARK: effects

  /// The place of the written job's effect.
  private func partner(_ effect: Int) -> Int {
    guard case .effect(let place)? = partners[.effect(effect)] else { return effect }
    return place
  }

  private mutating func compareEffects() {
    let (a, b) = (translated.model, written.model)
    for i in a.effects.indices {
      let name = a.effects[i].name
      func note(_ what: String, _ own: some Equatable, _ other: some Equatable) {
        if "\(own)" != "\(other)" { differences.append("\(what) of \(name): \(own) and \(other)") }
      }
      let j = partner(i)
      note("distribution", a.effects[i].distribution, b.effects[j].distribution)
      if a.componentCount > 1 {
        note("membership", a.effects[i].membership, b.effects[j].membership)
      }
      note("tie", a.tie(of: i)?.map(partner).sorted(), b.tie(of: j)?.sorted())
      for k in translated.components {
        note("fixed mean", a.fixed.means[k][i], b.fixed.means[k][j])
        note("fixed variance", a.fixed.variances[k][i], b.fixed.variances[k][j])
      }
      for other in a.effects.indices where other <= i {
        let ownPlace = (i, other)
        let place = (j, partner(other))
        if other < i {
          note(
            "correlation with \(a.effects[other].name)", a.isInBlock(ownPlace.0, ownPlace.1),
            b.isInBlock(place.0, place.1))
        }
        let own = translated.start.covariances.map { $0[ownPlace.0, ownPlace.1] }
        let written = written.start.covariances.map { $0[place.0, place.1] }
        if !Self.areEqual(own, written, within: Self.rounding) {
          note("covariance with \(a.effects[other].name)", own, written)
        }
      }
    }
    if a.componentCount > 1, !a.mixtureEffects.isEmpty {
      compare("covariance across components") { $0.model.covarianceSharing }
    }
  }

  // MARK: residual errors, weights, priors

  private mutating func compareResiduals() {
    compare("fixed residual errors") { $0.fixedResiduals }
    let (a, b) = (translated.residualStarts, written.residualStarts)
    if !Self.areEqual(a, b, within: Self.rounding) {
      differences.append("start values of residual errors: \(a) and \(b)")
    }
  }

  private mutating func compareWeights() {
    compare("fixed weights") { $0.model.fixed.weights }
    compare("covariates of weights") { plan in
      plan.model.weightCovariates.map { $0.transform.formula($0.covariate) }
    }
    compare("start values of coefficients of weights") { $0.start.weightCoefficients }
    let (a, b) = (translated.start.weights, written.start.weights)
    if !Self.areEqual(a, b, within: Self.rounding) {
      differences.append("start values of weights: \(a) and \(b)")
    }
  }

  /// Priors in the order of the written job's parameters.
  private mutating func comparePriors() {
    let own = translated.priorTerms { partners[$0] ?? $0 }
    let other = written.priorTerms { $0 }
    guard own.count == other.count else {
      return differences.append("terms of the prior: \(own.keys) and \(other.keys)")
    }
    for (key, values) in own {
      if let expected = other[key], Self.areEqual(values, expected, within: Self.rounding) {
        continue
      }
      differences.append("prior of \(key): \(values) and \(other[key] ?? [])")
    }
  }
}

extension ReadPlan {
  /// The outputs by their numbers, as a job may have them in any order.
  fileprivate var outputs: [OutputModel] { model.outputs.sorted { $0.number < $1.number } }

  /// The places of the parameters of residual errors, in the order of the outputs' numbers.
  private var residualPlaces: [Int] {
    outputs.flatMap { output in
      let place = model.outputs.firstIndex { $0.number == output.number }!
      return output.error.parameters.indices.map { model.firstDirect[place] + $0 }
    }
  }

  /// Start values of σ², or of the parameters of all residual errors, of each component.
  fileprivate var residualStarts: [Double] {
    components.flatMap { k in
      model.isFactored ? [start.sigma2] : residualPlaces.map { start.direct[k][$0] }
    }
  }

  /// Whether the parameters of residual errors stay at their start values, in the same order.
  fileprivate var fixedResiduals: [Bool] {
    model.isFactored
      ? [model.fixed.residualVariance]
      : residualPlaces.map { model.fixed.direct.contains(model.direct[$0].base) }
  }

  /// What the terms of the prior say, by the parameters that they are of.
  fileprivate func priorTerms(_ partner: (Mover) -> Mover) -> [String: [Double]] {
    func effect(_ place: Int) -> String { "\(partner(.effect(place)))" }
    func key(_ parameter: FreeParameter) -> String {
      switch parameter {
      case .mean(let place, let component): "mean of \(effect(place)) in \(component ?? -1)"
      case .direct(let place, let component) where model.direct[place].isStructural:
        "\(partner(.direct(place, component: component)))"
      case .coefficient(let place, let component):
        "\(partner(.coefficient(place, component: component)))"
      default: FreeParameters(model).name(parameter)
      }
    }
    var terms: [String: [Double]] = [:]
    for term in plan.settings.prior.terms {
      switch term {
      case .normal(let parameter, let mean, let deviation):
        terms["normal, \(key(parameter))"] = [mean, deviation]
      case .inverseWishart(let effects, let component, let mode, let degreesOfFreedom):
        let names = effects.map(effect).sorted()
        terms["inverse Wishart, \(names) in \(component ?? -1)"] = mode + [degreesOfFreedom]
      case .inverseGamma(let parameter, let mode, let degreesOfFreedom):
        terms["inverse gamma, \(key(parameter))"] = [mode, degreesOfFreedom]
      case .dirichlet(let counts): terms["Dirichlet"] = counts
      }
    }
    return terms
  }
}

extension Subject {
  /// The subject by what happens to it: covariates and compartments count by predictions.
  fileprivate var happenings: Subject {
    var subject = self
    subject.covariates = Subject.noCovariates
    for i in subject.occasions.indices {
      for j in subject.occasions[i].doses.indices {
        subject.occasions[i].doses[j].covariates = 0
        subject.occasions[i].doses[j].dosingCovariates = 0
        subject.occasions[i].doses[j].compartment = 0
      }
      for j in subject.occasions[i].observations.indices {
        subject.occasions[i].observations[j].covariates = 0
        subject.occasions[i].observations[j].compartment = 0
      }
      for j in subject.occasions[i].others.indices { subject.occasions[i].others[j].covariates = 0 }
    }
    return subject
  }
}
