import DataPartition
import MessagePassing

// What an E-step knows of its subjects, so that they can go on elsewhere with the same bits.
extension ExpectationStep {
  /// Doubles of a subject's state.
  private var stateWidth: Int {
    1 + model.componentCount * (blocks.layout.count + store.stateWidth)
  }

  /// Everything that the next E-step needs of a subject beside its data; nodes and tables are made again.
  private func state(of local: Int) -> [Double] {
    var state = [blocks.logLikelihood[local / 8][local % 8]]
    state.reserveCapacity(stateWidth)
    for k in 0..<model.componentCount {
      let lane = blocks.lane(local, k)
      for e in 0..<blocks.layout.count { state.append(lane[8 * e]) }
      state += store.state(local, k)
    }
    return state
  }

  private func restore(_ local: Int, _ state: ArraySlice<Double>) {
    var place = state.startIndex
    blocks.logLikelihood[local / 8][local % 8] = state[place]
    place += 1
    for k in 0..<model.componentCount {
      let lane = blocks.lane(local, k)
      for e in 0..<blocks.layout.count { lane[8 * e] = state[place + e] }
      place += blocks.layout.count
      store.restore(local, k, state[place..<place + store.stateWidth])
      place += store.stateWidth
    }
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
      return own.flatMap { place in
        state(of: place - before.firstIndex).withUnsafeBytes { Array($0) }
      }
    }
    let received = Array(try communicator.exchange(blocks).joined())
    let states = [Double](unsafeUninitializedCapacity: received.count / 8) { buffer, count in
      received.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      count = received.count / 8
    }
    let step = ExpectationStep(
      model: model, share: after, settings: settings, componentAddresses: componentAddresses,
      continuing: self)
    for local in after.subjects.indices {
      step.restore(local, states[local * stateWidth..<(local + 1) * stateWidth])
    }
    step.limitMemory()
    return step
  }
}

extension ExpectationStep {
  /// Work of a subject in an E-step, in any unit: its nodes by what a node costs, predictions and the rest, which is about as much as
  /// four of them.
  func work(of local: Int) -> Double {
    var samples = 0
    for k in 0..<model.componentCount { samples += store[local, k].pointee.samples }
    return Double(samples * (4 + blocks.observationCount(of: local)))
  }
}
