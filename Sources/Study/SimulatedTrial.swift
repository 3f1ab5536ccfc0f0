import NumericKernels
package import PopulationData
package import PopulationModel

/// Data sets drawn from a model, a design and population values: W07 section 6.
///
/// Every number is a function of (seed; purpose, data set, subject), so that data set 7 is the same
/// whether six were drawn before it or none.
package struct SimulatedTrial: Sendable {
  package let model: MixtureModel
  package let design: TrialDesign
  /// The true values.
  package let parameters: PopulationParameters
  package let seed: UInt64
  private let factors: [CholeskyFactor]

  /// - Returns: `nil` if a covariance is not positive definite.
  package init?(
    model: MixtureModel, design: TrialDesign, parameters: PopulationParameters, seed: UInt64
  ) {
    self.model = model
    self.design = design
    self.parameters = parameters
    self.seed = seed
    let factors = parameters.covariances.compactMap(CholeskyFactor.init)
    guard factors.count == parameters.componentCount else { return nil }
    self.factors = factors
  }

  /// What is true of one simulated subject.
  package struct Truth: Sendable, Equatable {
    /// From 0.
    package let component: Int
    /// Individual parameters θ in natural units, in the order of the model's effects.
    package let parameters: [Double]
    /// The arm of the design, from 0.
    package let arm: Int
    /// In the order of the design.
    package let covariates: [Double]
  }

  /// One data set and what is behind it; subjects that left before their first observation, or have
  /// none that could be quantified, are not among them.
  package struct Draw: Sendable {
    package let subjects: [Subject]
    package let truth: [Truth]

    /// Whether all values are numbers; true values of absurd size overflow.
    package var isFinite: Bool {
      truth.allSatisfy { $0.parameters.allSatisfy(\.isFinite) }
        && subjects.allSatisfy { subject in
          subject.occasions.allSatisfy { $0.observations.allSatisfy(\.value.isFinite) }
        }
    }
  }

  /// Draws one data set.
  /// - Parameters:
  ///   - number: from 1.
  ///   - subjects: places of those to draw; all if left out.
  package func draw(_ number: Int, subjects range: Range<Int>? = nil) -> Draw {
    let key = RandomAddress.key(mixing: seed, UInt64(number))
    let arms = design.arms.map(\.events)
    var subjects: [Subject] = []
    var truth: [Truth] = []
    for index in range ?? 0..<design.subjectCount {
      let own = drawTruth(index, key: key)
      let subject = subject(index, own, events: arms[own.arm], key: key)
      guard !subject.occasions[0].observations.isEmpty else { continue }
      subjects.append(subject)
      truth.append(own)
    }
    return Draw(subjects: subjects, truth: truth)
  }

  private func drawTruth(_ index: Int, key: UInt64) -> Truth {
    let effects = RandomAddress(key: key, purpose: .simulatedEffects, subject: index)
    let component = component(effects.uniform(sample: 0, dimension: 0))
    let z = model.effects.indices.map { effects.normal(sample: 1, dimension: $0) }
    let phi = model.effects.indices.map { i in
      (0...i).reduce(parameters.means[component][i]) {
        $0 + factors[component].elements[SymmetricMatrix.index(i, $1)] * z[$1]
      }
    }
    let covariates = RandomAddress(key: key, purpose: .simulatedCovariates, subject: index)
    return Truth(
      component: component,
      parameters: zip(model.effects, phi).map { $0.distribution.natural($1) },
      arm: design.arm(of: index),
      covariates: design.covariates.enumerated().map {
        $1.value(covariates.uniform(sample: 0, dimension: $0))
      })
  }

  private func component(_ u: Double) -> Int {
    var sum = 0.0
    for k in parameters.weights.indices {
      sum += parameters.weights[k]
      if u < sum { return k }
    }
    return parameters.weights.count - 1
  }

  /// When a subject leaves, exponentially distributed.
  private func end(_ index: Int, key: UInt64) -> Double {
    guard design.dropOutHazard > 0 else { return .infinity }
    let address = RandomAddress(key: key, purpose: .simulatedDropOut, subject: index)
    return -log(address.uniform(sample: 0, dimension: 0)) / design.dropOutHazard
  }

  private func subject(
    _ index: Int, _ truth: Truth, events: [TrialDesign.Arm.Event], key: UInt64
  ) -> Subject {
    let end = end(index, key: key)
    var occasion = Occasion(doses: [], observations: [])
    // The place of each observation in the plan, which addresses its residual.
    var planned: [Int] = []
    var place = 0
    for event in events {
      if let dose = event.dose {
        guard event.time < end else { continue }
        occasion.doses.append(
          DoseRecord(
            time: event.time,
            amount: dose.amount * (dose.covariate.map { truth.covariates[$0] } ?? 1)))
      } else {
        defer { place += 1 }
        guard event.time < end else { continue }
        occasion.observations.append(
          Observation(time: event.time, value: 0, precedingDoses: occasion.doses.count))
        planned.append(place)
      }
    }
    let predictions = predictions(occasion, truth)
    let residuals = RandomAddress(key: key, purpose: .simulatedResiduals, subject: index)
    let distribution = model.residualDistribution(
      of: 0, component: truth.component, parameters)
    for (j, place) in planned.enumerated() {
      occasion.observations[j].value = distribution.draw(
        at: predictions[j], residuals.normal(sample: place, dimension: 0))
    }
    if let limit = design.quantificationLimit {
      occasion.observations.removeAll { $0.value < limit }
    }
    return Subject(id: "\(index + 1)", index: index, occasions: [occasion])
  }

  private func predictions(_ occasion: Occasion, _ truth: Truth) -> [Double] {
    let phi = zip(model.effects, truth.parameters).map { $0.distribution.normalScale($1) }
    var structural = model.structuralParameters(phi, component: truth.component, parameters)
    // Not by way of the normal scale and back.
    for (effect, place) in model.structuralPlace.enumerated() {
      structural[place] = truth.parameters[effect]
    }
    var predictions = [Lanes](repeating: Lanes.all(0), count: occasion.observations.count)
    model.structural.predict(
      EventProgram(
        Subject(id: "", index: 0, occasions: [occasion]), for: model.structural),
      parameters: structural.map { Lanes.all($0) }, count: 1, predictions: &predictions)
    return predictions.map { $0[0] }
  }
}
