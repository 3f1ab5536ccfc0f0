import KernelInterface
import NumericKernels
import PopulationModel

/// Predictions at the nodes of each subject and component of a rank, for models with direct
/// parameters: while the nodes and the structural direct parameters stay, an E-step takes no look
/// at the structural model.
///
/// The results are the same with and without it.
final class PredictionStore {
  private let all: UnsafeMutablePointer<PredictionCell>
  private let programs: UnsafePointer<SubjectProgram>
  private let subjectCount: Int
  private let componentCount: Int
  private let structuralCount: Int
  private let structuralPlaces: [Int]
  /// The values that the predictions hold for.
  private var structural: [[Double]] = []
  private var freeVectors: Int

  /// - Parameter memoryLimit: in bytes; cells for which there is no room are not kept.
  init(programs owner: SubjectPrograms, model: MixtureModel, memoryLimit: Int) {
    programs = owner.programs
    subjectCount = owner.events.count
    componentCount = model.componentCount
    structuralCount = model.fixedEffects.count
    structuralPlaces = model.direct.indices.filter { model.direct[$0].isStructural }
    freeVectors = memoryLimit / MemoryLayout<Lanes>.stride
    let count = subjectCount * componentCount
    all = .allocate(capacity: max(1, count))
    all.initialize(repeating: PredictionCell(), count: count)
  }

  deinit {
    for c in 0..<subjectCount * componentCount { all[c].memory?.deallocate() }
    all.deallocate()
  }

  /// The cell of the first subject, from which those of the others are K apart.
  func cells(_ k: Int) -> UnsafeMutablePointer<PredictionCell> { all + k }

  /// Forgets everything if structural parameters have changed.
  func turn(to parameters: PopulationParameters) {
    let values = parameters.direct.map { row in structuralPlaces.map { row[$0] } }
    guard values != structural else { return }
    structural = values
    for c in 0..<subjectCount * componentCount { all[c].filled = 0 }
  }

  /// The envelope has changed.
  func forget(_ subject: Int, _ k: Int) { all[subject * componentCount + k].filled = 0 }

  /// The number of nodes changes.
  func release(_ subject: Int, _ k: Int) {
    let cell = all + subject * componentCount + k
    guard let memory = cell.pointee.memory else { return }
    freeVectors += size(subject, stride: cell.pointee.stride)
    memory.deallocate()
    cell.pointee = PredictionCell()
  }

  /// Makes room for the predictions at some vectors of nodes, if there is any left.
  func reserve(_ subject: Int, _ k: Int, vectors: Int) {
    let cell = all + subject * componentCount + k
    // An odd number, so that rows do not all fall on the same lines of the cache.
    let stride = vectors | 1
    if cell.pointee.memory != nil {
      if cell.pointee.stride == stride { return }
      release(subject, k)
    }
    let size = size(subject, stride: stride)
    guard size > 0, size <= freeVectors else { return }
    freeVectors -= size
    cell.pointee.memory = .allocate(capacity: size)
    cell.pointee.stride = stride
  }

  private func size(_ subject: Int, stride: Int) -> Int {
    programs[subject].observationCount * (1 + structuralCount) * stride
  }
}
