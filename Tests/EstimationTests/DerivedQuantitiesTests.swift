import Estimation
import Foundation
import Inference
import NumericKernels
import PopulationModel
import Testing

@Suite("Derived quantities")
struct DerivedQuantitiesTests {
  /// A derived quantity from its name, as a function of the parameters.
  static func value(_ name: String, _ model: MixtureModel, _ parameters: PopulationParameters)
    -> Double
  {
    let parts = name.split(separator: ".").map(String.init)
    let component = Int(parts.last!).map { $0 - 1 } ?? 0
    func effect(_ place: Int) -> Int {
      model.effects.firstIndex { $0.name == parts[place] }!
    }
    let omega = parameters.covariances[component]
    switch parts[0] {
    case "w": return parameters.weights[component]
    case "typical": return Foundation.exp(parameters.means[component][effect(1)])
    case "sd": return omega[effect(1), effect(1)].squareRoot()
    case "corr":
      let (i, j) = (effect(1), effect(2))
      return omega[i, j] / (omega[i, i] * omega[j, j]).squareRoot()
    default: return parameters.sigma2.squareRoot()
    }
  }

  static func fit(_ example: Example) throws -> FitResult {
    var settings = EstimationSettings.exact(64)
    settings.iterations = 3
    let many = Example(example.name, example.model, example.parameters, subjectCount: 80)
    return try serialFit(many.model, many.dataset, settings, from: many.parameters)
  }

  @Test(
    "values and standard errors are those of finite differences in the free parameters",
    arguments: Example.all)
  func deltaMethod(example: Example) throws {
    let result = try Self.fit(example)
    let covariance = try #require(result.covariance.covariance)
    let free = result.free
    let table = result.derivedTable
    #expect(!table.isEmpty)
    for row in table {
      let value = Self.value(row.name, result.model, result.estimates)
      #expect(abs(row.estimate - value) < 1e-14 * abs(value), "\(row.name)")
      let gradient = free.list.map { parameter in
        let h = 1e-4 * scale(of: parameter, in: result.estimates)
        let sides = [h, -h].map { change in
          var parameters = result.estimates
          free.set(
            parameter, to: free.value(parameter, in: parameters) + change, in: &parameters)
          return Self.value(row.name, result.model, parameters)
        }
        return (sides[0] - sides[1]) / (2 * h)
      }
      var variance = 0.0
      for a in gradient.indices {
        for b in gradient.indices { variance += gradient[a] * gradient[b] * covariance[a, b] }
      }
      let error = try #require(row.standardError)
      #expect(abs(error - variance.squareRoot()) < 1e-6 * error, "\(row.name)")
      #expect(!row.isFixed)
    }
  }

  @Test("the derived quantities are those of the model")
  func names() throws {
    #expect(
      try Self.fit(.fullLognormal).derivedTable.map(\.name) == [
        "w.2", "typical.CL.1", "typical.CL.2", "typical.V.1", "typical.V.2", "sd.CL.1", "sd.CL.2",
        "sd.V.1", "sd.V.2", "corr.V.CL.1", "corr.V.CL.2", "sigma",
      ])
    #expect(
      try Self.fit(.equalFull).derivedTable.map(\.name)
        == ["w.2", "sd.V", "sd.k", "corr.k.V", "sigma"])
    #expect(
      try Self.fit(.sharedOnly).derivedTable.map(\.name)
        == ["typical.CL", "typical.V", "sd.CL", "sd.V", "corr.V.CL", "sigma"])
  }

  @Test("fixed parameters are in the table without errors, and so is what derives from them")
  func fixedParameters() throws {
    let example = Example.fullLognormal
    var fixed = FixedParameters(componentCount: 2, effectCount: 2)
    fixed.weights = true
    fixed.variances[1] = [true, true]
    let result = try serialFit(
      example.model.with(fixed: fixed), example.dataset, RankTests.exact,
      from: example.parameters)
    let order = result.parameterTable
    #expect(
      order.filter(\.isFixed).map(\.name)
        == ["omega.CL.CL.2", "omega.V.CL.2", "omega.V.V.2", "w.1"])
    #expect(order.filter { !$0.isFixed }.map(\.name) == result.free.names)
    #expect(order.allSatisfy { $0.isFixed == ($0.standardError == nil) })
    #expect(
      result.derivedTable.filter(\.isFixed).map(\.name)
        == ["w.2", "sd.CL.2", "sd.V.2", "corr.V.CL.2"])
  }

  @Test("intervals are symmetric on their scale")
  func intervals() {
    func close(_ a: (low: Double, high: Double), _ low: Double, _ high: Double) -> Bool {
      abs(a.low - low) < 1e-12 && abs(a.high - high) < 1e-12
    }
    // 1.95996… = Φ⁻¹(0.975), by hand on each scale.
    #expect(
      close(
        IntervalScale.plain.interval(estimate: 3, standardError: 0.5), 2.020018007729973,
        3.979981992270027))
    let logarithmic = Foundation.exp(1.959963984540054 * 0.25)
    #expect(
      close(
        IntervalScale.log.interval(estimate: 2, standardError: 0.5), 2 / logarithmic,
        2 * logarithmic))
    // logit 0.8 = log 4; SE 0.04/(0.8 · 0.2) = 0.25
    #expect(
      close(
        IntervalScale.logit.interval(estimate: 0.8, standardError: 0.04),
        4 / (4 + logarithmic), 4 / (4 + 1 / logarithmic)))
    // artanh 0.6 = log 2; SE 0.16/0.64 = 0.25; tanh y = 1 − 2/(e^{2y} + 1)
    let squared = logarithmic * logarithmic
    #expect(
      close(
        IntervalScale.fisher.interval(estimate: 0.6, standardError: 0.16),
        1 - 2 / (4 / squared + 1), 1 - 2 / (4 * squared + 1)))
  }

  @Test("the information criteria count the free parameters")
  func criteria() throws {
    let result = try Self.fit(.proportional)
    #expect(result.free.count == 8)
    #expect(result.minusTwoLogLikelihood == -2 * result.logLikelihood)
    #expect(abs(result.aic - (-2 * result.logLikelihood + 16)) < 1e-11)
    #expect(abs(result.bic - (-2 * result.logLikelihood + 8 * Foundation.log(80))) < 1e-11)
    #expect(
      abs(
        result.objectiveFunction
          - (-2 * result.logLikelihood - 480 * Foundation.log(2 * Double.pi))) < 1e-9)
  }

  @Test("ICL charges the entropy of the classes, which is relative to that of knowing nothing")
  func entropy() throws {
    for example in [Example.proportional, .threeComponents] {
      let result = try Self.fit(example)
      let entropy = result.posteriors.reduce(0) { sum, posterior in
        posterior.membership.reduce(sum) { $1 > 0 ? $0 - $1 * Foundation.log($1) : $0 }
      }
      #expect(entropy > 0.1)
      #expect(abs(result.classes.entropy - entropy) < 1e-10)
      #expect(abs(result.icl - result.bic - 2 * entropy) < 1e-10)
      let most = 80 * Foundation.log(Double(result.model.componentCount))
      #expect(abs(try #require(result.relativeEntropy) - (1 - entropy / most)) < 1e-12)
    }
    let one = try Self.fit(.sharedOnly)
    #expect(one.classes.entropy == 0 && one.icl == one.bic && one.relativeEntropy == nil)
  }
}
