import NumericKernels
import PopulationData
import PopulationModel

// Nodes of single subjects that the independent integration has found better than those of the fit.
// They stay where they are, with their envelopes, until they are adopted anew; all other subjects
// keep the nodes that the settings ask for.
extension ExpectationStep {
  /// Gives some subjects nodes of the independent integration, of another randomisation than its
  /// own.
  /// - Parameters:
  ///   - locals: places of the subjects, ascending.
  ///   - parameters: where the expectation step and the integration are.
  func adopt(
    _ locals: [Int], from integration: IndependentIntegration, at parameters: PopulationParameters
  ) {
    adoptions.append(parameters)
    for local in locals {
      for k in 0..<model.componentCount {
        predictionStore?.release(local, k)
        if hasRule { ruleTables.release(local / 8, k) }
      }
    }
    place(locals, from: integration, number: adoptions.count)
    let at = blocks.layout
    for local in locals {
      for k in 0..<model.componentCount {
        let (own, other) = (blocks.lane(local, k), integration.total.lane(local, k))
        for e in at.mean...at.reference { own[8 * e] = other[8 * e] }
        own[8 * at.samples] = Double(store[local, k].pointee.samples)
      }
    }
    limitMemory()
  }

  /// Gives all subjects the nodes that the settings ask for, under envelopes that have to be made
  /// anew.
  ///
  /// Adopted nodes stay where they are, and do not follow the mean of an effect that does not vary.
  func leaveAdopted() {
    for local in subjects.indices {
      for k in 0..<model.componentCount where store[local, k].pointee.adoption > 0 {
        store.release(local, k)
        store[local, k].pointee.adoption = 0
        store[local, k].pointee.samples = settings.samples
        store[local, k].pointee.refinements = 0
        forgetTable(local, k)
      }
    }
  }

  /// Makes the adopted nodes again, where each was adopted.
  /// - Parameter own: the rank's subjects.
  func restoreAdopted(_ own: [Subject]) {
    guard !adoptions.isEmpty else { return }
    let integration = IndependentIntegration(self, subjects: own)
    for (place, parameters) in adoptions.enumerated() {
      let locals = subjects.indices.filter { store[$0, 0].pointee.adoption == place + 1 }
      guard !locals.isEmpty else { continue }
      densities.update(parameters)
      blocks.placePriors(densities)
      self.place(locals, from: integration, number: place + 1)
    }
  }

  private func place(_ locals: [Int], from integration: IndependentIntegration, number: Int) {
    var block = -1
    for local in locals {
      if local / 8 != block {
        block = local / 8
        integration.integrate(block)
      }
      for k in 0..<model.componentCount {
        integration.adoptedNodes(local, k, in: store, number: number)
      }
    }
  }
}
