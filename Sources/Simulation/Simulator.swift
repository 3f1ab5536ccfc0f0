package import NumericKernels
package import PopulationData
package import PopulationModel

/// Draws observations of subjects from a mixture with given parameter values: component, random
/// effects and residual error, with each subject's own doses, times and covariates.
///
/// k with the probabilities w_ik; φ = μ_ik + L_k z with L_k L_kᵀ = Σ_k and standard normal z; θ =
/// g(φ); Y_j from the residual error of its output about h_j(θ). Which numbers a draw is made of,
/// a ``DrawAddress`` says. Eight draws are the lanes of a vector, and none sees another one.
package struct Simulator: Sendable {
  package let model: MixtureModel
  package let parameters: PopulationParameters
  /// Σ_{l ≤ k} w_l
  private let cumulative: [Double]
  /// σ, where σ² is a factor of all residual variances; else 0.
  private let sigma: Double
  /// By component and output.
  private let residuals: [[ResidualDistribution]]
  private let factors: [SemidefiniteFactor]

  /// - Parameter parameters: true values, or estimates. A variance of 0 gives an effect without
  ///   spread.
  package init(_ model: MixtureModel, _ parameters: PopulationParameters) {
    self.model = model
    self.parameters = parameters
    cumulative = Self.cumulative(parameters.weights)
    sigma = model.isFactored ? parameters.sigma2.squareRoot() : 0
    residuals = parameters.weights.indices.map { k in
      model.outputs.indices.map { model.residualDistribution(of: $0, component: k, parameters) }
    }
    factors = parameters.covariances.map { SemidefiniteFactor($0) }
  }

  /// Draws the observations of a subject.
  /// - Parameters:
  ///   - subject: its doses, times, outputs and covariates; the values of its observations count
  ///     for their limits only.
  ///   - address: of the random numbers.
  ///   - number: of the draw, from 0.
  ///   - limits: those of the whole data set, by which a drawn value is reported as the data report
  ///     theirs, see `CensoringLimits.ranges`; every value is reported as it is if left out. What
  ///     `below-limit: conditional` leaves out of the data is not left out.
  package func draw(
    _ subject: Subject, at address: DrawAddress, number: Int = 0,
    limits: CensoringLimits = CensoringLimits()
  ) -> SubjectDraw {
    precondition(number >= 0 && (address.isReplicated || number == 0))
    let program = EventProgram(subject, for: model.structural)
    let observations = program.observed.count
    let (first, lane) = (number / 8, number % 8)
    let p = model.effectCount
    var values = [Lanes](repeating: Lanes.all(0), count: observations)
    var component = 0
    var randomEffects: [Double] = []
    var individualParameters: [Double] = []
    var predictions: [Double] = []
    EffectVectors.withMemory(
      vectors: 1, effects: p, parameters: model.structural.parameterNames.count
    ) { effects in
      draw(effects, of: program, at: address, first: first)
      component = Int(effects.components[0][lane])
      randomEffects = (0..<p).map { effects.phi[$0][lane] }
      individualParameters = model.structuralPlace.map { effects.parameters[$0][lane] }
      model.structural.predict(
        program, parameters: effects.parameters, count: 1, predictions: &values)
      predictions = values.map { $0[lane] }
      addResiduals(of: program, effects, at: address, first: first, to: &values)
    }
    return SubjectDraw(
      subject: Self.subject(subject, values: values.map { $0[lane] }, limits: limits),
      component: component, randomEffects: randomEffects,
      individualParameters: individualParameters, predictions: predictions)
  }

  /// Draws 8 `first` … 8 (`first` + `count`) − 1 of a subject's observations, as numbers.
  /// - Parameter values: observation j of vector v goes to `j * count + v`.
  package func draw(
    _ program: EventProgram, at address: DrawAddress, first: Int, count: Int,
    into values: UnsafeMutablePointer<Lanes>
  ) {
    EffectVectors.withMemory(
      vectors: count, effects: model.effectCount,
      parameters: model.structural.parameterNames.count
    ) { effects in
      draw(effects, of: program, at: address, first: first)
      model.structural.predict(
        program, parameters: effects.parameters, count: count, predictions: values)
      addResiduals(of: program, effects, at: address, first: first, to: values)
    }
  }

  /// A subject with other values in place of its observations.
  private static func subject(_ subject: Subject, values: [Double], limits: CensoringLimits)
    -> Subject
  {
    let ranges = limits.ranges(of: subject)
    var result = subject
    var j = 0
    for occasion in subject.occasions.indices {
      for (row, old) in subject.occasions[occasion].observations.enumerated() {
        let (value, censoring) = ranges[j].reported(values[j])
        result.occasions[occasion].observations[row] = Observation(
          time: old.time, value: value, compartment: old.compartment, line: old.line,
          precedingDoses: old.precedingDoses, output: old.output, covariates: old.covariates,
          censoring: censoring)
        j += 1
      }
    }
    return result
  }

  /// Σ_{l ≤ k} w_l
  private static func cumulative(_ weights: [Double]) -> [Double] {
    var sum = 0.0
    return weights.map { weight in
      sum += weight
      return sum
    }
  }

  /// Component, φ and θ of vectors of eight draws.
  private func draw(
    _ effects: EffectVectors, of program: EventProgram, at address: DrawAddress, first: Int
  ) {
    let p = model.effectCount
    let count = effects.count
    let means = parameters.weights.indices.map {
      model.priorMean($0, covariates: program.baseline, parameters)
    }
    let cumulative =
      model.weightCovariates.isEmpty
      ? cumulative
      : Self.cumulative(model.priorWeights(covariates: program.baseline, parameters))
    for v in 0..<count {
      let z = effects.z
      let choice = address.effects(first: 8 * (first + v), count: p, into: z)
      var component = Lanes.all(0)
      for k in cumulative.indices {
        let isChosen = k == 0 ? choice .> -1 : choice .>= cumulative[k - 1]
        for i in 0..<p {
          var value = Lanes.all(means[k][i])
          for j in 0...i { value += factors[k][i, j] * z[j] }
          effects.phi[i * count + v].replace(with: value, where: isChosen)
        }
        component.replace(with: Double(k), where: isChosen)
      }
      effects.components[v] = component
      for i in 0..<p {
        let phi = effects.phi[i * count + v]
        let target = effects.parameters + model.structuralPlace[i] * count + v
        switch model.effects[i].distribution {
        case .normal: target.pointee = phi
        case .lognormal: target.pointee = exp(phi)
        case let other:
          for lane in 0..<8 { target.pointee[lane] = other.natural(phi[lane]) }
        }
      }
      for (a, parameter) in model.direct.enumerated() {
        guard case .structural(let place, let distribution) = parameter.kind else { continue }
        for lane in 0..<8 {
          effects.parameters[place * count + v][lane] = distribution.natural(
            parameters.direct[Int(component[lane])][a])
        }
      }
    }
  }

  /// Makes observations of predictions.
  private func addResiduals(
    of program: EventProgram, _ effects: EffectVectors, at address: DrawAddress, first: Int,
    to values: UnsafeMutablePointer<Lanes>
  ) {
    let observations = program.observed.count
    let count = effects.count
    let outputs = program.knowledge.map { model.outputPlace(number: $0.output) }
    func add(_ z: Lanes, _ j: Int, _ v: Int) {
      let h = values[j * count + v]
      guard model.isFactored else {
        for lane in 0..<8 {
          values[j * count + v][lane] = residuals[Int(effects.components[v][lane])][outputs[j]]
            .draw(at: h[lane], z[lane])
        }
        return
      }
      let error = sigma * z
      if model.residual == .additive {
        values[j * count + v] = h + error
      } else {
        // They round differently, and the data sets and checks that there are have these bits.
        values[j * count + v] = address.isReplicated ? h + h * error : h * (1 + error)
      }
    }
    for pair in 0..<(observations + 1) / 2 {
      for v in 0..<count {
        let (even, odd) = address.residuals(first: 8 * (first + v), pair: pair)
        add(even, 2 * pair, v)
        if 2 * pair + 1 < observations { add(odd, 2 * pair + 1, v) }
      }
    }
  }
}
