import NumericKernels
import PopulationData
import PopulationModel

/// Draws replicates of the subjects' observations from a fitted mixture: component, random effects and residual error, with each
/// subject's own doses and times.
///
/// Replicate r of a subject is a function of (seed; place of the subject, r), so that neither the other subjects nor the number of
/// replicates count. Eight replicates are the lanes of a vector.
struct ReplicateSource: Sendable {
  let fit: FittedModel
  private let key: UInt64
  /// Σ_{l ≤ k} w_l
  private let cumulative: [Double]
  private let factors: [SemidefiniteFactor]
  private let sigma: Double

  init(_ fit: FittedModel, seed: UInt64) {
    self.fit = fit
    key = RandomAddress.key(mixing: seed)
    var sum = 0.0
    cumulative = fit.estimates.weights.map { weight in
      sum += weight
      return sum
    }
    factors = fit.estimates.covariances.map { SemidefiniteFactor($0) }
    sigma = fit.estimates.residualVariance.squareRoot()
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
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: p * count + 2 * p) { memory in
      let parameters = memory.baseAddress!
      parameters.initialize(repeating: Lanes.all(0), count: p * count + 2 * p)
      let z = parameters + p * count
      let phi = z + p
      let address = RandomAddress(key: key, purpose: .replicateEffects, subject: place)
      for v in 0..<count {
        effects(address, sample: 8 * (first + v), z: z, phi: phi)
        for i in 0..<p {
          parameters[model.structuralPlace[i] * count + v] =
            switch model.effects[i].distribution {
            case .normal: phi[i]
            case .lognormal: exp(phi[i])
            }
        }
      }
      model.structural.predict(program, parameters: parameters, count: count, predictions: values)
    }
    addResiduals(
      program.observed.count, place: place, first: first, count: count, values: values)
  }

  /// φ of eight replicates: dimension 0 of the random numbers chooses the component, the following ones are the effects'.
  private func effects(
    _ address: RandomAddress, sample: Int, z: UnsafeMutablePointer<Lanes>,
    phi: UnsafeMutablePointer<Lanes>
  ) {
    let p = fit.model.effectCount
    let (choice, first) = address.uniforms(firstSample: sample, pair: 0)
    z[0] = normalQuantile(first)
    for pair in 1..<max(1, p / 2 + 1) {
      let (even, odd) = address.uniforms(firstSample: sample, pair: pair)
      z[2 * pair - 1] = normalQuantile(even)
      if 2 * pair < p { z[2 * pair] = normalQuantile(odd) }
    }
    for k in cumulative.indices {
      let mean = fit.estimates.means[k]
      let isChosen = k == 0 ? choice .> -1 : choice .>= cumulative[k - 1]
      for i in 0..<p {
        var value = Lanes.all(mean[i])
        for j in 0...i { value += factors[k][i, j] * z[j] }
        phi[i].replace(with: value, where: isChosen)
      }
    }
  }

  private func addResiduals(
    _ observations: Int, place: Int, first: Int, count: Int, values: UnsafeMutablePointer<Lanes>
  ) {
    let address = RandomAddress(key: key, purpose: .replicateResiduals, subject: place)
    let isProportional = fit.model.residual == .proportional
    func add(_ u: Lanes, _ j: Int, _ v: Int) {
      let h = values[j * count + v]
      let error = sigma * normalQuantile(u)
      values[j * count + v] = isProportional ? h + h * error : h + error
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
