import Estimation
import Glibc
import KernelInterface
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// Kernels for one subject, with memory for a cell.
private final class Bench {
  let model: MixtureModel
  let kernel: any SubjectKernel
  let p: Int
  /// Envelope and weights, one lane of eight, as the kernels want them.
  let numbers: UnsafeMutablePointer<Double>
  private var owned: [UnsafeMutablePointer<Lanes>] = []

  init(_ model: MixtureModel, _ subject: Subject, _ build: KernelBuild) {
    self.model = model
    p = model.effectCount
    kernel = build.makeKernel(
      KernelPlan(
        programs: SubjectPrograms(
          model: model, events: [EventProgram(subject, for: model.structural)]),
        pointCapacity: 4))
    numbers = .allocate(capacity: 8 * 64)
    numbers.initialize(repeating: 0, count: 8 * 64)
    let packed = p * (p + 1) / 2
    for i in 0..<p {
      numbers[8 * i] = model.effects[i].name == "V" ? 20 : 0.3
      numbers[8 * (p + i * (i + 3) / 2)] = model.effects[i].name == "V" ? 1.5 : 0.02
      numbers[8 * (16 + i)] = 0.1
      numbers[8 * (16 + p + i * (i + 3) / 2)] = 0.4
    }
    if packed > 1 { numbers[8 * (p + 1)] = 0.01 }
  }

  deinit {
    numbers.deallocate()
    for pointer in owned { pointer.deallocate() }
  }

  var envelope: EnvelopeView { EnvelopeView(mean: numbers, factor: numbers + 8 * p) }

  func view(_ reference: Double = 0) -> WeightView {
    WeightView(
      offset: numbers + 8 * 16, whitening: numbers + 8 * (16 + p), reference: reference,
      sums: numbers + 8 * 32)
  }

  var sums: [Double] { (0..<WeightSums.count(p)).map { numbers[8 * (32 + $0)] } }

  func lanes(_ count: Int) -> UnsafeMutablePointer<Lanes> {
    let pointer = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
    pointer.initialize(repeating: Lanes.all(0), count: count)
    owned.append(pointer)
    return pointer
  }

  /// The sums over kept nodes.
  func kept(_ request: NodeRequest, halfPrecision: Double, hasExponent: Bool) -> [Double] {
    let vectors = request.vectors
    let nodes = NodeSet(
      vectors: vectors, z: lanes(p * vectors), stride: vectors,
      inverseDensity: request.hasDensity ? lanes(vectors) : nil)
    let table = LikelihoodTable(
      factor: lanes(vectors), squares: lanes(vectors),
      exponent: hasExponent ? lanes(vectors) : nil)
    kernel.draw(request, into: nodes)
    kernel.tabulate(0, envelope: envelope, nodes: nodes, into: table)
    kernel.weigh(nodes: nodes, table: table, view: view(), halfPrecision: halfPrecision)
    return sums
  }

  /// The same without keeping them.
  func streamed(_ request: NodeRequest, halfPrecision: Double) -> [Double] {
    kernel.integrate(
      0, request, envelope: envelope, view: view(), halfPrecision: halfPrecision)
    return sums
  }
}

func kernelTestModel(
  _ residual: ResidualErrorModel, _ structural: (any StructuralModel)? = nil
) -> MixtureModel {
  let structural = structural ?? OneCompartmentBolus(.volumeAndRate)
  return MixtureModel(
    structural: structural,
    effects: [
      RandomEffect(name: "V", distribution: .normal, membership: .shared),
      RandomEffect(name: "k", distribution: .normal, membership: .mixture),
    ],
    residual: residual, componentCount: 1, mixtureCovariance: .diagonal,
    sharedCovariance: .diagonal, covarianceSharing: .perComponent,
    fixed: FixedParameters(componentCount: 1, effectCount: 2), structuralPlace: [0, 1])
}

/// The same model under another type, which the kernels do not know.
private struct Disguised: StructuralModel {
  let name = "disguised"
  private let model = OneCompartmentBolus(.volumeAndRate)
  var parameterNames: [String] { model.parameterNames }
  var parameterKinds: [ParameterKind] { model.parameterKinds }
  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    model.predict(program, parameters: parameters, count: count, predictions: predictions)
  }
  func validate(_ subject: Subject, residual: ResidualErrorModel) {}
}

/// - Parameter shift: makes data of their own for different subjects with the same times.
func kernelTestSubject(
  observations: Int, doses: [Double] = [0], zeros: Bool = false, shift: Int = 0
) -> Subject {
  let times = (1...observations).map { 6 * Double($0) / Double(observations) }
  return Subject(
    id: "1", index: 0,
    occasions: [
      Occasion(
        doses: doses.map { DoseRecord(time: $0, amount: 100) },
        observations: times.enumerated().map { j, time in
          let amount = doses.filter { $0 < time }.reduce(0) { $0 + Glibc.exp(-0.3 * (time - $1)) }
          let value = 5 * amount * (1 + 0.1 * sin(Double(7 * j + shift)))
          return Observation(
            time: time, value: zeros && j % 3 == 0 ? 0 : value,
            precedingDoses: doses.count { $0 < time })
        })
    ])
}

private func request(_ kind: NodeRequest.Kind, _ samples: Int, _ tails: NodeRequest.Tails = .normal)
  -> NodeRequest
{
  NodeRequest(
    kind: kind, tails: tails, samples: samples,
    address: RandomAddress(key: 3, purpose: .expectationStep), prior: nil)
}

@Suite("Kernels of the E-step")
struct SubjectKernelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let residual: ResidualErrorModel
    let subject: Subject
    var hasExponent = false
  }

  static let cases = [
    Case(
      testDescription: "proportional", residual: .proportional,
      subject: kernelTestSubject(observations: 5)),
    Case(
      testDescription: "proportional, several doses", residual: .proportional,
      subject: kernelTestSubject(observations: 9, doses: [0, 1.1, 4])),
    Case(
      testDescription: "proportional, zeros among the data", residual: .proportional,
      subject: kernelTestSubject(observations: 6, zeros: true)),
    Case(
      testDescription: "proportional, 300 observations", residual: .proportional,
      subject: kernelTestSubject(observations: 300), hasExponent: true),
    Case(
      testDescription: "additive, several doses", residual: .additive,
      subject: kernelTestSubject(observations: 7, doses: [0, 2.5])),
  ]

  static let requests: [@Sendable () -> NodeRequest] = [
    { request(.lattice, 512) }, { request(.lattice, 16) }, { request(.sobol, 256) },
    { request(.independent, 1000) }, { request(.independent, 13) },
    { request(.lattice, 128, .student(degreesOfFreedom: 5)) },
    { request(.independent, 77, .student(degreesOfFreedom: 3)) },
  ]

  @Test("nodes that are kept and nodes that are drawn again give the same bits", arguments: cases)
  func keeping(_ example: Case) {
    for make in Self.requests {
      let bench = Bench(kernelTestModel(example.residual), example.subject, .v3)
      let kept = bench.kept(make(), halfPrecision: 20, hasExponent: example.hasExponent)
      let streamed = bench.streamed(make(), halfPrecision: 20)
      #expect(kept == streamed)
      #expect(kept[WeightSums.total] > 0)
    }
  }

  @Test("all builds that this processor runs give the same bits", arguments: cases)
  func builds(_ example: Case) {
    for make in Self.requests {
      let results = KernelBuild.runnable.map { build in
        Bench(kernelTestModel(example.residual), example.subject, build)
          .streamed(make(), halfPrecision: 20)
      }
      #expect(results.allSatisfy { $0 == results[0] })
    }
  }

  @Test("the kernels' own code for a model agrees with its predictions", arguments: cases)
  func knownModel(_ example: Case) {
    let known = Bench(kernelTestModel(example.residual), example.subject, .v3)
      .kept(request(.lattice, 256), halfPrecision: 20, hasExponent: example.hasExponent)
    let other = Bench(kernelTestModel(example.residual, Disguised()), example.subject, .v3)
      .kept(request(.lattice, 256), halfPrecision: 20, hasExponent: example.hasExponent)
    for (a, b) in zip(known, other) { #expect(abs(a - b) <= 1e-11 * abs(b) + 1e-300) }
  }

  /// ∫ over the envelope's density of its ratio to another one is 1, whatever the nodes' own
  /// density is.
  @Test(
    "densities of nodes integrate to one",
    arguments: [nil, 5, 2.5], [1, 2, 3])
  func densities(degreesOfFreedom: Double?, p: Int) {
    let tails =
      degreesOfFreedom.map { NodeRequest.Tails.student(degreesOfFreedom: $0) } ?? .normal
    let model = MixtureModel(
      structural: Disguised(),
      effects: (0..<p).map {
        RandomEffect(name: "V\($0)", distribution: .normal, membership: .mixture)
      }, residual: .additive, componentCount: 1, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: 1, effectCount: p), structuralPlace: Array(0..<p))
    let silent = Subject(
      id: "1", index: 0, occasions: [Occasion(doses: [], observations: [])])
    let bench = Bench(model, silent, .v3)
    // u = z: the weights are N(z; 0, I)/q(z).
    for e in 16..<32 { bench.numbers[8 * e] = 0 }
    for i in 0..<p {
      bench.numbers[8 * (16 + p + i * (i + 3) / 2)] = squareRootOfHalfLog2e
    }
    let samples = 1 << 14
    let sums = bench.kept(
      request(.lattice, samples, tails), halfPrecision: 1, hasExponent: false)
    #expect(abs(sums[WeightSums.total] / Double(samples) - 1) < 2e-3)
    for i in 0..<p {
      let square = sums[WeightSums.second(p) + i * (i + 3) / 2] / Double(samples)
      #expect(abs(square - 1) < 1e-2)
    }
  }
}
