import NumericKernels
package import PopulationData
package import PopulationModel
import Simulation

/// Data sets drawn from a model, a design and population values: W07 section 6. Arms, covariates,
/// doses, drop-out and the limit of quantification are the design's, all else is the simulator's.
///
/// Every number is a function of (seed; purpose, data set, subject), so that data set 7 is the same
/// whether six were drawn before it or none.
package struct SimulatedTrial: Sendable {
  package let model: MixtureModel
  package let design: TrialDesign
  /// The true values.
  package let parameters: PopulationParameters
  package let seed: UInt64
  private let simulator: Simulator

  /// - Returns: `nil` if a covariance is not positive definite.
  package init?(
    model: MixtureModel, design: TrialDesign, parameters: PopulationParameters, seed: UInt64
  ) {
    self.model = model
    self.design = design
    self.parameters = parameters
    self.seed = seed
    guard parameters.covariances.allSatisfy({ CholeskyFactor($0) != nil }) else { return nil }
    simulator = Simulator(model, parameters)
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
      let arm = design.arm(of: index)
      let covariates = covariates(index, key: key)
      let planned = planned(index, covariates, events: arms[arm], key: key)
      guard planned.observationCount > 0 else { continue }
      let drawn = simulator.draw(
        planned,
        at: .single(
          effects: RandomAddress(key: key, purpose: .simulatedEffects, subject: index),
          residuals: RandomAddress(key: key, purpose: .simulatedResiduals, subject: index)))
      var subject = drawn.subject
      if let limit = design.quantificationLimit {
        subject.occasions[0].observations.removeAll { $0.value < limit }
      }
      guard subject.observationCount > 0 else { continue }
      subjects.append(subject)
      truth.append(
        Truth(
          component: drawn.component, parameters: drawn.individualParameters, arm: arm,
          covariates: covariates))
    }
    return Draw(subjects: subjects, truth: truth)
  }

  private func covariates(_ index: Int, key: UInt64) -> [Double] {
    let address = RandomAddress(key: key, purpose: .simulatedCovariates, subject: index)
    return design.covariates.enumerated().map {
      $1.value(address.uniform(sample: 0, dimension: $0))
    }
  }

  /// When a subject leaves, exponentially distributed.
  private func end(_ index: Int, key: UInt64) -> Double {
    guard design.dropOutHazard > 0 else { return .infinity }
    let address = RandomAddress(key: key, purpose: .simulatedDropOut, subject: index)
    return -log(address.uniform(sample: 0, dimension: 0)) / design.dropOutHazard
  }

  /// The doses and the times of observations that a subject gets before it leaves. An observation
  /// keeps its place among those of the arm, which addresses its residual, as the first to be
  /// missing is followed by none.
  private func planned(
    _ index: Int, _ covariates: [Double], events: [TrialDesign.Arm.Event], key: UInt64
  ) -> Subject {
    let end = end(index, key: key)
    var occasion = Occasion(doses: [], observations: [])
    for event in events where event.time < end {
      if let dose = event.dose {
        occasion.doses.append(
          DoseRecord(
            time: event.time, amount: dose.amount * (dose.covariate.map { covariates[$0] } ?? 1)))
      } else {
        occasion.observations.append(
          Observation(time: event.time, value: 0, precedingDoses: occasion.doses.count))
      }
    }
    return Subject(id: "\(index + 1)", index: index, occasions: [occasion])
  }
}
