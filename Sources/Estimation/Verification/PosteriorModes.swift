import CVector
import KernelInterface
import NumericKernels
import PopulationModel

/// The modes of p(Y_i | g(φ)) N(φ; μ_ik, Σ_k) of eight subjects, searched for from several places
/// that have nothing to do with the course of a fit: the best points of a lattice under the
/// component's density, the component's mean, and the modes given the other components. A climb
/// begins where the density is not what the parabolas about the modes that are known have there.
///
/// What is found depends on the parameters and the subject's records alone. The class owns its
/// memory.
final class PosteriorModes {
  /// Points under the component's density that are looked at.
  static func pointCount(_ p: Int) -> Int { p <= 2 ? 16 : 32 }
  /// Of the lattice's points the best, and the best that is farther from it than this, in standard
  /// deviations, are starts.
  static let apart = 1.0
  /// Squared distances, in the curvature at a mode: within the first a climb need not begin
  /// whatever the density, within the second two climbs have ended at the same mode.
  static let near = 6.25
  static let same = 1.0
  /// Climbs that would end so far below what has been seen of the subject are given up: e⁻³⁰ of its
  /// likelihood is nothing.
  static let hopeless = 30.0
  /// Modes of other components that are looked at.
  static let otherLimit = 3

  let expectation: ExpectationStep
  let p: Int
  let packed: Int
  let componentCount: Int
  /// Modes kept for each component.
  let capacity: Int
  private let memory: UnsafeMutablePointer<Lanes>
  let size: Int
  /// 1 in the lanes where a place holds a mode.
  let isThere: UnsafeMutablePointer<Lanes>
  let scratch: UnsafeMutablePointer<Lanes>
  /// Where climbs are.
  let work: ModeSlopes.Point
  /// The highest density that has been seen, with `logPrior`.
  var top = Lanes.all(0)
  /// Of each component, the lanes that climb to its modes.
  let masks: UnsafeMutablePointer<Lanes>
  /// Standard normal coordinates of the lattice's points: dimension d of point q at `d * pointCount
  /// + q`.
  let lattice: UnsafeMutablePointer<Double>
  let pointCount: Int
  /// |z|² of each of them.
  let squares: UnsafeMutablePointer<Double>

  init(_ expectation: ExpectationStep) {
    self.expectation = expectation
    p = expectation.model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    componentCount = expectation.model.componentCount
    capacity = 3 + min(Self.otherLimit, componentCount - 1)
    size = ModeSlopes.Point.size(p)
    let places = componentCount * capacity
    memory = .allocate(capacity: (places + 1) * size)
    memory.initialize(repeating: Lanes.all(0), count: (places + 1) * size)
    work = ModeSlopes.Point(memory + places * size, effectCount: p)
    masks = .allocate(capacity: componentCount)
    masks.initialize(repeating: Lanes.all(0), count: componentCount)
    isThere = .allocate(capacity: places)
    isThere.initialize(repeating: Lanes.all(0), count: places)
    scratch = .allocate(capacity: 3 * p + 2)
    scratch.initialize(repeating: Lanes.all(0), count: 3 * p + 2)
    let count = Self.pointCount(p)
    pointCount = count
    lattice = .allocate(capacity: p * count)
    for d in 0..<p {
      for first in stride(from: 0, to: count, by: 8) {
        let u =
          p <= Lattice.dimensionLimit
          ? Lattice.coordinates(
            first: first, step: Lattice.generator(dimension: d), count: count,
            shift: 0.5 / Double(count))
          : RandomAddress(key: 0, purpose: .sobolScramble, subject: d)
            .uniforms(firstSample: first, pair: 0).0
        let z = normalQuantile(u)
        for lane in 0..<8 { (lattice + d * count + first + lane).initialize(to: z[lane]) }
      }
      // The first is the mean.
      lattice[d * count] = 0
    }
    squares = .allocate(capacity: count)
    for q in 0..<count {
      let square = (0..<p).reduce(0.0) { $0 + lattice[$1 * count + q] * lattice[$1 * count + q] }
      (squares + q).initialize(to: square)
    }
  }

  deinit {
    memory.deallocate()
    isThere.deallocate()
    masks.deallocate()
    scratch.deallocate()
    lattice.deallocate()
    squares.deallocate()
  }

  /// The mode in place m of component k; see `isThere`.
  func mode(_ k: Int, _ m: Int) -> ModeSlopes.Point {
    ModeSlopes.Point(memory + (k * capacity + m) * size, effectCount: p)
  }

  /// 1 in the lanes where there is a mode in place m of component k.
  func isThere(_ k: Int, _ m: Int) -> Lanes { isThere[k * capacity + m] }

  /// Finds the modes of a block for all components.
  /// - Parameters:
  ///   - chosen: above 0 in the lanes to search for.
  ///   - blocks: have the means μ_ik of the parameters at hand.
  func find(_ block: Int, chosen: Lanes, in blocks: SubjectBlocks) {
    for place in 0..<componentCount * capacity { isThere[place] = Lanes.all(0) }
    top = Lanes.all(-.infinity)
    for k in 0..<componentCount {
      expectation.use(k, keepsPredictions: false)
      placeStarts(block, k, chosen, blocks)
      top = larger(top, mode(k, 0).value.pointee + logPrior(block, k, blocks))
    }
    climb(block, from: 0..<3, chosen, blocks)
    guard componentCount > 1 else { return }
    for k in 0..<componentCount {
      expectation.use(k, keepsPredictions: false)
      for (m, l) in others(k).enumerated() {
        let point = mode(k, 3 + m)
        point.position.update(from: highest(l), count: p)
        point.value.pointee = density(block, k, at: point.position, chosen, blocks)
      }
    }
    climb(block, from: 3..<capacity, chosen, blocks)
  }

  /// log w_ik − log |Λ_k|, which makes densities of the components comparable.
  func logPrior(_ block: Int, _ k: Int, _ blocks: SubjectBlocks) -> Lanes {
    blocks.record(block, k)[blocks.layout.logPrior]
  }
}
