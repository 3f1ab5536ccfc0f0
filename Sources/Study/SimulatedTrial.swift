import NumericKernels
import PopulationData
import PopulationModel

/// Data sets drawn from a model, a design and population values: W07 section 6.
///
/// Every number is a function of (seed; purpose, data set, subject), so that data set 7 is the same whether six were drawn
/// before it or none.
public struct SimulatedTrial: Sendable {
  public let model: MixtureModel
  public let design: TrialDesign
  /// The true values.
  public let parameters: PopulationParameters
  public let seed: UInt64
  private let factors: [CholeskyFactor]

  /// - Returns: `nil` if a covariance is not positive definite.
  public init?(
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
  public struct Truth: Sendable, Equatable {
    /// From 0.
    public let component: Int
    /// Individual parameters θ in natural units, in the order of the model's effects.
    public let parameters: [Double]
  }

  /// One data set and what is behind it.
  public struct Draw: Sendable {
    public let subjects: [Subject]
    public let truth: [Truth]

    /// Whether all values are numbers; true values of absurd size overflow.
    public var isFinite: Bool {
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
  public func draw(_ number: Int, subjects range: Range<Int>? = nil) -> Draw {
    let key = RandomAddress.key(mixing: seed, UInt64(number))
    var subjects: [Subject] = []
    var truth: [Truth] = []
    for index in range ?? 0..<design.subjectCount {
      let effects = RandomAddress(key: key, purpose: .simulatedEffects, subject: index)
      let component = component(effects.uniform(sample: 0, dimension: 0))
      let z = model.effects.indices.map { effects.normal(sample: 1, dimension: $0) }
      let phi = model.effects.indices.map { i in
        (0...i).reduce(parameters.means[component][i]) {
          $0 + factors[component].elements[SymmetricMatrix.index(i, $1)] * z[$1]
        }
      }
      let theta = zip(model.effects, phi).map { $0.distribution.natural($1) }
      let residuals = RandomAddress(key: key, purpose: .simulatedResiduals, subject: index)
      subjects.append(
        subject(
          index, parameters: theta,
          residuals: design.times.indices.map { residuals.normal(sample: $0, dimension: 0) }))
      truth.append(Truth(component: component, parameters: theta))
    }
    return Draw(subjects: subjects, truth: truth)
  }

  private func component(_ u: Double) -> Int {
    var sum = 0.0
    for k in parameters.weights.indices {
      sum += parameters.weights[k]
      if u < sum { return k }
    }
    return parameters.weights.count - 1
  }

  private func subject(_ index: Int, parameters theta: [Double], residuals: [Double]) -> Subject {
    var occasion = Occasion(doses: [], observations: [])
    for event in design.events {
      if let amount = event.amount {
        occasion.doses.append(DoseRecord(time: event.time, amount: amount))
      } else {
        occasion.observations.append(
          Observation(time: event.time, value: 0, precedingDoses: occasion.doses.count))
      }
    }
    let skeleton = Subject(id: "\(index + 1)", index: index, occasions: [occasion])
    var structural = [Lanes](repeating: Lanes.all(0), count: theta.count)
    for (effect, place) in model.structuralPlace.enumerated() {
      structural[place] = Lanes.all(theta[effect])
    }
    var predictions = [Lanes](repeating: Lanes.all(0), count: design.times.count)
    model.structural.predict(
      EventProgram(skeleton), parameters: structural, count: 1, predictions: &predictions)
    let sigma = parameters.residualVariance.squareRoot()
    for j in occasion.observations.indices {
      let h = predictions[j][0]
      occasion.observations[j].value =
        switch model.residual {
        case .proportional: h * (1 + sigma * residuals[j])
        case .additive: h + sigma * residuals[j]
        }
    }
    return Subject(id: skeleton.id, index: index, occasions: [occasion])
  }
}
