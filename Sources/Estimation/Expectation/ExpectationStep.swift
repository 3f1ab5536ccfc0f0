import CVector
package import DataPartition
import KernelInterface
package import MessagePassing
import NumericKernels
package import PopulationData
package import PopulationModel

/// The E-step of the subjects of one rank: W07 (11), section 3.
///
/// A subject's results depend on its data, the parameters, its envelopes, its nodes and its address
/// alone, never on which rank it is on or which subjects came before it.
package final class ExpectationStep {
  /// Where the envelopes of an E-step come from.
  package enum EnvelopeSource: Sendable, Codable {
    /// A mode search at the present parameters: the first iteration.
    case modes
    /// The conditional moments of the E-step before.
    case previousMoments
    /// They stay as they are, unless one has become useless.
    case kept
    /// They stay as they are, and poor ones are not mended: the log-likelihood is then a smooth
    /// function of the parameters.
    case unchanged
  }

  package let model: MixtureModel
  package let settings: EstimationSettings
  package let layout: PosteriorLayout
  package let statisticsLayout: StatisticsLayout
  /// Numbers of the rank's subjects in the data set, which address their random numbers.
  package let subjects: [Int]
  /// The address of component k; a permutation of the components permutes their addresses with
  /// them.
  package let componentAddresses: [Int]
  /// Whether what is known of the nodes is kept between E-steps; the results are the same.
  package internal(set) var keepsNodes: Bool

  let blocks: SubjectBlocks
  /// The results with other nodes; see `reintegrate`.
  private(set) lazy var otherBlocks = SubjectBlocks(
    programs: programs, subjectCount: subjects.count)
  let store: NodeStore
  let ruleTables: RuleTables
  let programs: SubjectPrograms
  private let key: UInt64
  let kernel: any SubjectKernel
  let modeSearch: ModeSearch
  /// Predictions at the nodes, in a model with direct parameters.
  let predictionStore: PredictionStore?
  let densities: ComponentDensities
  let nodeSource: NodeSource
  let remedies: UnsafeMutablePointer<Int>
  /// Whether its steps may be left before their end.
  var abandonment: Abandonment?
  /// How often `reintegrate` was called.
  var comparisons = 0
  /// The parameters at which nodes were adopted, in order; see `adopt`.
  var adoptions: [PopulationParameters] = []
  /// Random effects that do not vary, whose nodes follow their means.
  var pins: [BoundaryPin] = []
  private let statistics: UnsafeMutablePointer<Lanes>
  private let blockSums: BlockSums

  /// Of some subjects of a data set that is here as a whole.
  /// - Parameter subjects: numbers of this rank's subjects, into `dataset.subjects`.
  package convenience init(
    model: MixtureModel, dataset: Dataset, subjects: [Int], settings: EstimationSettings,
    componentAddresses: [Int]? = nil, build: KernelBuild? = nil
  ) {
    self.init(
      model: model, share: DatasetShare(dataset, places: subjects), settings: settings,
      componentAddresses: componentAddresses, build: build)
  }

  /// - Parameters:
  ///   - share: this rank's subjects.
  ///   - componentAddresses: K different numbers; 0 … K − 1 if left out.
  ///   - build: of the kernels; the best for this processor if left out.
  package init(
    model: MixtureModel, share: DatasetShare, settings: EstimationSettings,
    componentAddresses: [Int]? = nil, build: KernelBuild? = nil
  ) {
    self.model = model
    self.settings = settings
    subjects = share.subjects.map(\.index)
    self.componentAddresses = componentAddresses ?? Array(0..<model.componentCount)
    key = RandomAddress.key(mixing: settings.seed, share.fingerprint)
    let p = model.effectCount
    programs = SubjectPrograms(
      model: model, events: share.subjects.map { EventProgram($0, for: model.structural) })
    layout = PosteriorLayout(
      effectCount: p, componentCount: model.componentCount, directCount: model.direct.count)
    ruleTables = RuleTables(programs: programs)
    statisticsLayout = StatisticsLayout(model)
    blockSums = BlockSums(count: statisticsLayout.count)
    kernel = (build ?? .best).makeKernel(
      KernelPlan(
        programs: programs,
        pointCapacity: ModeSearch.requiredCapacity(
          effectCount: p, componentCount: model.componentCount)))
    modeSearch = ModeSearch(kernel: kernel, programs: programs)
    densities = ComponentDensities(model)
    blocks = SubjectBlocks(programs: programs, subjectCount: subjects.count)
    store = NodeStore(
      programs: programs, subjectCount: subjects.count, samples: settings.samples,
      hasPrior: settings.priorShare > 0)
    nodeSource = NodeSource(settings: settings, dimensions: p)
    let bytes =
      subjects.count * model.componentCount * settings.samples
      * NodeStore.bytesPerSample(effectCount: p)
    // With direct parameters the likelihood at a node changes with them, and only predictions can
    // be kept.
    keepsNodes =
      settings.method.keepsNodes && model.isFactored && bytes <= settings.memoryLimit
    predictionStore =
      settings.method.keepsNodes && !model.isFactored
      ? PredictionStore(programs: programs, model: model, memoryLimit: settings.memoryLimit) : nil
    remedies = .allocate(capacity: max(1, subjects.count))
    remedies.initialize(repeating: 0, count: max(1, subjects.count))
    statistics = .allocate(capacity: statisticsLayout.count)
    statistics.initialize(repeating: Lanes.all(0), count: statisticsLayout.count)
    kernel.predictor.isLeft = { [unowned self] in isLeft() }
  }

  deinit {
    statistics.deallocate()
    remedies.deallocate()
  }

  /// Integrates all subjects of the rank and adds their statistics.
  /// - Parameters:
  ///   - parameters: all Σ_k positive definite.
  ///   - iteration: addresses the samples of `paper`; the others are the same in all iterations.
  /// - Returns: the rank's sums, in the order of `statisticsLayout`.
  package func run(
    at parameters: PopulationParameters, iteration: Int, envelopes source: EnvelopeSource
  ) -> ExactAccumulator {
    var sums = ExactAccumulator(count: statisticsLayout.count)
    run(at: parameters, iteration: iteration, envelopes: source, addingTo: &sums)
    return sums
  }

  /// The same, adding to the first of some sums.
  func run(
    at parameters: PopulationParameters, iteration: Int, envelopes source: EnvelopeSource,
    addingTo sums: inout ExactAccumulator
  ) {
    densities.update(parameters)
    predictionStore?.turn(to: parameters)
    blocks.placePriors(densities)
    remedies.update(repeating: 0, count: subjects.count)
    let (blocks, densities, nodeSource) = (blocks, densities, nodeSource)
    for block in 0..<blocks.blockCount {
      integrate(block, iteration: iteration, source: source)
      if isLeft() { break }
      statisticsLayout.fill(
        statistics, from: blocks, block: block, densities: densities, remedies: remedies,
        nodes: nodeSource)
      blockSums.add(statistics, chosen: lanes(of: block), to: &sums, at: 0)
    }
    blockSums.finish(&sums, at: 0)
  }

  /// Integrates all subjects again at the parameters and with the envelopes of the last `run`, but
  /// with other nodes, into `otherBlocks`.
  func reintegrate() {
    otherBlocks.copy(from: blocks)
    let halfPrecision = 0.5 / densities.residualVariance
    for block in 0..<blocks.blockCount {
      if isLeft() { break }
      for k in 0..<model.componentCount {
        otherBlocks.prepareWeights(block, k, densities)
        use(k, keepsPredictions: false)
        if hasRule {
          reintegrateByRule(block, k)
        } else {
          for lane in 0..<blocks.width(block)
          where store[8 * block + lane, k].pointee.adoption == 0 {
            let local = 8 * block + lane
            kernel.integrate(
              local,
              nodeSource.otherRequest(
                store[local, k].pointee, address: address(local, k, iteration: 0),
                prior: store[local, k].pointee.prior, round: comparisons),
              envelope: otherBlocks.envelope(local, k),
              view: otherBlocks.weightView(local, k), halfPrecision: halfPrecision)
          }
        }
        finish(block, k, in: otherBlocks)
        keepAdopted(block, k)
      }
      otherBlocks.combine(block)
    }
    comparisons += 1
  }

  /// The least and the largest T.
  var sampleRange: ClosedRange<Int> { store.sampleRange ?? settings.samples...settings.samples }

  /// Adopted nodes are not compared with others here: `otherBlocks` take their results over.
  private func keepAdopted(_ block: Int, _ k: Int) {
    guard !adoptions.isEmpty else { return }
    let own = ownLanes(block, k)
    let (from, to) = (blocks.record(block, k), otherBlocks.record(block, k))
    for e in 0..<blocks.layout.count { to[e] = select(own, to[e], from[e]) }
  }

  /// 1 in the lanes of a block whose nodes for a component are those that the settings ask for, not
  /// adopted ones.
  func ownLanes(_ block: Int, _ k: Int) -> Lanes {
    var result = lanes(of: block)
    guard !adoptions.isEmpty else { return result }
    for lane in 0..<blocks.width(block) where store[8 * block + lane, k].pointee.adoption > 0 {
      result[lane] = 0
    }
    return result
  }

  /// The results of the rank's subject in place `local`.
  package func posterior(_ local: Int) -> SubjectPosterior { posterior(local, in: blocks) }

  /// The results of the rank's subject in place `local`, as some blocks have them.
  func posterior(_ local: Int, in blocks: SubjectBlocks) -> SubjectPosterior {
    SubjectPosterior(layout: layout, values: rows(local..<local + 1, order: nil, in: blocks))
  }

  /// The rows of all subjects of the rank, one after another.
  package var posteriorRows: [Double] { rows(subjects.indices, order: nil, in: blocks) }

  /// The same with component `order[k]` in place k.
  package func posteriorRows(order: [Int]) -> [Double] { posteriorRows(order: order, in: blocks) }

  /// The same as some blocks have them.
  func posteriorRows(order: [Int], in blocks: SubjectBlocks) -> [Double] {
    rows(subjects.indices, order: order, in: blocks)
  }

  /// The rows of some subjects, written at once as an array of each costs more than its numbers.
  private func rows(_ places: Range<Int>, order: [Int]?, in blocks: SubjectBlocks) -> [Double] {
    [Double](unsafeUninitializedCapacity: places.count * layout.count) { values, count in
      defer { count = places.count * layout.count }
      guard var row = values.baseAddress else { return }
      let width = layout.componentStride
      for local in places {
        (row + layout.logLikelihood).initialize(to: blocks.logLikelihood[local / 8][local % 8])
        (row + layout.remedies).initialize(to: Double(remedies[local]))
        for k in 0..<model.componentCount {
          let lane = blocks.lane(local, order?[k] ?? k) + 8 * blocks.layout.results
          let own = row + layout.logIntegral(k)
          for e in 0..<width { (own + e).initialize(to: lane[8 * e]) }
        }
        row += layout.count
      }
    }
  }

  private func integrate(_ block: Int, iteration: Int, source: EnvelopeSource) {
    let first = 8 * block
    let width = blocks.width(block)
    for k in 0..<model.componentCount {
      if isLeft() { return }
      let mended = place(source, block, k)
      blocks.prepareWeights(block, k, densities)
      use(k, keepsPredictions: true)
      let chosen = ownLanes(block, k)
      if hasRule {
        sampleByRule(block, k, chosen: chosen)
      } else {
        for lane in 0..<width where chosen[lane] > 0 && !isLeft() {
          sample(first + lane, k, iteration: iteration, in: blocks)
        }
      }
      if !adoptions.isEmpty { sampleAdopted(block, k, iteration: iteration) }
      finish(block, k, in: blocks)
      if source == .previousMoments || source == .kept {
        let record = blocks.record(block, k)
        let limit = each(record[blocks.layout.samples]) { nodeSource.uselessSize($0) }
        let useless = cvector_select_less(
          record[blocks.layout.effectiveSize], limit, chosen, Lanes.all(0))
        if useless.largest > 0 {
          for lane in 0..<width where useless[lane] > 0 && mended[lane] == 0 && !isLeft() {
            mend(first + lane, k, iteration: iteration)
          }
        }
      }
      if mended.wrappedSum() > 0 {
        for lane in 0..<width where mended[lane] != 0 { remedies[first + lane] += 1 }
      }
    }
    blocks.combine(block)
  }

  /// Turns the kernel to a component.
  /// - Parameter keepsPredictions: whether its nodes are those of the E-step, where predictions may
  ///   be kept.
  func use(_ k: Int, keepsPredictions: Bool) {
    kernel.use(
      densities.directValues(k),
      predictions: keepsPredictions ? predictionStore?.cells(k) : nil,
      stride: model.componentCount)
  }

  func finish(_ block: Int, _ k: Int, in blocks: SubjectBlocks) {
    blocks.finish(
      block, k, logResidualDensity: densities.logResidualDensity)
  }

  /// Sums the weights of one subject and component.
  func sample(_ local: Int, _ k: Int, iteration: Int, in blocks: SubjectBlocks) {
    let lane = blocks.lane(local, k)
    let at = blocks.layout
    if lane[8 * at.reference].isFinite {
      sumWeights(local, k, iteration: iteration, in: blocks)
      let total = lane[8 * (at.sums + WeightSums.total)]
      // Beyond, squares of weights would leave the range of doubles.
      if total > 1e-140, total < 1e140 { return }
    }
    refer(local, k, iteration: iteration, in: blocks)
    sumWeights(local, k, iteration: iteration, in: blocks)
  }

  /// Sums the weights of a block's adopted nodes.
  private func sampleAdopted(_ block: Int, _ k: Int, iteration: Int) {
    for lane in 0..<blocks.width(block)
    where store[8 * block + lane, k].pointee.adoption > 0 {
      use(k, keepsPredictions: false)
      sample(8 * block + lane, k, iteration: iteration, in: blocks)
      use(k, keepsPredictions: true)
    }
  }

  private func sumWeights(_ local: Int, _ k: Int, iteration: Int, in blocks: SubjectBlocks) {
    let halfPrecision = 0.5 / densities.residualVariance
    let cell = store[local, k].pointee
    if cell.adoption > 0, !model.isFactored {
      guard let nodes = cell.nodes else { preconditionFailure("adopted nodes are there") }
      kernel.integrate(
        local, nodes: nodes, envelope: blocks.envelope(local, k),
        view: blocks.weightView(local, k), halfPrecision: halfPrecision)
    } else if keepsNodes || cell.adoption > 0 {
      let (nodes, table) = tabulated(local, k, iteration: iteration)
      kernel.weigh(
        nodes: nodes, table: table, view: blocks.weightView(local, k),
        halfPrecision: halfPrecision)
    } else {
      let request = request(local, k, iteration: iteration)
      predictionStore?.reserve(local, k, vectors: request.vectors)
      kernel.integrate(
        local, request, envelope: blocks.envelope(local, k),
        view: blocks.weightView(local, k), halfPrecision: halfPrecision)
    }
  }

  /// The nodes of a cell with the likelihood there.
  func tabulated(_ local: Int, _ k: Int, iteration: Int) -> (NodeSet, LikelihoodTable) {
    let cell = store[local, k]
    if let nodes = cell.pointee.nodes, let table = cell.pointee.table, cell.pointee.isTabulated {
      return (nodes, table)
    }
    if cell.pointee.adoption > 0, let nodes = cell.pointee.nodes, let table = cell.pointee.table {
      kernel.tabulate(local, envelope: blocks.envelope(local, k), nodes: nodes, into: table)
      cell.pointee.isTabulated = model.isFactored
      return (nodes, table)
    }
    let request = request(local, k, iteration: iteration)
    let isNew = cell.pointee.nodes == nil
    if isNew {
      store.reserve(
        local, k, samples: cell.pointee.samples, hasDensity: request.hasDensity,
        isForAll: keepsNodes)
    }
    guard let nodes = cell.pointee.nodes, let table = cell.pointee.table else {
      preconditionFailure("there is room for the nodes")
    }
    if isNew || request.prior != nil { kernel.draw(request, into: nodes) }
    kernel.tabulate(local, envelope: blocks.envelope(local, k), nodes: nodes, into: table)
    cell.pointee.isTabulated = true
    return (nodes, table)
  }

  /// Finds the largest weight, where nothing or a wrong number is known to compare weights with.
  private func refer(_ local: Int, _ k: Int, iteration: Int, in blocks: SubjectBlocks) {
    let lane = blocks.lane(local, k)
    lane[8 * blocks.layout.reference] = 0
    var largest = -Double.infinity
    withLogWeights(local, k, iteration: iteration, in: blocks) { weights in
      for weight in weights where weight > largest { largest = weight }
    }
    lane[8 * blocks.layout.reference] = largest.isFinite ? largest : 0
  }

  func address(_ local: Int, _ k: Int, iteration: Int) -> RandomAddress {
    RandomAddress(
      key: key, purpose: .expectationStep,
      iteration: settings.method.keepsNodes ? 0 : iteration, subject: subjects[local],
      component: componentAddresses[k])
  }

  private func request(_ local: Int, _ k: Int, iteration: Int) -> NodeRequest {
    let cell = store[local, k]
    return nodeSource.request(
      cell.pointee, address: address(local, k, iteration: iteration), prior: cell.pointee.prior)
  }
}
