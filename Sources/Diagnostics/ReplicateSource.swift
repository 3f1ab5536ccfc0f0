import NumericKernels
package import PopulationData
import PopulationModel

/// Draws replicates of the subjects' observations from a fitted mixture: component, random effects
/// and residual error, with each subject's own doses and times.
///
/// Replicate r of a subject is a function of (seed; place of the subject, r), so that neither the
/// other subjects nor the number of replicates count. Eight replicates are the lanes of a vector.
struct ReplicateSource: Sendable {
  let fit: FittedModel
  private let key: UInt64
  /// Σ_{l ≤ k} w_l
  private let cumulative: [Double]
  /// By component and output.
  private let residuals: [[ResidualDistribution]]
  private let factors: [SemidefiniteFactor]

  init(_ fit: FittedModel, seed: UInt64) {
    self.fit = fit
    key = RandomAddress.key(mixing: seed)
    var sum = 0.0
    cumulative = fit.estimates.weights.map { weight in
      sum += weight
      return sum
    }
    residuals = fit.estimates.weights.indices.map { k in
      fit.model.outputs.indices.map {
        fit.model.residualDistribution(of: $0, component: k, fit.estimates)
      }
    }
    factors = fit.estimates.covariances.map { SemidefiniteFactor($0) }
  }

  /// Draws the replicates 8 `first` … 8 (`first` + `count`) − 1 of a subject.
  /// - Parameters:
  ///   - place: of the subject among all.
  ///   - values: observation j of vector v goes to `j * count + v`.
  func draw(
    _ program: EventProgram, place: Int, first: Int, count: Int,
    into values: UnsafeMutablePointer<Lanes>
  ) {
    let model = fit.model
    let p = model.effectCount
    let width = model.structural.parameterNames.count
    let priors = fit.estimates.weights.indices.map {
      model.priorMean($0, covariates: program.baseline, fit.estimates)
    }
    let cumulative = cumulative(program)
    let total = width * count + 2 * p + count
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: total) { memory in
      let parameters = memory.baseAddress!
      parameters.initialize(repeating: Lanes.all(0), count: total)
      let z = parameters + width * count
      let phi = z + p
      let components = phi + p
      let address = RandomAddress(key: key, purpose: .replicateEffects, subject: place)
      for v in 0..<count {
        components[v] = effects(
          address, priors, cumulative, sample: 8 * (first + v), z: z, phi: phi)
        for i in 0..<p {
          let target = parameters + model.structuralPlace[i] * count + v
          switch model.effects[i].distribution {
          case .normal: target.pointee = phi[i]
          case .lognormal: target.pointee = exp(phi[i])
          case let other:
            for lane in 0..<8 { target.pointee[lane] = other.natural(phi[i][lane]) }
          }
        }
        for (a, parameter) in model.direct.enumerated() {
          guard case .structural(let place, let distribution) = parameter.kind else { continue }
          for lane in 0..<8 {
            parameters[place * count + v][lane] = distribution.natural(
              fit.estimates.direct[Int(components[v][lane])][a])
          }
        }
      }
      model.structural.predict(program, parameters: parameters, count: count, predictions: values)
      addResiduals(
        program, components, place: place, first: first, count: count, values: values)
    }
  }

  /// Where values of a subject's replicates, or the observed ones, might have been beyond a limit.
  func censoredValues(place: Int, observed: Bool) -> RandomAddress {
    RandomAddress(
      key: key, purpose: .censoredValues, iteration: observed ? 1 : 0, subject: place)
  }

  /// Σ_{l ≤ k} w_il
  private func cumulative(_ program: EventProgram) -> [Double] {
    guard !fit.model.weightCovariates.isEmpty else { return cumulative }
    var sum = 0.0
    return fit.model.priorWeights(covariates: program.baseline, fit.estimates).map { weight in
      sum += weight
      return sum
    }
  }

  /// The component of one replicate, as `draw` chooses it.
  func component(_ program: EventProgram, place: Int, replicate: Int) -> Int {
    let choice = RandomAddress(key: key, purpose: .replicateEffects, subject: place)
      .uniform(sample: replicate, dimension: 0)
    return cumulative(program).dropLast().lastIndex { choice >= $0 }.map { $0 + 1 } ?? 0
  }

  /// φ of eight replicates: dimension 0 of the random numbers chooses the component, the following
  /// ones are the effects'.
  /// - Returns: the components.
  private func effects(
    _ address: RandomAddress, _ priors: [[Double]], _ cumulative: [Double], sample: Int,
    z: UnsafeMutablePointer<Lanes>, phi: UnsafeMutablePointer<Lanes>
  ) -> Lanes {
    let p = fit.model.effectCount
    let (choice, first) = address.uniforms(firstSample: sample, pair: 0)
    z[0] = normalQuantile(first)
    for pair in 1..<max(1, p / 2 + 1) {
      let (even, odd) = address.uniforms(firstSample: sample, pair: pair)
      z[2 * pair - 1] = normalQuantile(even)
      if 2 * pair < p { z[2 * pair] = normalQuantile(odd) }
    }
    var component = Lanes.all(0)
    for k in cumulative.indices {
      let mean = priors[k]
      let isChosen = k == 0 ? choice .> -1 : choice .>= cumulative[k - 1]
      for i in 0..<p {
        var value = Lanes.all(mean[i])
        for j in 0...i { value += factors[k][i, j] * z[j] }
        phi[i].replace(with: value, where: isChosen)
      }
      component.replace(with: Double(k), where: isChosen)
    }
    return component
  }

  private func addResiduals(
    _ program: EventProgram, _ components: UnsafePointer<Lanes>, place: Int, first: Int,
    count: Int, values: UnsafeMutablePointer<Lanes>
  ) {
    let observations = program.observed.count
    let address = RandomAddress(key: key, purpose: .replicateResiduals, subject: place)
    let outputs = program.knowledge.map { fit.model.outputPlace(number: $0.output) }
    let sigma = fit.model.isFactored ? fit.estimates.sigma2.squareRoot() : 0
    func add(_ u: Lanes, _ j: Int, _ v: Int) {
      let h = values[j * count + v]
      if fit.model.isFactored {
        let error = sigma * normalQuantile(u)
        values[j * count + v] = fit.model.residual == .proportional ? h + h * error : h + error
        return
      }
      let z = normalQuantile(u)
      for lane in 0..<8 {
        values[j * count + v][lane] = residuals[Int(components[v][lane])][outputs[j]].draw(
          at: h[lane], z[lane])
      }
    }
    for pair in 0..<(observations + 1) / 2 {
      for v in 0..<count {
        let (even, odd) = address.uniforms(firstSample: 8 * (first + v), pair: pair)
        add(even, 2 * pair, v)
        if 2 * pair + 1 < observations { add(odd, 2 * pair + 1, v) }
      }
    }
  }
}

extension FittedModel {
  /// Replicates of a subject's observations, as the checks by simulation draw them.
  /// - Parameter place: of the subject among all.
  package func replicates(
    of subject: Subject, place: Int, count: Int, seed: UInt64
  ) -> [[Double]] {
    let program = EventProgram(subject, for: model.structural)
    let m = program.observed.count
    let vectors = (count + 7) / 8
    var values = [Lanes](repeating: Lanes.all(0), count: m * vectors)
    ReplicateSource(self, seed: seed).draw(
      program, place: place, first: 0, count: vectors, into: &values)
    return (0..<count).map { r in (0..<m).map { values[$0 * vectors + r / 8][r % 8] } }
  }
}
