import KernelInterface
import NumericKernels
import PopulationModel

/// What is known of the likelihood at the nodes of a quadrature rule, for each block of eight
/// subjects and component of a rank.
///
/// Most often all subjects of a block have the same T. Where some have taken more nodes there is a
/// table of the whole block for each T, so that no lane depends on the T of another one.
final class RuleTables {
  struct Entry {
    /// T
    let samples: Int
    let table: LikelihoodTable
    /// Whether the table holds for the envelopes as they are.
    var isTabulated = false
    fileprivate let memory: UnsafeMutablePointer<Lanes>
    fileprivate var next: UnsafeMutablePointer<Entry>?
  }

  private let heads: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
  private let count: Int
  private let componentCount: Int
  private let programs: UnsafePointer<SubjectProgram>
  private let subjectCount: Int
  private let isProportional: Bool

  init(programs owner: SubjectPrograms) {
    componentCount = owner.model.componentCount
    subjectCount = owner.events.count
    programs = owner.programs
    isProportional = owner.kernelModel.isProportional
    count = (subjectCount + 7) / 8 * componentCount
    heads = .allocate(capacity: max(1, count))
    heads.initialize(repeating: nil, count: max(1, count))
  }

  deinit {
    releaseAll()
    heads.deallocate()
  }

  /// The table of a block for T nodes, which is made if there is none.
  func entry(_ block: Int, _ k: Int, samples: Int) -> UnsafeMutablePointer<Entry> {
    let head = heads + block * componentCount + k
    var entry = head.pointee
    while let found = entry {
      if found.pointee.samples == samples { return found }
      entry = found.pointee.next
    }
    let hasExponent =
      isProportional
      && (8 * block..<min(8 * block + 8, subjectCount)).contains {
        programs[$0].observationCount > 64
      }
    let stride = samples | 1
    // Whatever is read of it has been tabulated before.
    let memory = UnsafeMutablePointer<Lanes>.allocate(
      capacity: (hasExponent ? 3 : 2) * stride)
    let new = UnsafeMutablePointer<Entry>.allocate(capacity: 1)
    new.initialize(
      to: Entry(
        samples: samples,
        table: LikelihoodTable(
          factor: memory, squares: memory + stride,
          exponent: hasExponent ? memory + 2 * stride : nil),
        memory: memory, next: head.pointee))
    head.pointee = new
    return new
  }

  /// The envelopes of a block have changed.
  func invalidate(_ block: Int, _ k: Int) {
    var entry = heads[block * componentCount + k]
    while let found = entry {
      found.pointee.isTabulated = false
      entry = found.pointee.next
    }
  }

  /// Gives the room of a block's tables back.
  func release(_ block: Int, _ k: Int) {
    let head = heads + block * componentCount + k
    while let entry = head.pointee {
      head.pointee = entry.pointee.next
      entry.pointee.memory.deallocate()
      entry.deallocate()
    }
  }

  func releaseAll() {
    for block in 0..<(subjectCount + 7) / 8 {
      for k in 0..<componentCount { release(block, k) }
    }
  }
}
