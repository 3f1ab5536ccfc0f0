import NumericKernels
import PopulationModel

/// The quantities that a user has asked for, as functions of the parameters in the tables.
struct ExpressionTable {
  private let model: MixtureModel
  private let free: FreeParameters
  /// Which parameters are fixed, by name.
  private let fixed: Set<String>

  /// - Parameter standard: the model's own derived quantities.
  init(_ model: MixtureModel, standard: [ParameterEstimate]) {
    self.model = model
    free = FreeParameters(model)
    let known = Set(FreeParameters(model.with()).names).subtracting(free.names)
    fixed = known.union(standard.filter(\.isFixed).map(\.name))
  }

  /// A row for each, with the standard error by the delta method.
  func rows(at estimates: PopulationParameters, covariance: SymmetricMatrix?)
    -> [ParameterEstimate]
  {
    let here = values(at: estimates)
    // Central differences: a step of 10⁻⁴ standard errors changes expressions by far more than
    // their rounding, and their curvature is nothing.
    var gradient: [[Double]]?
    if let covariance {
      let natural = free.values(in: estimates)
      gradient = free.list.indices.map { a in
        let step = 1e-4 * covariance[a, a].squareRoot()
        func moved(_ side: Double) -> [Double] {
          var parameters = estimates
          free.set(free.list[a], to: natural[a] + side * step, in: &parameters)
          return values(at: parameters)
        }
        return zip(moved(1), moved(-1)).map { step > 0 ? ($0 - $1) / (2 * step) : 0 }
      }
    }
    var rows: [ParameterEstimate] = []
    for expression in model.expressions {
      for component in labels(expression) {
        let place = rows.count
        var variance: Double?
        if let gradient, let covariance {
          var sum = 0.0
          for a in gradient.indices {
            for b in gradient.indices {
              sum += gradient[a][place] * gradient[b][place] * covariance[a, b]
            }
          }
          variance = sum
        }
        let hasNoError = expression.inputs.allSatisfy { isFixed($0, component) }
        rows.append(
          ParameterEstimate(
            base: expression.name, component: component, estimate: here[place],
            standardError: hasNoError
              ? nil : variance.flatMap { $0.isFinite ? max(0, $0).squareRoot() : nil },
            isFixed: hasNoError, scale: .plain))
      }
    }
    return rows
  }

  private func labels(_ expression: DerivedExpression) -> [Int?] {
    expression.isPerComponent ? (0..<model.componentCount).map { $0 } : [nil]
  }

  private func isFixed(_ input: String, _ component: Int?) -> Bool {
    fixed.contains(input) || component.map { fixed.contains("\(input).\($0 + 1)") } ?? false
  }

  /// All values, expression by expression.
  private func values(at parameters: PopulationParameters) -> [Double] {
    var table: [String: Double] = [:]
    for row in model.parameterTable(at: parameters, covariance: nil)
      + model.standardQuantities(at: parameters, covariance: nil)
    { table[row.name] = row.estimate }
    return model.expressions.flatMap { expression in
      labels(expression).map { component in
        expression.value(
          expression.inputs.map { input in
            component.flatMap { table["\(input).\($0 + 1)"] } ?? table[input] ?? .nan
          })
      }
    }
  }
}
