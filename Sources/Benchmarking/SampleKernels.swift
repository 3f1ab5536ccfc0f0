import Estimation
import KernelInterface
import NumericKernels
import PopulationData
import PopulationModel

/// What one sample costs in one stretch of the E-step's inner loops, for a subject of the published
/// example.
package struct SampleKernelFigures: Codable, Sendable, Equatable {
  package let name: String
  /// The instruction set that the kernel was built for.
  package let build: String
  package let nanosecondsPerSample: Double
  /// Beside the roofline's floor of a whole sample.
  package let floors: Double

  package init(name: String, build: String, nanosecondsPerSample: Double, floors: Double) {
    self.name = name
    self.build = build
    self.nanosecondsPerSample = nanosecondsPerSample
    self.floors = floors
  }
}

/// The inner loops of the E-step, one subject and one component at T = 1024, in each build that
/// this processor can run.
package struct SampleKernels {
  package static let samples = 1024

  package static func measure(floor: Double, repetitions: Int = 2000) throws
    -> [SampleKernelFigures]
  {
    let example = try PublishedExample()
    return KernelBuild.runnable.flatMap { build in
      measure(example, build, floor: floor, repetitions: repetitions)
    }
  }

  private static func measure(
    _ example: PublishedExample, _ build: KernelBuild, floor: Double, repetitions: Int
  ) -> [SampleKernelFigures] {
    let p = example.model.effectCount
    let programs = SubjectPrograms(
      model: example.model,
      events: example.dataset.subjects.prefix(1).map {
        EventProgram($0, for: example.model.structural)
      })
    let kernel = build.makeKernel(KernelPlan(programs: programs, pointCapacity: 1))
    let vectors = samples / 8
    let stride = vectors | 1
    let lanes = UnsafeMutablePointer<Lanes>.allocate(capacity: (p + 2) * stride)
    lanes.initialize(repeating: Lanes.all(0), count: (p + 2) * stride)
    // An envelope, the whitening and sums, one lane of eight.
    let numbers = UnsafeMutablePointer<Double>.allocate(capacity: 8 * 64)
    numbers.initialize(repeating: 0, count: 8 * 64)
    defer {
      lanes.deallocate()
      numbers.deallocate()
    }
    for (element, value) in [20, 0.3, 1.2, 0.005, 0.02].enumerated() {
      numbers[8 * element] = value
    }
    for (element, value) in [0.1, -0.1, 0.5, 0, 0.3].enumerated() {
      numbers[8 * (8 + element)] = value
    }
    let envelope = EnvelopeView(mean: numbers, factor: numbers + 8 * p)
    let view = WeightView(
      offset: numbers + 64, whitening: numbers + 64 + 8 * p, reference: 0, sums: numbers + 128)
    func request(_ kind: NodeRequest.Kind) -> NodeRequest {
      NodeRequest(
        kind: kind, tails: .normal, samples: samples,
        address: RandomAddress(key: 1, purpose: .expectationStep), prior: nil)
    }
    let nodes = NodeSet(vectors: vectors, z: lanes, stride: stride, inverseDensity: nil)
    let table = LikelihoodTable(
      factor: lanes + p * stride, squares: lanes + (p + 1) * stride, exponent: nil)
    let lattice = request(.lattice)
    let independent = request(.independent)
    func figures(_ name: String, _ action: () -> Void) -> SampleKernelFigures {
      let least = leastSeconds(of: repetitions, action)
      let nanoseconds = least / Double(samples) * 1e9
      return SampleKernelFigures(
        name: name, build: build.rawValue, nanosecondsPerSample: nanoseconds,
        floors: nanoseconds / floor)
    }
    return [
      figures("draw a lattice") { kernel.draw(lattice, into: nodes) },
      figures("likelihood") {
        kernel.tabulate(0, envelope: envelope, nodes: nodes, into: table)
      },
      figures("weights, nodes kept") {
        kernel.weigh(nodes: nodes, table: table, view: view, halfPrecision: 50)
      },
      figures("likelihood and weights, fresh normals") {
        kernel.integrate(0, independent, envelope: envelope, view: view, halfPrecision: 50)
      },
    ]
  }
}
