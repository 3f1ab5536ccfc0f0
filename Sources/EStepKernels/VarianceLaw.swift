import CVector
import KernelInterface
import NumericKernels
import PopulationModel

// What the inner loops know of the forms of residual errors; all else is in
// `PopulationModel/ResidualErrorModel.swift`.

extension EStepKernel {
  /// Adds one observation, by loops that are made for its form.
  @inline(__always)
  func addByForm(_ observation: ObservedValue, _ task: ObservationTask) {
    switch observation.form {
    case .proportional: add(observation, task, .proportional)
    case .additive: add(observation, task, .additive)
    case .combined: add(observation, task, .combined)
    case .combinedDeviations: add(observation, task, .combinedDeviations)
    case .power: add(observation, task, .power)
    case .lognormal: add(observation, task, .lognormal)
    }
  }
}

/// The variance of an observation, and its derivatives by the prediction x and by the parameters of
/// its residual error.
struct Variance {
  var v = Lanes.all(0)
  var byPrediction = Lanes.all(0)
  var byFirst = Lanes.all(0)
  var bySecond = Lanes.all(0)

  /// - Parameter f: the prediction, in natural units.
  @inline(__always)
  init(_ form: ResidualErrorModel, _ f: Lanes, _ a: Double, _ b: Double) {
    switch form {
    case .proportional:
      byFirst = f * f
      v = byFirst * a
      byPrediction = f * (2 * a)
    case .additive, .lognormal:
      byFirst = Lanes.all(1)
      v = Lanes.all(a)
    case .combined:
      byFirst = Lanes.all(1)
      bySecond = f * f
      v = fma(bySecond, Lanes.all(b), Lanes.all(a))
      byPrediction = f * (2 * b)
    case .combinedDeviations:
      let size = larger(f, -f)
      let deviation = fma(size, Lanes.all(b), Lanes.all(a))
      byFirst = 2 * deviation
      bySecond = byFirst * size
      v = deviation * deviation
      byPrediction = cvector_select_less(f, Lanes.all(0), -byFirst, byFirst) * b
    case .power:
      let size = larger(f, -f)
      let logarithm = log(size)
      byFirst = exp(logarithm * (2 * b))
      v = byFirst * a
      bySecond = v * logarithm * 2
      byPrediction = v * (2 * b) / f
    }
  }
}

extension ResidualErrorModel {
  // As constants of this module: what is not inlined would be called for each observation.

  /// The number of its parameters.
  @inline(__always)
  var parameterCount: Int {
    switch self {
    case .proportional, .additive, .lognormal: 1
    case .combined, .combinedDeviations, .power: 2
    }
  }

  /// Whether logarithms are compared; see `isOfLogarithm`.
  @inline(__always)
  var comparesLogarithms: Bool {
    switch self {
    case .lognormal: true
    case .proportional, .additive, .combined, .combinedDeviations, .power: false
    }
  }

  /// Predictions nearer to 0 are moved here, where their variance is above 0: under proportional
  /// error the probability has no other limit.
  private static var leastPrediction: Double { 1e-140 }

  /// The prediction at which a probability is found.
  @inline(__always)
  func moved(_ f: Lanes) -> Lanes {
    // Comparisons with NaN are false, which keeps it.
    switch self {
    case .additive: return f
    case .lognormal:
      // What rounding has left below 0 is 0, whose logarithm is below all limits.
      return cvector_select_less(f, Lanes.all(0), Lanes.all(0), f)
    case .proportional, .combined, .combinedDeviations, .power:
      let least = Lanes.all(Self.leastPrediction)
      let nearest = cvector_select_less(f, Lanes.all(0), -least, least)
      return cvector_select_less(larger(f, -f), least, nearest, f)
    }
  }

  /// Whether nothing but 0 can be observed where the prediction is 0.
  @inline(__always)
  func isExactAtZero(_ a: Double, _ b: Double) -> Bool {
    switch self {
    case .proportional: true
    case .power: b > 0
    case .combined, .combinedDeviations: a == 0
    case .additive, .lognormal: false
    }
  }
}
