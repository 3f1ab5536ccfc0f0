public import NumericKernels
public import PopulationModel

/// One observation for models with direct parameters.
public struct ObservedValue: BitwiseCopyable {
  /// What is known of the value.
  public enum Knowledge: UInt8, BitwiseCopyable {
    case measured
    /// It is below `upper`.
    case below
    /// It is above `lower`.
    case above
    /// It is between both.
    case between
    /// It was measured, and would not have been reported below `lower`.
    case quantified
  }

  /// Y, or its logarithm where that is normal.
  public let value: Double
  public let lower: Double
  public let upper: Double
  /// 1/s² of a measured value, with which v becomes a number about 1.
  public let perSquaredScale: Double
  /// Place of the first parameter of its residual error among the direct ones.
  public let firstParameter: Int32
  /// How the variance v follows the prediction f.
  public let form: ResidualErrorModel
  public let knowledge: Knowledge

  public init(
    value: Double, lower: Double, upper: Double, perSquaredScale: Double, firstParameter: Int,
    form: ResidualErrorModel, knowledge: Knowledge
  ) {
    self.value = value
    self.lower = lower
    self.upper = upper
    self.perSquaredScale = perSquaredScale
    self.firstParameter = Int32(firstParameter)
    self.form = form
    self.knowledge = knowledge
  }
}

/// The direct parameters ψ of a component as the kernels take them: q values, structural ones in
/// natural units, then for each structural one its values on both sides of it and what their
/// difference is multiplied by to give a derivative.
public struct DirectValues: BitwiseCopyable {
  public let base: UnsafePointer<Double>
  public let count: Int

  public init(base: UnsafePointer<Double>, count: Int) {
    self.base = base
    self.count = count
  }

  /// Doubles for q parameters, of which `structural` are the structural model's.
  public static func size(count: Int, structural: Int) -> Int { count + 3 * structural }

  public func ahead(_ b: Int) -> Double { base[count + 3 * b] }
  public func behind(_ b: Int) -> Double { base[count + 3 * b + 1] }
  public func perDifference(_ b: Int) -> Double { base[count + 3 * b + 2] }
}

/// What is summed up for the direct parameters beside the usual moments: columns of a batch at `c *
/// DecayStep.batchStride`.
public enum DirectColumns {
  /// Σ (Y − f)²/v over the measured values.
  public static let chiSquare = 0
  /// ∂ log p/∂ψ, q columns.
  public static let gradient = 1

  /// The information about ψ that the observations are expected to have, q(q + 1)/2 columns:
  /// positive semidefinite at each node.
  public static func information(_ q: Int) -> Int { gradient + q }

  /// None for a model without direct parameters.
  public static func count(_ q: Int) -> Int { q == 0 ? 0 : 1 + q + q * (q + 1) / 2 }
}

/// Predictions of one subject at the nodes of one component that have been made: they hold as long
/// as the nodes and the structural parameters stay.
public struct PredictionCell {
  /// Row j of vector v at `j * stride + v`; m rows of predictions, then m for each structural
  /// direct parameter.
  public var memory: UnsafeMutablePointer<Lanes>?
  public var stride = 0
  /// How many vectors, from the first, are there.
  public var filled = 0

  public init() {}
}

/// log Φ(u), and φ(u)/Φ(u), of some vectors; by address, because modules that are compiled for
/// other instruction sets pass vectors in other registers.
@inline(never)
public func normalTails(
  _ u: UnsafePointer<Lanes>, count: Int, logarithms: UnsafeMutablePointer<Lanes>,
  ratios: UnsafeMutablePointer<Lanes>
) {
  let halfLog2Pi = 0.91893853320467274178
  for v in 0..<count {
    let x = u[v]
    let density = -0.5 * x * x - halfLog2Pi
    let probability = normalDistribution(x)
    let logarithm = log(probability)
    logarithms[v] = logarithm
    ratios[v] = exp(density - logarithm)
    let isFar = x .< -37
    guard any(isFar) else { continue }
    // Where Φ has left the normal range of doubles.
    let ratio = perMills(x)
    logarithms[v] = logarithm.replacing(with: density - log(ratio), where: isFar)
    ratios[v] = ratios[v].replacing(with: ratio, where: isFar)
  }
}

/// log P, and the differences φ(b) − φ(a) and bφ(b) − aφ(a) divided by P, with P = Φ(b) − Φ(a), a <
/// b.
@inline(never)
public func normalIntervals(
  _ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, count: Int,
  logarithms: UnsafeMutablePointer<Lanes>, densities: UnsafeMutablePointer<Lanes>,
  moments: UnsafeMutablePointer<Lanes>
) {
  let perRoot = 0.39894228040143267794
  for v in 0..<count {
    let (low, high) = (a[v], b[v])
    // The side on which both probabilities are small loses nothing in their difference.
    let isUpper = low .> 0
    let (first, second) = (
      low.replacing(with: -high, where: isUpper), high.replacing(with: -low, where: isUpper)
    )
    let probability = normalDistribution(second) - normalDistribution(first)
    let lowDensity = perRoot * exp(-0.5 * low * low)
    let highDensity = perRoot * exp(-0.5 * high * high)
    logarithms[v] = log(probability)
    densities[v] = (highDensity - lowDensity) / probability
    moments[v] = (high * highDensity - low * lowDensity) / probability
    let isFar = second .< -37
    guard any(isFar) else { continue }
    // Φ(b) (1 − Φ(a)/Φ(b)), by what `normalTails` does there; a and b are the reflected ends.
    let halfLog2Pi = 0.91893853320467274178
    let (firstRatio, secondRatio) = (perMills(first), perMills(second))
    // φ(a)/φ(b)
    let share = exp(0.5 * (second - first) * (second + first))
    let rest = 1 - share * (secondRatio / firstRatio)
    let far = -0.5 * second * second - halfLog2Pi + log(rest / secondRatio)
    let perRest = secondRatio / rest
    let sign = Lanes.all(1).replacing(with: Lanes.all(-1), where: isUpper)
    logarithms[v] = logarithms[v].replacing(with: far, where: isFar)
    densities[v] = densities[v].replacing(with: sign * (1 - share) * perRest, where: isFar)
    moments[v] = moments[v].replacing(with: (second - first * share) * perRest, where: isFar)
  }
}

/// φ(u)/Φ(u) for u < −37: one over Mills' ratio, by its asymptotic series, with a relative error
/// below 3e-13.
@inline(__always)
private func perMills(_ u: Lanes) -> Lanes {
  let z = 1 / (u * u)
  var series = 15 - 105 * z
  series = 3 - z * series
  series = 1 - z * series
  return -u / (1 - z * series)
}
