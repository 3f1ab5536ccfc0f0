import DataPartition
import MessagePassing
import PopulationData
import PopulationModel

// What an E-step knows of its subjects, so that they can go on elsewhere with the same bits.
extension ExpectationStep {
  /// Doubles of a subject's state.
  var stateWidth: Int {
    1 + model.componentCount * (keptElements.count + store.stateWidth)
  }

  /// Places in a record of what lasts from one E-step to the next: the envelope, and the results.
  private var keptElements: [Int] {
    Array(0..<blocks.layout.offset) + Array(blocks.layout.results..<blocks.layout.count)
  }

  /// Everything that the next E-step needs of a subject beside its data; nodes and tables are made
  /// again.
  func appendState(of local: Int, to states: inout [Double]) {
    states.append(blocks.logLikelihood[local / 8][local % 8])
    for k in 0..<model.componentCount {
      let lane = blocks.lane(local, k)
      for e in 0..<blocks.layout.offset { states.append(lane[8 * e]) }
      for e in blocks.layout.results..<blocks.layout.count { states.append(lane[8 * e]) }
      store.appendState(local, k, to: &states)
    }
  }

  private func restore(_ local: Int, _ state: ArraySlice<Double>) {
    var place = state.startIndex
    blocks.logLikelihood[local / 8][local % 8] = state[place]
    place += 1
    let elements = keptElements
    for k in 0..<model.componentCount {
      let lane = blocks.lane(local, k)
      for e in elements {
        lane[8 * e] = state[place]
        place += 1
      }
      store.restore(local, k, state[place..<place + store.stateWidth])
      place += store.stateWidth
    }
  }

  /// What is taken off the weights of all cells: with it the same E-step is done again to the same
  /// bits, where envelopes stay.
  var references: [Double] {
    get {
      subjects.indices.flatMap { local in
        (0..<model.componentCount).map {
          blocks.lane(local, $0)[8 * blocks.layout.reference]
        }
      }
    }
    set {
      for local in subjects.indices {
        for k in 0..<model.componentCount {
          blocks.lane(local, k)[8 * blocks.layout.reference] =
            newValue[local * model.componentCount + k]
        }
      }
    }
  }

  /// Takes over the states of all subjects of the rank, one after another.
  /// - Parameters:
  ///   - comparisons: how often they were integrated with other nodes.
  ///   - adoptions: where nodes were adopted.
  ///   - own: the rank's subjects.
  func restore(
    _ states: [Double], comparisons: Int, adoptions: [PopulationParameters], own: [Subject]
  ) {
    let width = stateWidth
    precondition(states.count == subjects.count * width, "there is a state for each subject")
    for local in subjects.indices { restore(local, states[local * width..<(local + 1) * width]) }
    self.comparisons = comparisons
    self.adoptions = adoptions
    restoreAdopted(own)
    limitMemory()
  }

  /// The E-step of the same subjects on other ranks, with all that is known of them; collective.
  /// - Parameters:
  ///   - before: the shares of this E-step.
  ///   - after: the new ones; both are neighbours in the order of the data set.
  func moved(
    from before: DatasetShare, to after: DatasetShare, communicator: any Communicator
  ) throws -> ExpectationStep {
    let counts = try communicator.allGather(Int64(after.subjects.count)).map(Int.init)
    var start = 0
    let blocks = counts.map { count -> [UInt8] in
      let range = start..<start + count
      start += count
      let own = range.clamped(to: before.firstIndex..<before.firstIndex + before.subjects.count)
      var states: [Double] = []
      states.reserveCapacity(own.count * stateWidth)
      for place in own { appendState(of: place - before.firstIndex, to: &states) }
      return states.withUnsafeBytes { Array($0) }
    }
    let received = Array(try communicator.exchange(blocks).joined())
    let states = [Double](unsafeUninitializedCapacity: received.count / 8) { buffer, count in
      received.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      count = received.count / 8
    }
    let step = ExpectationStep(
      model: model, share: after, settings: settings, componentAddresses: componentAddresses)
    step.restore(
      states, comparisons: comparisons, adoptions: adoptions, own: after.subjects)
    return step
  }
}

extension ExpectationStep {
  /// Work of a subject in an E-step, in any unit: its nodes by what a node costs, predictions and
  /// the rest, which is about as much as four of them.
  func work(of local: Int) -> Double {
    var samples = 0
    for k in 0..<model.componentCount { samples += store[local, k].pointee.samples }
    return Double(samples * (4 + blocks.observationCount(of: local)))
  }
}
