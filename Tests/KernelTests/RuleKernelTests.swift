import Estimation
import KernelInterface
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// Eight subjects or fewer with envelopes of their own, a rule, and memory for sums.
private final class BlockBench {
  let kernel: any SubjectKernel
  let p = 2
  let count: Int
  let rule: QuadratureRule
  let subjectCount: Int
  /// m and L, offset and whitening, the reference and the sums.
  private let numbers: UnsafeMutablePointer<Lanes>
  private let table: LikelihoodTable
  private var owned: [UnsafeMutablePointer<Lanes>] = []

  init(
    _ subjects: [Subject], _ residual: ResidualErrorModel, nodes count: Int, _ build: KernelBuild,
    envelopes: [Int]? = nil, structural: (any StructuralModel)? = nil
  ) {
    subjectCount = subjects.count
    self.count = count
    let model = kernelTestModel(residual, structural)
    kernel = build.makeKernel(
      KernelPlan(
        programs: SubjectPrograms(
          model: model, events: subjects.map { EventProgram($0, for: model.structural) }),
        pointCapacity: 4))
    var owned: [UnsafeMutablePointer<Lanes>] = []
    func lanes(_ count: Int) -> UnsafeMutablePointer<Lanes> {
      let pointer = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
      pointer.initialize(repeating: Lanes.all(0), count: count)
      owned.append(pointer)
      return pointer
    }
    let vectors = (count + 7) / 8
    let (few, many) = (lanes(3 * vectors), lanes(3 * count))
    for l in 0..<count {
      let node = [0.7 * Double(l % 5) - 1.4, 0.3 * Double(l % 7) - 0.9, 0.5 + Double(l % 3)]
      for q in 0..<3 {
        few[q * vectors + l / 8][l % 8] = node[q]
        many[q * count + l] = Lanes.all(node[q])
      }
    }
    rule = QuadratureRule(
      count: count,
      nodes: NodeSet(
        vectors: vectors, z: few, stride: vectors, inverseDensity: few + 2 * vectors),
      spread: NodeSet(
        vectors: count, z: many, stride: count, inverseDensity: many + 2 * count))
    numbers = lanes(32)
    for lane in 0..<8 {
      let own = Double(envelopes?[lane] ?? lane)
      for (element, value) in [
        20 + 0.3 * own, 0.3 + 0.01 * own, 1.5, 0.01, 0.02, 0.1, 0.05 * own, 0.4, 0.1, 0.3, 0.5,
      ].enumerated() {
        numbers[element][lane] = value
      }
    }
    table = LikelihoodTable(
      factor: lanes(count), squares: lanes(count), exponent: lanes(count))
    self.owned = owned
  }

  deinit { for pointer in owned { pointer.deallocate() } }

  private var view: BlockView {
    BlockView(
      mean: numbers, factor: numbers + 2, offset: numbers + 5, whitening: numbers + 7,
      reference: numbers + 10, sums: numbers + 11)
  }

  /// The sums of one subject.
  func sums(_ lane: Int) -> [Double] {
    (0..<WeightSums.count(p)).map { numbers[11 + $0][lane] }
  }

  func streamed(chosen: Lanes = Lanes.all(1)) {
    var chosen = chosen
    kernel.integrate(block: 0, rule: rule, view: view, halfPrecision: 20, chosen: &chosen)
  }

  func kept(hasExponent: Bool) {
    let table = LikelihoodTable(
      factor: table.factor, squares: table.squares,
      exponent: hasExponent ? table.exponent : nil)
    kernel.tabulate(block: 0, view: view, rule: rule, into: table)
    var chosen = Lanes.all(1)
    kernel.weigh(rule: rule, table: table, view: view, halfPrecision: 20, chosen: &chosen)
  }

  /// The sums of one subject by the kernel that takes one at a time, eight nodes to a vector.
  func alone(_ lane: Int) -> [Double] {
    func numbers(_ place: Int) -> UnsafeMutablePointer<Double> {
      UnsafeMutableRawPointer(self.numbers + place).assumingMemoryBound(to: Double.self) + lane
    }
    let vectors = rule.nodes.vectors
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: 3 * vectors)
    memory.initialize(repeating: Lanes.all(0), count: 3 * vectors)
    defer { memory.deallocate() }
    let table = LikelihoodTable(
      factor: memory, squares: memory + vectors, exponent: memory + 2 * vectors)
    kernel.tabulate(
      lane, envelope: EnvelopeView(mean: numbers(0), factor: numbers(2)), nodes: rule.nodes,
      into: table)
    kernel.weigh(
      nodes: rule.nodes, table: table,
      view: WeightView(
        offset: numbers(5), whitening: numbers(7), reference: numbers(10).pointee,
        sums: numbers(11)), halfPrecision: 20)
    return sums(lane)
  }
}

@Suite("Kernels for eight subjects at once")
struct RuleKernelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let subjects: [Subject]
  }

  static let alike = Case(
    testDescription: "the same times, each with data of its own",
    subjects: (0..<8).map { kernelTestSubject(observations: 5, shift: $0) })
  static let unlike = Case(
    testDescription: "each with other times, numbers of observations and doses",
    subjects: (0..<8).map {
      kernelTestSubject(
        observations: 3 + 4 * $0, doses: $0 % 3 == 0 ? [0] : [0, 1.7], zeros: $0 == 5, shift: $0)
    })
  static let long = Case(
    testDescription: "some with many observations",
    subjects: (0..<8).map {
      kernelTestSubject(observations: $0 % 2 == 0 ? 7 : 90, shift: $0)
    })

  @Test(
    "a subject's sums are the same bits in any company and any lane",
    arguments: [alike, unlike, long], [ResidualErrorModel.proportional, .additive])
  func company(example: Case, residual: ResidualErrorModel) {
    let subjects = example.subjects
    let together = BlockBench(subjects, residual, nodes: 49, .best)
    together.streamed()
    for lane in 0..<8 {
      // Alone, and among others in another place.
      let single = BlockBench(
        [subjects[lane]], residual, nodes: 49, .best,
        envelopes: [Int](repeating: lane, count: 8))
      single.streamed()
      #expect(single.sums(0) == together.sums(lane), "\(lane)")
      let turned = BlockBench(
        (0..<8).map { subjects[($0 + lane) % 8] }, residual, nodes: 49, .best,
        envelopes: (0..<8).map { ($0 + lane) % 8 })
      turned.streamed()
      #expect(turned.sums(0) == together.sums(lane), "\(lane)")
    }
    #expect((0..<8).count { together.sums($0)[WeightSums.total] > 0 } >= 7)
  }

  @Test(
    "tables that are kept and nodes that are computed again give the same bits",
    arguments: [alike, unlike, long], [ResidualErrorModel.proportional, .additive])
  func keeping(example: Case, residual: ResidualErrorModel) {
    let subjects = example.subjects
    let bench = BlockBench(subjects, residual, nodes: 81, .best)
    bench.streamed()
    let streamed = (0..<8).map { bench.sums($0) }
    bench.kept(
      hasExponent: residual == .proportional
        && subjects.contains { $0.occasions[0].observations.count > 64 })
    #expect((0..<8).map { bench.sums($0) } == streamed)
  }

  @Test(
    "all builds that this processor runs give the same bits",
    arguments: [alike, unlike, long], [ResidualErrorModel.proportional, .additive])
  func builds(example: Case, residual: ResidualErrorModel) {
    let subjects = example.subjects
    let results = KernelBuild.runnable.map { build in
      let bench = BlockBench(subjects, residual, nodes: 49, build)
      bench.streamed()
      return (0..<8).map { bench.sums($0) }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(
    "eight subjects at once have the sums of each by itself, but for rounding",
    arguments: [alike, unlike, long], [ResidualErrorModel.proportional, .additive])
  func agreement(example: Case, residual: ResidualErrorModel) {
    let subjects = example.subjects
    let bench = BlockBench(subjects, residual, nodes: 25, .best)
    bench.streamed()
    for lane in 0..<8 {
      let together = bench.sums(lane)
      let alone = bench.alone(lane)
      for (a, b) in zip(together, alone) {
        #expect(abs(a - b) <= 1e-13 * max(alone[WeightSums.total], abs(b)), "\(lane)")
      }
    }
  }

  @Test("only the lanes that are chosen get new sums")
  func choice() {
    let bench = BlockBench(Self.alike.subjects, .proportional, nodes: 25, .best)
    bench.streamed()
    let all = (0..<8).map { bench.sums($0) }
    let other = BlockBench(Self.alike.subjects, .proportional, nodes: 25, .best)
    other.streamed(chosen: Lanes(0, 1, 0, 0, 1, 0, 0, 0))
    for lane in 0..<8 {
      #expect(
        other.sums(lane)
          == (lane == 1 || lane == 4 ? all[lane] : [Double](repeating: 0, count: all[lane].count)))
    }
  }
}
