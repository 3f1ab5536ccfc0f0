import KernelInterface
import NumericKernels
import PopulationModel

/// The step of the weights where covariates have a say: one of Newton on Σ_i Σ_k τ_i(k) log w_ik,
/// with w_ik ∝ w_k exp(ζ_kᵀx_i) (multinomial logistic regression).
struct LogisticStep {
  let model: MixtureModel
  /// Standard deviations of the covariates; empty: 1.
  var scales: [Double] = []

  func apply(_ statistics: SufficientStatistics, to parameters: inout PopulationParameters) {
    let layout = statistics.layout
    let count = layout.logisticCount
    let width = 1 + model.weightCovariates.count
    let values = statistics.values
    let slope = Array(values[layout.logistic..<layout.logistic + count])
    let curvature = SymmetricMatrix(
      dimension: count, elements: Array(values[(layout.logistic + count)...]))
    let separation = Separation(
      information: curvature,
      scales: scales.isEmpty ? model.weightCovariates.map { _ in 1 } : scales,
      componentCount: model.componentCount)
    // Where a covariate separates the components the coefficients have no end, and stay where the
    // data say no more of them.
    let step =
      separation.directions.isEmpty
      ? DirectStep.solve(curvature, slope)
      : separation.step(information: curvature, slope: slope)
    let largest = step.reduce(0) { max($0, abs($1)) }
    let scale = largest > 2 ? 2 / largest : 1
    let last = model.componentCount - 1
    var logits = (0..<last).map { log(parameters.weights[$0] / parameters.weights[last]) }
    for k in 0..<last {
      logits[k] += scale * step[k * width]
      for c in 1..<width {
        parameters.weightCoefficients[k][c - 1] += scale * step[k * width + c]
      }
    }
    let top = max(0, logits.max() ?? 0)
    let sizes = (logits + [0]).map { exp($0 - top) }
    let total = sizes.reduce(0, +)
    parameters.weights = sizes.map { $0 / total }
  }
}
