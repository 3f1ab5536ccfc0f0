import NumericKernels
import PopulationData
import PopulationModel
import Simulation
import Testing

@Suite("Addresses of draws")
struct DrawAddressTests {
  private static let subject = SimulationModels.subject(times: [0.5, 1, 2, 4, 8])

  @Test("a replicate that is drawn alone is the same among many, in any lane")
  func lanes() throws {
    let simulator = try SimulationModels.saturable()
    let address = DrawAddress.replicates(seed: 3, place: 2)
    let program = EventProgram(Self.subject, for: simulator.model.structural)
    for (first, count) in [(0, 3), (1, 1), (2, 4)] {
      var values = [Lanes](repeating: Lanes.all(.nan), count: 5 * count)
      simulator.draw(program, at: address, first: first, count: count, into: &values)
      for v in 0..<count {
        for lane in 0..<8 {
          let alone = simulator.draw(
            Self.subject, at: address, number: 8 * (first + v) + lane)
          #expect(alone.values == (0..<5).map { values[$0 * count + v][lane] })
        }
      }
    }
  }

  @Test("draws differ by seed, place and number, and in nothing else")
  func address() throws {
    let simulator = try SimulationModels.saturable()
    func draw(_ seed: UInt64, _ place: Int, _ number: Int) -> [Double] {
      simulator.draw(Self.subject, at: .replicates(seed: seed, place: place), number: number)
        .values
    }
    let different = [draw(1, 0, 0), draw(2, 0, 0), draw(1, 1, 0), draw(1, 0, 1), draw(1, 0, 8)]
    #expect(Set(different).count == 5)
    #expect(draw(1, 0, 8) == different[4])
  }

  /// The algorithm in plain numbers.
  /// - Parameters:
  ///   - u: chooses the component.
  ///   - z: of the effects.
  ///   - error: of an observation, from its prediction and its place.
  private func plain(
    _ simulator: Simulator, u: Double, z: [Double], error: (Double, Int) -> Double
  ) -> [Double] {
    let k = u < simulator.parameters.weights[0] ? 0 : 1
    let factor = SemidefiniteFactor(simulator.parameters.covariances[k])
    let mean = simulator.parameters.means[k]
    let phi = z.indices.map { i in (0...i).reduce(mean[i]) { $0 + factor[i, $1] * z[$1] } }
    let f = NumericKernels.exp(phi[0]) + NumericKernels.exp(phi[1])
    return Self.subject.occasions[0].observations.indices.map { error(f, $0) }
  }

  @Test(
    "the numbers of replicates and of single draws stand where the table says", arguments: 0..<40)
  func table(number: Int) throws {
    let simulator = try SimulationModels.pair(
      .lognormal, means: [[1, 2], [0, -1]], error: .proportional)
    let sigma = simulator.parameters.sigma2.squareRoot()
    let key = RandomAddress.key(mixing: 9)
    let effects = RandomAddress(key: key, purpose: .replicateEffects, subject: 4)
    let residuals = RandomAddress(key: key, purpose: .replicateResiduals, subject: 4)
    #expect(
      DrawAddress.replicates(seed: 9, place: 4)
        == .replicates(effects: effects, residuals: residuals))
    let replicate = simulator.draw(
      Self.subject, at: .replicates(effects: effects, residuals: residuals), number: number)
    #expect(
      replicate.values
        == plain(
          simulator, u: effects.uniform(sample: number, dimension: 0),
          z: (1...2).map { effects.normal(sample: number, dimension: $0) }
        ) { $0 + $0 * (sigma * residuals.normal(sample: number, dimension: $1)) })

    let trial = RandomAddress(key: key, purpose: .simulatedEffects, subject: number)
    let noise = RandomAddress(key: key, purpose: .simulatedResiduals, subject: number)
    let single = simulator.draw(Self.subject, at: .single(effects: trial, residuals: noise))
    #expect(
      single.values
        == plain(
          simulator, u: trial.uniform(sample: 0, dimension: 0),
          z: (0...1).map { trial.normal(sample: 1, dimension: $0) }
        ) { $0 * (1 + sigma * noise.normal(sample: $1, dimension: 0)) })
  }
}
