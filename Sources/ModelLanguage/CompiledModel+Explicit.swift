package import NumericKernels

extension CompiledModel {
  /// Predictions of a model without compartments.
  /// - Parameters:
  ///   - parameters: parameter j of the batch's vector v stands at `j * count + v`.
  ///   - predictions: observation j of vector v goes to `j * count + v`.
  package func predict(
    _ records: ModelRecords, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>, workspace: ModelWorkspace
  ) {
    precondition(kind == .explicit, "models with compartments are computed between events")
    workspace.regions[0].base = workspace.registers
    let program = records.program
    workspace.placeConstants(program)
    var first = 0
    while first < count {
      let width = min(ModelWorkspace.capacity, count - first)
      predict(
        records, program, parameters + first, batchCount: count, width: width, predictions + first,
        workspace)
      first += width
    }
  }

  private func predict(
    _ records: ModelRecords, _ program: ModelProgram, _ parameters: UnsafePointer<Lanes>,
    batchCount: Int, width: Int, _ predictions: UnsafeMutablePointer<Lanes>,
    _ workspace: ModelWorkspace
  ) {
    let regions = workspace.regions
    regions[2] = InterpreterMemory.Region(
      base: UnsafeMutablePointer(mutating: parameters), stride: batchCount, step: 1)
    regions[4] = InterpreterMemory.Region(base: predictions, stride: batchCount, step: 1)
    let rowNumbers = records.rowNumberPointer
    let recordNumbers = records.recordNumberPointer
    guard records.observationCount > 0 else { return }
    var row = records.rows[0]
    workspace.placeRow(program, rowNumbers, row)
    workspace.placeRecord(program, recordNumbers, 0)
    workspace.run(program.batch, count: width)
    workspace.run(program.batchRow, count: width)
    if let chains = records.chains { placePowers(chains, program, width, workspace) }
    if let factor = records.decayingFactor {
      placeDecay(records, factor, batchCount, width, predictions, workspace)
      return
    }
    for j in 0..<records.observationCount {
      if j > 0 {
        if records.rows[j] != row {
          row = records.rows[j]
          workspace.placeRow(program, rowNumbers, row)
          workspace.run(program.batchRow, count: width)
        }
        workspace.placeRecord(program, recordNumbers, j)
      }
      usePowers(records, program, recordNumbers, j, width, workspace)
      regions[4].base = predictions + j * batchCount
      workspace.run(program.outputs[records.outputs[j]], count: width)
    }
  }

  /// Predictions that are a factor that decays: each is the one before it times a power.
  private func placeDecay(
    _ records: ModelRecords, _ factor: Operand, _ batchCount: Int, _ width: Int,
    _ predictions: UnsafeMutablePointer<Lanes>, _ workspace: ModelWorkspace
  ) {
    var source = workspace.memory.operand(factor).0
    records.chains!.places.withUnsafeBufferPointer { places in
      for j in 0..<records.observationCount {
        let target = predictions + j * batchCount
        if places[j] >= 0 {
          let power = workspace.powers + Int(places[j]) * ModelWorkspace.stride
          for v in 0..<width { target[v] = source[v] * power[v] }
        } else {
          for v in 0..<width { target[v] = source[v] }
        }
        source = UnsafePointer(target)
      }
    }
  }

  /// All powers of a subject's decays.
  private func placePowers(
    _ chains: DecayChains, _ program: ModelProgram, _ width: Int, _ workspace: ModelWorkspace
  ) {
    chains.links.withUnsafeBufferPointer { links in
      for d in 0..<program.decays.count {
        let (rate, step) = workspace.memory.operand(program.decays[d].rate)
        for l in chains.starts[d]..<chains.starts[d + 1] {
          let target = workspace.powers + l * ModelWorkspace.stride
          let link = links[l]
          if link.first >= 0 {
            let a = workspace.powers + Int(link.first) * ModelWorkspace.stride
            let b = workspace.powers + Int(link.second) * ModelWorkspace.stride
            for v in 0..<width { target[v] = a[v] * b[v] }
          } else {
            for v in 0..<width { target[v] = DecayChains.power(rate[v &* step], link.time) }
          }
        }
      }
    }
  }

  /// Makes the powers of an observation those that the instructions read.
  private func usePowers(
    _ records: ModelRecords, _ program: ModelProgram, _ numbers: UnsafePointer<Double>,
    _ observation: Int, _ width: Int, _ workspace: ModelWorkspace
  ) {
    let decayCount = program.decays.count
    for d in 0..<decayCount {
      var region = InterpreterMemory.Region(base: workspace.one, stride: 0, step: 0)
      if let chains = records.chains {
        let place = Int(chains.places[observation * decayCount + d])
        if place >= 0 {
          region.base = workspace.powers + place * ModelWorkspace.stride
          region.step = 1
        }
      } else {
        let decay = program.decays[d]
        let time = numbers[observation * program.recordCount + decay.time]
        let (rate, step) = workspace.memory.operand(decay.rate)
        region.base = workspace.powers + d * ModelWorkspace.stride
        region.step = 1
        for v in 0..<width { region.base[v] = DecayChains.power(rate[v &* step], time) }
      }
      workspace.regions[5 + d] = region
    }
  }
}
