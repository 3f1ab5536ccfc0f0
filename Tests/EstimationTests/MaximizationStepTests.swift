import Estimation
import Foundation
import NumericKernels
import PopulationModel
import Testing

@Suite("M-step")
struct MaximizationStepTests {
  /// Q(ϕ) = Σ_k N_k (log w_k − ½ log |Σ_k|) − ½ Σ_k tr Σ_k⁻¹ M_k(μ_k) − ½ N log σ² − R/(2σ²) from
  /// the statistics, with M_k(μ) = S − d fᵀ − f dᵀ + N_k d dᵀ and d = μ − c.
  static func q(_ statistics: SufficientStatistics, _ parameters: PopulationParameters) -> Double {
    let layout = statistics.layout
    let p = layout.effectCount
    var sum =
      -0.5 * Double(statistics.observationCount) * Foundation.log(parameters.sigma2)
      - statistics.values[layout.residualSquares] / (2 * parameters.sigma2)
    for k in 0..<layout.componentCount {
      let n = statistics.membership(k)
      let factor = CholeskyFactor(parameters.covariances[k])!
      let precision = factor.inverse
      sum += n * (Foundation.log(parameters.weights[k]) - factor.logDeterminantOfFactor)
      for i in 0..<p {
        let di = parameters.means[k][i] - statistics.centres[k][i]
        for j in 0..<p {
          let dj = parameters.means[k][j] - statistics.centres[k][j]
          let moment =
            statistics.values[
              layout.second(k) + SymmetricMatrix.index(max(i, j), min(i, j))]
            - di * statistics.values[layout.first(k) + j]
            - statistics.values[layout.first(k) + i] * dj + n * di * dj
          sum -= 0.5 * precision[i, j] * moment
        }
      }
    }
    return sum
  }

  /// Everything that can be fixed in the model of an example, one at a time and together.
  static func fixings(_ model: MixtureModel) -> [FixedParameters] {
    let none = FixedParameters(
      componentCount: model.componentCount, effectCount: model.effectCount)
    let all = [[Bool]](
      repeating: [Bool](repeating: true, count: model.effectCount), count: model.componentCount)
    var weights = none
    weights.weights = true
    var residual = none
    residual.residualVariance = true
    var means = none
    means.means = all
    var variances = none
    variances.variances = all
    var some = none
    for j in model.mixtureEffects {
      some.means[0][j] = true
      for k in 0..<(model.covarianceSharing == .equal ? model.componentCount : 1) {
        some.variances[k][j] = true
      }
    }
    return [none, weights, residual, means, variances, some]
  }

  func statistics(_ example: Example) -> SufficientStatistics {
    let step = example.settledStep(.exact(64))
    // The statistics of 24 subjects at the true parameters, so that every parameter has somewhere
    // to go.
    return example.statistics(
      step, step.run(at: example.parameters, iteration: 2, envelopes: .previousMoments))
  }

  @Test("no free parameter can raise Q from the M-step's result", arguments: Example.all)
  func maximum(example: Example) throws {
    let statistics = statistics(example)
    for fixed in Self.fixings(example.model) {
      let model = example.model.with(fixed: fixed)
      let free = FreeParameters(model)
      let result = try MaximizationStep(model: model).maximize(
        statistics, from: example.parameters)
      let best = Self.q(statistics, result)
      if free.count > 0 { #expect(best > Self.q(statistics, example.parameters)) }
      for parameter in free.list {
        let value = free.value(parameter, in: result)
        let h = 1e-3 * scale(of: parameter, in: result)
        let moved = [-h, h].map { change in
          var parameters = result
          free.set(parameter, to: value + change, in: &parameters)
          return Self.q(statistics, parameters)
        }
        #expect(moved[0] < best && moved[1] < best, "\(free.name(parameter))")
        // Where the parabola through the three points has its top, in units of h.
        let top = 0.5 * (moved[1] - moved[0]) / (2 * best - moved[0] - moved[1])
        #expect(abs(top) < 0.01, "\(free.name(parameter))")
      }
    }
  }

  @Test("what is fixed stays to the last bit, and zeros between blocks too", arguments: Example.all)
  func fixedStay(example: Example) throws {
    let statistics = statistics(example)
    let start = example.parameters
    for fixed in Self.fixings(example.model) {
      let model = example.model.with(fixed: fixed)
      let result = try MaximizationStep(model: model).maximize(statistics, from: start)
      if model.componentCount > 1 {
        #expect((result.weights == start.weights) == fixed.weights)
      }
      #expect((result.residualVariance == start.residualVariance) == fixed.residualVariance)
      #expect(abs(result.weights.reduce(0, +) - 1) < 1e-15)
      for k in 0..<model.componentCount {
        for i in 0..<model.effectCount {
          #expect((result.means[k][i] == start.means[k][i]) == fixed.means[k][i])
          for j in 0...i {
            let value = result.covariances[k][i, j]
            if !model.isInBlock(i, j) {
              #expect(value == 0)
            } else {
              let isFixed = fixed.variances[k][i] || fixed.variances[k][j]
              #expect((value == start.covariances[k][i, j]) == isFixed)
            }
          }
        }
      }
    }
  }

  @Test("what components share is the same in all to the last bit", arguments: Example.all)
  func shared(example: Example) throws {
    let model = example.model
    let result = try MaximizationStep(model: model).maximize(
      statistics(example), from: example.parameters)
    for k in 0..<model.componentCount {
      for i in model.sharedEffects {
        #expect(result.means[k][i] == result.means[0][i])
        for j in model.sharedEffects {
          #expect(result.covariances[k][i, j] == result.covariances[0][i, j])
        }
      }
      if model.covarianceSharing == .equal {
        #expect(result.covariances[k] == result.covariances[0])
      }
    }
  }

  @Test("the M-step does not depend on where the moments are centred", arguments: Example.all)
  func centring(example: Example) throws {
    let statistics = statistics(example)
    let layout = statistics.layout
    let p = layout.effectCount
    let shift = (0..<p).map {
      (0.7 + 0.3 * Double($0)) * example.parameters.covariances[0][$0, $0].squareRoot()
    }
    var values = statistics.values
    var previous = example.parameters
    for k in 0..<layout.componentCount {
      let first = (0..<p).map { statistics.values[layout.first(k) + $0] }
      let n = statistics.membership(k)
      for i in 0..<p {
        previous.means[k][i] += shift[i]
        values[layout.first(k) + i] -= n * shift[i]
        for j in 0...i {
          values[layout.second(k) + SymmetricMatrix.index(i, j)] +=
            n * shift[i] * shift[j] - shift[i] * first[j] - first[i] * shift[j]
        }
      }
    }
    let moved = SufficientStatistics(
      layout: layout, subjectCount: statistics.subjectCount,
      observationCount: statistics.observationCount, centres: previous.means, values: values)
    let step = MaximizationStep(model: example.model)
    let a = try step.maximize(statistics, from: example.parameters)
    let b = try step.maximize(moved, from: previous)
    let free = FreeParameters(example.model)
    for parameter in free.list {
      #expect(
        abs(free.value(parameter, in: a) - free.value(parameter, in: b))
          < 1e-12 * scale(of: parameter, in: a) * 100, "\(free.name(parameter))")
    }
  }

  @Test("an empty, a collapsed and a perfectly fitting result are told apart")
  func degenerate() {
    let example = Example.proportional
    let good = statistics(example)
    func outcome(_ change: (inout [Double]) -> Void) -> DegenerateComponent? {
      var values = good.values
      change(&values)
      let bad = SufficientStatistics(
        layout: good.layout, subjectCount: good.subjectCount,
        observationCount: good.observationCount, centres: good.centres, values: values)
      do throws(DegenerateComponent) {
        _ = try MaximizationStep(model: example.model).maximize(bad, from: example.parameters)
        return nil
      } catch {
        return error
      }
    }
    #expect(outcome { _ in } == nil)
    #expect(
      outcome { $0[good.layout.membership(1)] = 0 }
        == DegenerateComponent(component: 1, kind: .empty))
    #expect(
      outcome {
        let k = example.model.mixtureEffects[0]
        $0[good.layout.second(1) + SymmetricMatrix.index(k, k)] = 0
      } == DegenerateComponent(component: 1, kind: .collapsed))
    #expect(
      outcome { $0[good.layout.residualSquares] = 0 }?.kind == .perfectFit)
    #expect(
      outcome { $0[good.layout.residualSquares] = .nan }?.kind == .perfectFit)
  }
}
