import KernelInterface
import NumericKernels

/// The kernels of the module's instruction set.
///
/// Only pointers and numbers in here: what is generic or counted by reference would be compiled for the widest instruction set and
/// might be shared by the linker with the rest of the program.
final class EStepKernel: SubjectKernel {
  /// Vectors in a batch: with five observations its scratch stays in the first-level cache.
  static let batchCapacity = 32

  let programs: UnsafePointer<SubjectProgram>
  let p: Int
  let isProportional: Bool
  let structure: KernelModel.Structure
  let places: UnsafePointer<Int>
  let isLognormal: UnsafePointer<Bool>
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
  /// Where `integrate` keeps a batch.
  let batchNodes: UnsafeMutablePointer<Lanes>
  let batchTable: UnsafeMutablePointer<Lanes>
  let batchWeights: UnsafeMutablePointer<Lanes>
  /// Sums of the subject and component at hand, by lane.
  let laneSums: UnsafeMutablePointer<Lanes>
  let sumCount: Int
  let nodeDraw: NodeDraw

  init(_ plan: KernelPlan) {
    let owner = plan.programs
    programs = owner.programs
    let model = owner.kernelModel
    p = model.effectCount
    isProportional = model.isProportional
    structure = model.structure
    places = model.places
    isLognormal = model.isLognormal
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
    predictions = lanes(max(1, owner.largestObservationCount) * capacity)
    pointTable = LikelihoodTable(
      factor: lanes(capacity), squares: lanes(capacity), exponent: lanes(capacity))
    parameters = lanes(p * capacity)
    powers = lanes(max(1, owner.largestPowerCount) * DecayStep.batchStride)
    batchNodes = lanes((p + 1) * DecayStep.batchStride)
    batchTable = lanes(3 * DecayStep.batchStride)
    batchWeights = lanes(batch)
    sumCount = WeightSums.count(p)
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
    batchNodes.deallocate()
    batchTable.deallocate()
    batchWeights.deallocate()
    laneSums.deallocate()
  }

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
    var first = 0
    while first < nodes.vectors {
      let count = min(Self.batchCapacity, nodes.vectors - first)
      likelihood(
        subject, envelope: envelope, z: nodes.z + first, stride: nodes.stride,
        inverseDensity: nodes.inverseDensity.map { $0 + first }, count: count,
        table: table, first: first)
      first += count
    }
  }

  func integrate(
    _ subject: Int, _ request: NodeRequest, envelope: EnvelopeView, view: WeightView,
    halfPrecision: Double
  ) {
    let batch = Self.batchCapacity
    let vectors = request.vectors
    var fixed: NodeSet?
    if case .table(let set) = request.kind { fixed = set }
    if fixed == nil { nodeDraw.randomize(request) }
    let table = LikelihoodTable(
      factor: batchTable, squares: batchTable + DecayStep.batchStride,
      exponent: needsExponent(subject) ? batchTable + 2 * DecayStep.batchStride : nil)
    let drawnDensity = request.hasDensity ? batchNodes + p * DecayStep.batchStride : nil
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    var first = 0
    while first < vectors {
      let count = min(batch, vectors - first)
      var z = batchNodes
      var stride = DecayStep.batchStride
      var inverseDensity = drawnDensity
      if let fixed {
        (z, stride) = (fixed.z + first, fixed.stride)
        inverseDensity = fixed.inverseDensity.map { $0 + first }
      } else {
        nodeDraw.draw(
          request, first: first, count: count, z: z, stride: stride,
          inverseDensity: inverseDensity)
      }
      likelihood(
        subject, envelope: envelope, z: z, stride: stride, inverseDensity: inverseDensity,
        count: count, table: table, first: 0)
      accumulate(
        z: z, stride: stride, hasDensity: inverseDensity != nil, table: table, count: count,
        view: view, halfPrecision: halfPrecision)
      first += count
    }
    storeSums(view.sums)
  }

  func weigh(nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double) {
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    accumulate(
      z: nodes.z, stride: nodes.stride, hasDensity: nodes.inverseDensity != nil, table: table,
      count: nodes.vectors, view: view, halfPrecision: halfPrecision)
    storeSums(view.sums)
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
