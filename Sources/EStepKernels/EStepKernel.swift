public import KernelInterface
import NumericKernels
import PopulationModel

/// The kernels of the module's instruction set.
///
/// Only pointers and numbers in here: what is generic or counted by reference would be compiled for
/// the widest instruction set and might be shared by the linker with the rest of the program.
final class EStepKernel: SubjectKernel {
  /// Vectors in a batch: with five observations its scratch stays in the first-level cache.
  static let batchCapacity = 32

  let programs: UnsafePointer<SubjectProgram>
  let subjectCount: Int
  /// See `SubjectPrograms.isAlike`.
  let isAlike: UnsafePointer<Bool>
  let p: Int
  let packed: Int
  let isProportional: Bool
  let decay: DecayForm?
  let places: UnsafePointer<Int>
  let transforms: UnsafePointer<EffectDistribution>
  let directCount: Int
  let structuralCount: Int
  let structuralPlaces: UnsafePointer<Int>
  /// ψ of the component at hand, and the predictions of it that are kept; see `use`.
  var direct: DirectValues?
  var predictionCells: UnsafeMutablePointer<PredictionCell>?
  var cellStride = 0
  /// For models that the kernels do not know.
  let predictor: Predictor

  let points: UnsafeMutablePointer<Lanes>
  let logLikelihoods: UnsafeMutablePointer<Lanes>
  let predictions: UnsafeMutablePointer<Lanes>
  let pointTable: LikelihoodTable
  var squares: UnsafeMutablePointer<Lanes> { pointTable.squares }
  /// θ of the batch: parameter j of vector v at `j * batchCapacity + v`.
  let parameters: UnsafeMutablePointer<Lanes>
  let powers: UnsafeMutablePointer<Lanes>
  /// The envelope and the values of the program's steps at hand, the same in all lanes or of eight
  /// subjects.
  let mean: UnsafeMutablePointer<Lanes>
  let factor: UnsafeMutablePointer<Lanes>
  let values: UnsafeMutablePointer<Lanes>
  let scales: UnsafeMutablePointer<Lanes>
  /// The block whose data are there, and whether all its observations are above 0; −1: those of one
  /// subject are.
  var gatheredBlock = -1
  var gatheredIsPositive = false
  /// A row of L in the scale of the parameter.
  let scaledRow: UnsafeMutablePointer<Lanes>
  /// What `WeightMap` points to where all lanes have the same.
  let offset: UnsafeMutablePointer<Lanes>
  let whitening: UnsafeMutablePointer<Lanes>
  let reference: UnsafeMutablePointer<Lanes>
  /// Where `integrate` keeps a batch.
  let batchNodes: UnsafeMutablePointer<Lanes>
  let batchMemory: UnsafeMutablePointer<Lanes>
  /// One subject's points, predictions and log-likelihoods, eight points to a vector; see
  /// `evaluate`.
  let lanePoints: UnsafeMutablePointer<Lanes>
  let lanePredictions: UnsafeMutablePointer<Lanes>
  let laneLogLikelihoods: UnsafeMutablePointer<Lanes>
  /// Predictions on the other side of a central difference.
  let otherPredictions: UnsafeMutablePointer<Lanes>
  let observationScratch: UnsafeMutablePointer<Lanes>
  let chiSquares: UnsafeMutablePointer<Lanes>
  let censoredScratch: UnsafeMutablePointer<Lanes>
  /// Columns of a batch for the direct parameters, and those of one of eight subjects.
  let directMemory: UnsafeMutablePointer<Lanes>
  let laneColumns: UnsafeMutablePointer<Lanes>
  let informations: UnsafeMutablePointer<Lanes>
  let laneInformations: UnsafeMutablePointer<Lanes>
  /// Features of some nodes, and one of them times the weights; see `sumProducts`.
  let features: UnsafeMutablePointer<Lanes>
  /// The table of one of eight subjects.
  let laneTable: UnsafeMutablePointer<Lanes>
  let batchWeights: UnsafeMutablePointer<Lanes>
  /// Sums of the subject and component at hand, by lane.
  let laneSums: UnsafeMutablePointer<Lanes>
  let sumCount: Int
  let nodeDraw: NodeDraw

  init(_ plan: KernelPlan) {
    let owner = plan.programs
    programs = owner.programs
    let model = owner.kernelModel
    subjectCount = owner.events.count
    isAlike = owner.isAlike
    p = model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    isProportional = model.isProportional
    decay = model.decay
    places = model.places
    transforms = model.transforms
    directCount = model.directCount
    structuralCount = model.structuralCount
    structuralPlaces = model.structuralPlaces
    predictor = Predictor(owner)
    func lanes(_ count: Int) -> UnsafeMutablePointer<Lanes> {
      let pointer = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
      pointer.initialize(repeating: Lanes.all(0), count: count)
      return pointer
    }
    let batch = Self.batchCapacity
    let capacity = max(batch, plan.pointCapacity)
    points = lanes(p * capacity)
    logLikelihoods = lanes(capacity)
    let rows = max(1, owner.largestObservationCount)
    let hasDirect = directCount > 0
    predictions = lanes(rows * (1 + structuralCount) * capacity)
    otherPredictions = lanes(structuralCount > 0 ? rows * capacity : 1)
    observationScratch = lanes(hasDirect ? capacity : 1)
    chiSquares = lanes(hasDirect ? capacity : 1)
    censoredScratch = lanes(hasDirect ? 5 * capacity : 1)
    let columns = DirectColumns.count(directCount) * DecayStep.batchStride
    directMemory = lanes(max(1, columns))
    laneColumns = lanes(max(1, columns))
    informations = lanes(hasDirect ? rows * capacity : 1)
    pointTable = LikelihoodTable(
      factor: lanes(capacity), squares: lanes(capacity), exponent: lanes(capacity))
    parameters = lanes((p + structuralCount) * capacity)
    powers = lanes(max(1, owner.largestPowerCount) * DecayStep.batchStride)
    mean = lanes(p)
    factor = lanes(packed)
    values = lanes(max(1, owner.largestStepCount))
    scales = lanes(max(1, owner.largestStepCount))
    scaledRow = lanes(p)
    offset = lanes(p)
    whitening = lanes(packed)
    reference = lanes(1)
    laneTable = lanes(3 * batch)
    let pointVectors = (plan.pointCapacity + 7) / 8
    lanePoints = lanes(p * pointVectors)
    lanePredictions = lanes(max(1, owner.largestObservationCount) * pointVectors)
    laneInformations = lanes(hasDirect ? rows * pointVectors : 1)
    laneLogLikelihoods = lanes(pointVectors)
    features = lanes((3 + p + packed) * Self.productBatch)
    batchNodes = lanes((p + 1) * DecayStep.batchStride)
    batchMemory = lanes(3 * DecayStep.batchStride)
    batchWeights = lanes(batch)
    sumCount = WeightSums.count(p) + DirectColumns.count(directCount)
    laneSums = lanes(sumCount)
    nodeDraw = NodeDraw(dimensions: p, capacity: batch)
  }

  deinit {
    points.deallocate()
    logLikelihoods.deallocate()
    predictions.deallocate()
    pointTable.factor.deallocate()
    pointTable.squares.deallocate()
    pointTable.exponent?.deallocate()
    parameters.deallocate()
    powers.deallocate()
    for pointer in [mean, factor, values, scales, scaledRow, offset, whitening, reference] {
      pointer.deallocate()
    }
    laneTable.deallocate()
    for pointer in [
      otherPredictions, observationScratch, chiSquares, censoredScratch, directMemory, laneColumns,
      informations, laneInformations,
    ] {
      pointer.deallocate()
    }
    features.deallocate()
    lanePoints.deallocate()
    lanePredictions.deallocate()
    laneLogLikelihoods.deallocate()
    batchNodes.deallocate()
    batchMemory.deallocate()
    batchWeights.deallocate()
    laneSums.deallocate()
  }

  func use(
    _ direct: DirectValues?, predictions: UnsafeMutablePointer<PredictionCell>?, stride: Int
  ) {
    self.direct = direct
    predictionCells = predictions
    cellStride = stride
  }

  /// The columns that `integrate` fills; `nil` in a model without direct parameters.
  var columns: UnsafeMutablePointer<Lanes>? { directCount > 0 ? directMemory : nil }

  func draw(_ request: NodeRequest, into nodes: NodeSet) {
    nodeDraw.randomize(request)
    var first = 0
    while first < nodes.vectors {
      let count = min(Self.batchCapacity, nodes.vectors - first)
      nodeDraw.draw(
        request, first: first, count: count, z: nodes.z + first, stride: nodes.stride,
        inverseDensity: nodes.inverseDensity.map { $0 + first })
      first += count
    }
  }

  func tabulate(
    _ subject: Int, envelope: EnvelopeView, nodes: NodeSet, into table: LikelihoodTable
  ) {
    spread(subject, envelope)
    var first = 0
    while first < nodes.vectors {
      let count = min(Self.batchCapacity, nodes.vectors - first)
      likelihood(
        subject, z: nodes.z + first, stride: nodes.stride,
        inverseDensity: nodes.inverseDensity.map { $0 + first }, count: count,
        table: table, first: first, isPositive: programs[subject].isPositive, node: first,
        columns: nil)
      first += count
    }
  }

  func integrate(
    _ subject: Int, _ request: NodeRequest, envelope: EnvelopeView, view: WeightView,
    halfPrecision: Double
  ) {
    let batch = Self.batchCapacity
    let vectors = request.vectors
    nodeDraw.randomize(request)
    spread(subject, envelope)
    let map = spread(view)
    let isPositive = programs[subject].isPositive
    let table = batchTable(hasExponent: needsExponent(subject))
    let z = batchNodes
    let stride = DecayStep.batchStride
    let inverseDensity = request.hasDensity ? batchNodes + p * stride : nil
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    var first = 0
    while first < vectors {
      let count = min(batch, vectors - first)
      nodeDraw.draw(
        request, first: first, count: count, z: z, stride: stride,
        inverseDensity: inverseDensity)
      likelihood(
        subject, z: z, stride: stride, inverseDensity: inverseDensity, count: count,
        table: table, first: 0, isPositive: isPositive, node: first, columns: columns)
      accumulate(
        z: z, stride: stride, hasDensity: inverseDensity != nil, table: table, count: count,
        map: map, halfPrecision: halfPrecision, columns: columns)
      first += count
    }
    storeSums(view.sums)
  }

  func integrate(
    _ subject: Int, nodes: NodeSet, envelope: EnvelopeView, view: WeightView,
    halfPrecision: Double
  ) {
    spread(subject, envelope)
    let map = spread(view)
    let isPositive = programs[subject].isPositive
    let table = batchTable(hasExponent: needsExponent(subject))
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    var first = 0
    while first < nodes.vectors {
      let count = min(Self.batchCapacity, nodes.vectors - first)
      let inverseDensity = nodes.inverseDensity.map { $0 + first }
      likelihood(
        subject, z: nodes.z + first, stride: nodes.stride, inverseDensity: inverseDensity,
        count: count, table: table, first: 0, isPositive: isPositive, node: first,
        columns: columns)
      accumulate(
        z: nodes.z + first, stride: nodes.stride, hasDensity: inverseDensity != nil, table: table,
        count: count, map: map, halfPrecision: halfPrecision, columns: columns)
      first += count
    }
    storeSums(view.sums)
  }

  func weigh(nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double) {
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    accumulate(
      z: nodes.z, stride: nodes.stride, hasDensity: nodes.inverseDensity != nil, table: table,
      count: nodes.vectors, map: spread(view), halfPrecision: halfPrecision, columns: nil)
    storeSums(view.sums)
  }

  /// Puts one subject's envelope and data into all lanes.
  func spread(_ subject: Int, _ envelope: EnvelopeView) {
    for i in 0..<p { mean[i] = Lanes.all(envelope.mean[8 * i]) }
    for e in 0..<packed { factor[e] = Lanes.all(envelope.factor[8 * e]) }
    spreadData(subject)
  }

  /// Puts one subject's data into all lanes.
  func spreadData(_ subject: Int) {
    gatheredBlock = -1
    let steps = programs[subject].steps
    for s in 0..<programs[subject].stepCount {
      values[s] = Lanes.all(steps[s].value)
      scales[s] = Lanes.all(steps[s].scale)
    }
  }

  /// Where `integrate` keeps the likelihood of a batch.
  func batchTable(hasExponent: Bool) -> LikelihoodTable {
    LikelihoodTable(
      factor: batchMemory, squares: batchMemory + DecayStep.batchStride,
      exponent: hasExponent ? batchMemory + 2 * DecayStep.batchStride : nil)
  }

  /// Whether the product of all h may leave the range of doubles.
  func needsExponent(_ subject: Int) -> Bool {
    isProportional && programs[subject].observationCount > Self.productLimit
  }

  /// Factors of a product about 1 that cannot overflow for samples whose likelihood counts.
  static let productLimit = 64
}

/// The kernel in this module's build.
public func makeSubjectKernel(_ plan: KernelPlan) -> any SubjectKernel { EStepKernel(plan) }
