import NumericKernels
import PopulationModel

/// The inner loops of the E-step, of which there is a build for each instruction set.
///
/// A kernel belongs to one thread and owns its scratch memory: nothing is allocated while it works. Vectors are of eight samples.
/// Arrays over samples hold element (d, v) of a quantity with several dimensions at `d * count + v`.
public protocol SubjectKernel: AnyObject {
  /// Draws all nodes of a set.
  func draw(_ request: NodeRequest, into nodes: NodeSet)

  /// Computes what the likelihood of one subject is at all nodes, from the model.
  /// - Parameter table: with as many vectors as `nodes`.
  func tabulate(_ subject: Int, envelope: EnvelopeView, nodes: NodeSet, into table: LikelihoodTable)

  /// Sums the weights of nodes whose likelihood is known.
  /// - Parameters:
  ///   - view: of the subject and component.
  ///   - halfPrecision: 1/(2σ²)
  func weigh(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double)

  /// The same as `draw`, `tabulate` and `weigh`, batch by batch, so that nothing is kept; same bits.
  func integrate(
    _ subject: Int, _ request: NodeRequest, envelope: EnvelopeView, view: WeightView,
    halfPrecision: Double)

  /// log₂ of the weight of each node; −∞ if it is 0.
  /// - Parameter target: as many vectors as `nodes` has.
  func logWeights(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double,
    into target: UnsafeMutablePointer<Lanes>)

  /// Random effects at which `evaluate` works: effect j of vector v at `j * count + v`.
  var points: UnsafeMutablePointer<Lanes> { get }
  /// log p(Y | θ) of the points without the terms that do not depend on θ; `outsideDomain` outside the model's domain.
  var logLikelihoods: UnsafeMutablePointer<Lanes> { get }
  /// (Y − h)ᵀH⁻¹(Y − h) of the points; 0 outside the domain.
  var squares: UnsafeMutablePointer<Lanes> { get }
  /// Predictions at the points: observation j of vector v at `j * count + v`.
  var predictions: UnsafeMutablePointer<Lanes> { get }

  /// Computes predictions and log-likelihoods of one subject at the first `count` vectors of `points`.
  /// - Parameter count: at most `KernelPlan.pointCapacity`.
  func evaluate(_ subject: Int, count: Int, halfPrecision: Double)
}

/// The log-likelihood of a point outside the model's domain; far below any real one, and finite, so that differences of two such
/// values are numbers.
public let outsideDomain = -1e300

/// The nodes of one subject and component, in the standardised variable z with φ = m + Lz.
public struct NodeSet {
  /// T in vectors, the last filled up.
  public let vectors: Int
  /// z: dimension d of vector v at `d * stride + v`.
  public let z: UnsafeMutablePointer<Lanes>
  public let stride: Int
  /// 1/((2π)^(p/2) q(z)), times T ω_l for the nodes of a quadrature rule; 0 for what fills the last vector up. `nil`: all nodes count,
  /// and have the density of the standard normal.
  public let inverseDensity: UnsafeMutablePointer<Lanes>?

  public init(
    vectors: Int, z: UnsafeMutablePointer<Lanes>, stride: Int,
    inverseDensity: UnsafeMutablePointer<Lanes>?
  ) {
    self.vectors = vectors
    self.z = z
    self.stride = stride
    self.inverseDensity = inverseDensity
  }
}

/// What is known of the likelihood at the nodes of a subject and component, whatever μ, Σ and σ² are.
public struct LikelihoodTable {
  /// |H|^(−½) up to a constant of the subject, times the nodes' `inverseDensity`; 0 outside the model's domain.
  public let factor: UnsafeMutablePointer<Lanes>
  /// (Y − h)ᵀH⁻¹(Y − h); 0 outside the domain.
  public let squares: UnsafeMutablePointer<Lanes>
  /// log₂ of what `factor` leaves out, for subjects with so many observations that it would overflow.
  public let exponent: UnsafeMutablePointer<Lanes>?

  public init(
    factor: UnsafeMutablePointer<Lanes>, squares: UnsafeMutablePointer<Lanes>,
    exponent: UnsafeMutablePointer<Lanes>?
  ) {
    self.factor = factor
    self.squares = squares
    self.exponent = exponent
  }
}

/// The envelope of one subject, as one lane of the envelopes of eight: element e at `base[8 * e]`.
public struct EnvelopeView {
  /// m, p elements.
  public let mean: UnsafePointer<Double>
  /// L, packed lower triangle.
  public let factor: UnsafePointer<Double>

  public init(mean: UnsafePointer<Double>, factor: UnsafePointer<Double>) {
    self.mean = mean
    self.factor = factor
  }
}

/// What makes weights from a table, and where their sums go; one lane of eight subjects: element e at `base[8 * e]`.
public struct WeightView {
  /// ρΛ⁻¹(m − μ) and ρΛ⁻¹L with ρ = √(½ log₂ e): z to the prior's standardised variable, in the scale of exponents of 2.
  public let offset: UnsafePointer<Double>
  public let whitening: UnsafePointer<Double>
  /// log₂ of about the largest weight, which is taken off all.
  public let reference: Double
  /// Sums in the order of `WeightSums`.
  public let sums: UnsafeMutablePointer<Double>

  public init(
    offset: UnsafePointer<Double>, whitening: UnsafePointer<Double>, reference: Double,
    sums: UnsafeMutablePointer<Double>
  ) {
    self.offset = offset
    self.whitening = whitening
    self.reference = reference
    self.sums = sums
  }
}

/// The order of the sums over the weights v of one subject and component.
public enum WeightSums {
  /// Σv
  public static let total = 0
  /// Σv²
  public static let squares = 1
  /// max v
  public static let largest = 2
  /// Σv·(Y − h)ᵀH⁻¹(Y − h)
  public static let residuals = 3
  /// Σv·z, p sums, then Σv·zzᵀ, packed.
  public static let first = 4

  @inlinable public static func second(_ p: Int) -> Int { first + p }
  @inlinable public static func count(_ p: Int) -> Int { first + p + p * (p + 1) / 2 }
}

/// ½ log₂ e, with which squares become exponents of 2.
public let halfLog2e = 0.72134752044448170368
/// √(½ log₂ e)
public let squareRootOfHalfLog2e = 0.84932180028801904272
