import Estimation
import Foundation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Influence of subjects")
struct InfluenceTests {
  /// y_ij = a_i + ε_ij.
  private struct Level: StructuralModel {
    let name = "level"
    var parameterNames: [String] { ["a"] }
    var parameterKinds: [ParameterKind] { [.number] }

    func predict(
      _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
      predictions: UnsafeMutablePointer<Lanes>
    ) {
      for j in program.observed.indices {
        for v in 0..<count { predictions[j * count + v] = parameters[v] }
      }
    }

    func validate(_ subject: Subject, residual: ResidualErrorModel) {}
  }

  private static func subjects(_ values: [[Double]]) -> Dataset {
    Dataset(
      name: "levels",
      subjects: values.enumerated().map { i, values in
        Subject(
          id: "\(i + 1)", index: i,
          occasions: [
            Occasion(
              doses: [],
              observations: values.enumerated().map {
                Observation(time: Double($0), value: $1, precedingDoses: 0)
              })
          ])
      })
  }

  /// What `SubjectInfluence` says of a fit's subjects.
  private func rows(_ fit: FitResult) throws -> (displacements: [Double], changes: [[Double]]) {
    var (displacements, changes): ([Double], [[Double]]) = ([], [])
    try #require(SubjectInfluence(fit)).forEachSubject { place, displacement, change in
      #expect(place == changes.count)
      displacements.append(displacement)
      changes.append(change)
    }
    #expect(changes.count == fit.subjects.count)
    return (displacements, changes)
  }

  @Test("of a balanced linear model it is the closed form")
  func closedForm() throws {
    let (n, m) = (30, 4)
    let address = RandomAddress(key: 5, purpose: .simulatedEffects, subject: 0)
    let values = (0..<n).map { i in
      let level = 3 + 2 * address.normal(sample: i, dimension: 0)
      return (0..<m).map { level + address.normal(sample: i, dimension: 1 + $0) }
    }
    let model = testModel(Level(), [("a", .normal, .mixture)], .additive, components: 1)
    let fit = try serialFit(
      model, Self.subjects(values), .exact(64),
      from: PopulationParameters(
        weights: [1], means: [[2]], covariances: [SymmetricMatrix(diagonal: [3])],
        residualVariance: 2))
    // At the maximum the three parameters μ, ω, σ² have ȳ_i ~ N(μ, v), v = ω + σ²/m, and the
    // squares S_i within; μ is not correlated with the others, and its score is (ȳ_i − μ)/v.
    let means = values.map { $0.reduce(0, +) / Double(m) }
    let centre = means.reduce(0, +) / Double(n)
    let v = fit.estimates.covariances[0][0, 0] + fit.estimates.sigma2 / Double(m)
    #expect(abs(fit.estimates.means[0][0] - centre) < 1e-5)
    let (displacements, changes) = try rows(fit)
    let sigma2 = fit.estimates.sigma2
    let squares = zip(values, means).map { values, mean in
      values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    // Scores of v and σ² (given v) are those of a normal variance: independent at the maximum, with
    // the informations n/(2v²) and n(m − 1)/(2σ⁴), and the displacement does not depend on the
    // parametrisation.
    for i in 0..<n {
      let z = (means[i] - centre) / v.squareRoot()
      #expect(abs(changes[i][0] + z / Double(n).squareRoot()) < 1e-3, "\(i)")
      let ofV = (z * z - 1) * (z * z - 1) / (2 * Double(n))
      let k = Double(m - 1)
      let w = squares[i] / sigma2
      let ofSigma = (w - k) * (w - k) / (2 * Double(n) * k)
      let expected = z * z / Double(n) + ofV + ofSigma
      #expect(abs(displacements[i] - expected) < 1e-3 * (1 + expected), "\(i)")
    }
    let summary = try #require(fit.influence)
    let order = (0..<n).sorted { displacements[$0] > displacements[$1] }
    #expect(summary.most.map(\.index) == Array(order.prefix(10)))
    #expect(summary.most.map(\.displacement) == order.prefix(10).map { displacements[$0] })
    for subject in summary.most {
      let own = changes[subject.index].map(abs)
      #expect(abs(subject.change) == own.max())
      #expect(fit.free.names[own.firstIndex(of: own.max()!)!] == subject.parameter)
      #expect(subject.id == "\(subject.index + 1)")
    }
    #expect(summary.moverCount == changes.count { $0.contains { abs($0) > 1 } })
  }

  @Test("no change exceeds the root of the displacement, and displacements sum to about q")
  func bounds() throws {
    let reference = try ReferenceCase("wang_001")
    let fit = try reference.fit(.exact(256))
    let (displacements, changes) = try rows(fit)
    for (displacement, changes) in zip(displacements, changes) {
      #expect(changes.allSatisfy { abs($0) <= displacement.squareRoot() * (1 + 1e-9) })
    }
    // At the maximum the scores sum to 0.
    for a in fit.free.names.indices {
      #expect(abs(changes.reduce(0) { $0 + $1[a] }) < 1e-3)
    }
    let total = displacements.reduce(0, +)
    #expect(total > 0.5 * Double(fit.free.count) && total < 2 * Double(fit.free.count), "\(total)")
  }

  @Test(
    "what the five most influential subjects change is what fits without them find",
    arguments: ["wang_000", "wang_002", "clv_mix_full"])
  func caseDeletion(name: String) throws {
    let reference = try ReferenceCase(name)
    let settings = EstimationSettings.exact(256)
    let fit = try reference.fit(settings)
    let names = fit.free.names
    let errors = try #require(fit.covariance.observed).diagonal.map { $0.squareRoot() }
    let (displacements, changes) = try rows(fit)
    let values = fit.free.values(in: fit.estimates)
    for subject in try #require(fit.influence).most.prefix(5) {
      var rest = reference.dataset.subjects
      rest.remove(at: subject.index)
      for place in rest.indices { rest[place].index = place }
      let without = try serialFit(
        reference.model, Dataset(name: "without", subjects: rest), settings, from: fit.estimates)
      let moved = fit.free.values(in: without.estimates)
      let expected = changes[subject.index]
      // What one step leaves out is of the second order.
      let displacement = displacements[subject.index]
      let bound = 0.1 * displacement.squareRoot() * (1 + displacement)
      for a in names.indices {
        let change = (moved[a] - values[a]) / errors[a]
        #expect(
          abs(change - expected[a]) < bound,
          "\(subject.index) \(names[a]): \(change), by one step \(expected[a])")
      }
      // Where an estimate moves most, it does so by about what one step says.
      let largest = names.indices.max { abs(expected[$0]) < abs(expected[$1]) }!
      let share = (moved[largest] - values[largest]) / errors[largest] / expected[largest]
      #expect(share > 0.9 && share < 1.3, "\(subject.index) \(share)")
      // Twice what all data lose.
      let lost = 2 * (fit.logLikelihood - logLikelihood(reference, at: without.estimates))
      let ratio = lost / displacement
      #expect(ratio > 1 && ratio < 1.15 + displacement, "\(subject.index) \(ratio)")
    }
  }

  private func logLikelihood(_ reference: ReferenceCase, at parameters: PopulationParameters)
    -> Double
  {
    let step = ExpectationStep(
      model: reference.model, dataset: reference.dataset,
      subjects: Array(reference.dataset.subjects.indices), settings: .exact(1024))
    _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
    for iteration in 1...2 {
      _ = step.run(at: parameters, iteration: iteration, envelopes: .previousMoments)
    }
    return step.run(at: parameters, iteration: 3, envelopes: .previousMoments).values[
      step.statisticsLayout.logLikelihood]
  }

  @Test("the ranks agree on the most influential subjects", arguments: [2, 3, 7])
  func ranks(size: Int) throws {
    let reference = try ReferenceCase("wang_000")
    let one = try reference.fit(.exact(64))
    let n = reference.dataset.subjects.count
    let results = try ThreadCommunicator.run(ranks: size) { communicator in
      let rank = communicator.rank
      return try ExpectationMaximization(
        model: reference.model, dataset: reference.dataset,
        subjects: Array(rank * n / size..<(rank + 1) * n / size), settings: .exact(64),
        communicator: communicator
      ).fitAndDescribe(from: reference.start)
    }.map { try $0.get() }
    #expect(one.influence?.most.count == 10)
    for result in results {
      #expect(result.influence == one.influence)
      #expect(result.residualShrinkage == one.residualShrinkage)
    }
    #expect(results.flatMap(\.modes) == one.modes)
  }
}
