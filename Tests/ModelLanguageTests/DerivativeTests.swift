import ModelLanguage
import NumericKernels
import Testing

/// Derivatives and Jacobian of a model at amounts and a time, for one sample.
private func derivatives(
  _ text: String, parameters: [(String, Double)], _ amounts: [Double], time: Double
)
  throws -> (derivatives: [Double], jacobian: [Double])
{
  let model = try CompiledModel(text, vocabulary: ModelVocabulary(parameters: parameters.map(\.0)))
  let n = model.compartments.count
  let records = ModelRecords(
    model, .differential, records: [], covariates: [[]], usesAllRows: true)
  let workspace = ModelWorkspace(model)
  let values = parameters.map { Lanes.all($0.1) }
  let state = amounts.map { Lanes.all($0) }
  var slopes = [Lanes](repeating: Lanes.all(.nan), count: n)
  var partials = [Lanes](repeating: Lanes.all(.nan), count: n * n)
  var now = Lanes.all(time)
  values.withUnsafeBufferPointer { values in
    workspace.begin(records, parameters: values.baseAddress!, batchCount: 1, width: 1)
    workspace.select(vector: 0)
    let evaluator = workspace.evaluator
    state.withUnsafeBufferPointer { state in
      evaluator.placeDerivatives(time: &now, amounts: state.baseAddress!, into: &slopes)
      evaluator.placeJacobian(
        time: &now, amounts: state.baseAddress!, compartmentCount: n, into: &partials)
    }
  }
  return (slopes.map { $0[0] }, partials.map { $0[0] })
}

@Suite("Differential equations of the model language")
struct DerivativeTests {
  /// Right-hand sides of A, with the amount B beside it.
  static let sides = [
    "-k * A", "-k * A / (V + A)", "k * A * B - B^2 / A", "exp(-A) + expm1(B) * log(A)",
    "log1p(A) * log2(B) + log10(A * B)", "sqrt(A) + abs(B - A) + abs(A - B)",
    "sin(A) * cos(B) + tan(A * 0.1) + tanh(B)", "expit(A - B) + logit(A / 10) + phi(B - 1)",
    "A^B + 2^A + A^k + A^3 + A^-2", "ifelse(A > B, A * A, B * B) + min(A, B) * max(A, B)",
    "t * A + sin(t) * B", "floor(A) * B + ceil(B) * A", "-(A - -B) * -k / 4",
  ]

  @Test("partial derivatives agree with central differences", arguments: sides)
  func partialDerivatives(side: String) throws {
    let text = "d/dt(A) = \(side)\nd/dt(B) = A - B * (\(side))\nC = A"
    let parameters = [("k", 0.7), ("V", 3.0)]
    for amounts in [[2.3, 1.4], [1.2, 2.7], [0.6, 0.3]] {
      let jacobian = try derivatives(text, parameters: parameters, amounts, time: 1.5).jacobian
      for column in 0..<2 {
        let step = 1e-5
        var (low, high) = (amounts, amounts)
        low[column] -= step
        high[column] += step
        let below = try derivatives(text, parameters: parameters, low, time: 1.5).derivatives
        let above = try derivatives(text, parameters: parameters, high, time: 1.5).derivatives
        for row in 0..<2 {
          let quotient = (above[row] - below[row]) / (2 * step)
          let partial = jacobian[column * 2 + row]
          #expect(abs(partial - quotient) <= 1e-7 * max(1, abs(quotient)), "∂\(row)/∂\(column)")
        }
      }
    }
  }

  @Test("derivatives follow the order of the equations, and use each other, the time and variables")
  func values() throws {
    let found = try derivatives(
      "r = k * A\nd/dt(A) = -r + t\nd/dt(B) = d/dt(A) * 2 + r * B\nC = B",
      parameters: [("k", 0.5)], [4, 3], time: 10)
    #expect(found.derivatives == [8, 22])
    #expect(found.jacobian == [-0.5, -1 + 1.5, 0, 2])
  }
}
