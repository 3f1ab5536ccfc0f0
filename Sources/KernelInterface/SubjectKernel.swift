public import NumericKernels
import PopulationModel

/// The inner loops of the E-step, of which there is a build for each instruction set.
///
/// A kernel belongs to one thread and owns its scratch memory: nothing is allocated while it works.
/// Vectors are of eight samples. Arrays over samples hold element (d, v) of a quantity with several
/// dimensions at `d * count + v`.
public protocol SubjectKernel: AnyObject {
  /// Predicts where the kernel has no code for the model.
  var predictor: Predictor { get }

  /// Turns to a component of a model with direct parameters.
  /// - Parameters:
  ///   - direct: ψ; `nil` in a model without them.
  ///   - predictions: the cell of the rank's first subject, where predictions are kept; `nil`: they
  ///     are not.
  ///   - stride: from the cell of a subject to that of the next.
  func use(
    _ direct: DirectValues?, predictions: UnsafeMutablePointer<PredictionCell>?, stride: Int)

  /// Draws all nodes of a set.
  func draw(_ request: NodeRequest, into nodes: NodeSet)

  /// Draws the nodes of a grid from one vector on, with their volumes and windows.
  /// - Parameter shift: uniform numbers in (0, 1), one for each dimension.
  func draw(_ grid: GridNodes, shift: (Double, Double), into nodes: MixtureNodes, first: Int)

  /// Weighs the nodes of a mixture against each other by the power heuristic; see
  /// `ImportanceMixture`.
  ///
  /// What takes the place of 1/((2π)^(p/2) q(z)) is for a node of a normal density m T/T_m · c_m
  /// D_m/Σ_j D_j² with D_m = c_m q_m, for one of a grid T |L_m|/|L| · volume · D_m²/Σ_j D_j².
  /// - Parameters:
  ///   - parts: the densities, in the order of their nodes.
  ///   - samples: T, of all of them.
  func weigh(_ nodes: MixtureNodes, _ parts: UnsafePointer<MixturePart>, count: Int, samples: Int)

  /// Computes what the likelihood of one subject is at all nodes, from the model.
  /// - Parameter table: with as many vectors as `nodes`.
  func tabulate(_ subject: Int, envelope: EnvelopeView, nodes: NodeSet, into table: LikelihoodTable)

  /// Sums the weights of nodes whose likelihood is known.
  /// - Parameters:
  ///   - view: of the subject and component.
  ///   - halfPrecision: 1/(2σ²)
  func weigh(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double)

  /// The same as `draw`, `tabulate` and `weigh`, batch by batch, so that nothing is kept; same
  /// bits.
  func integrate(
    _ subject: Int, _ request: NodeRequest, envelope: EnvelopeView, view: WeightView,
    halfPrecision: Double)

  /// The same as `tabulate` and `weigh` of nodes that are given, batch by batch, with the sums of
  /// the direct parameters.
  func integrate(
    _ subject: Int, nodes: NodeSet, envelope: EnvelopeView, view: WeightView,
    halfPrecision: Double)

  /// log₂ of the weight of each node; −∞ if it is 0.
  /// - Parameter target: as many vectors as `nodes` has.
  func logWeights(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double,
    into target: UnsafeMutablePointer<Lanes>)

  /// Sums the products of all features of the nodes with their weights, packed Σ v f fᵀ.
  /// - Parameter sums: vectors whose lanes are still to be added up.
  func sumProducts(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double,
    features: FeatureList, into sums: UnsafeMutablePointer<Lanes>)

  // The nodes of a rule are the same for all subjects and few. There a vector holds one node of
  // eight subjects, the subjects 8·block … 8·block + 7 of the rank: no lane is left idle by a
  // number of nodes that eight does not divide, and no sums over lanes are needed. No lane sees
  // another one.

  /// Computes what the likelihood of a block of subjects is at all nodes of a rule, from the model.
  /// - Parameter table: with as many vectors as the rule has nodes.
  func tabulate(block: Int, view: BlockView, rule: QuadratureRule, into table: LikelihoodTable)

  /// Sums the weights of a rule's nodes whose likelihood is known.
  /// - Parameter chosen: one vector, above 0 in the lanes whose sums are to be stored; the others
  ///   keep theirs.
  func weigh(
    rule: QuadratureRule, table: LikelihoodTable, view: BlockView, halfPrecision: Double,
    chosen: UnsafePointer<Lanes>)

  /// The same as `tabulate` and `weigh`, batch by batch, so that nothing is kept; same bits.
  func integrate(
    block: Int, rule: QuadratureRule, view: BlockView, halfPrecision: Double,
    chosen: UnsafePointer<Lanes>)

  /// The same as `sumProducts` of one subject, with a lane for each subject.
  func sumProducts(
    rule: QuadratureRule, table: LikelihoodTable, view: BlockView, halfPrecision: Double,
    features: FeatureList, into sums: UnsafeMutablePointer<Lanes>)

  /// log₂ of the largest weight of each subject of a block; −∞ if all are 0.
  /// - Parameter target: one vector.
  func largestLogWeights(
    rule: QuadratureRule, table: LikelihoodTable, view: BlockView, halfPrecision: Double,
    into target: UnsafeMutablePointer<Lanes>)

  /// Random effects at which `evaluate` works: effect j of point q at `j * count + q`, with a lane
  /// for each subject of a block.
  var points: UnsafeMutablePointer<Lanes> { get }
  /// log p(Y | θ) of the points without the terms that do not depend on θ; `outsideDomain` outside
  /// the model's domain.
  var logLikelihoods: UnsafeMutablePointer<Lanes> { get }
  /// (Y − h)ᵀH⁻¹(Y − h) of the points, with direct parameters Σ (Y − h)²/v; 0 outside the domain.
  var squares: UnsafeMutablePointer<Lanes> { get }
  /// Predictions at the points: observation j of point q at `j * count + q`; 1 where a subject has
  /// fewer observations than others.
  var predictions: UnsafeMutablePointer<Lanes> { get }

  /// The information about the predictions, in the order of `predictions`; only in a model with
  /// direct parameters.
  var informations: UnsafeMutablePointer<Lanes> { get }

  /// Computes predictions and log-likelihoods of the subjects of a block at the first `count` of
  /// `points`.
  /// - Parameters:
  ///   - count: at most `KernelPlan.pointCapacity`.
  ///   - chosen: above 0 in the lanes of the subjects that are asked for; the others may have any
  ///     numbers.
  ///   - needsPredictions: whether `predictions` are asked for; else they may have any numbers.
  func evaluate(
    block: Int, count: Int, halfPrecision: Double, chosen: UnsafePointer<Lanes>,
    needsPredictions: Bool)
}

/// The log-likelihood of a point outside the model's domain; far below any real one, and finite, so
/// that differences of two such values are numbers.
public let outsideDomain = -1e300

/// The nodes of one subject and component, in the standardised variable z with φ = m + Lz.
public struct NodeSet {
  /// T in vectors, the last filled up.
  public let vectors: Int
  /// z: dimension d of vector v at `d * stride + v`.
  public let z: UnsafeMutablePointer<Lanes>
  public let stride: Int
  /// 1/((2π)^(p/2) q(z)), times T ω_l for the nodes of a quadrature rule; 0 for what fills the last
  /// vector up. `nil`: all nodes count, and have the density of the standard normal.
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

/// The nodes of a quadrature rule, in the standardised variable z.
public struct QuadratureRule {
  /// T
  public let count: Int
  /// Eight nodes to a vector.
  public let nodes: NodeSet
  /// One node to a vector, the same in all lanes: T vectors.
  public let spread: NodeSet

  public init(count: Int, nodes: NodeSet, spread: NodeSet) {
    self.count = count
    self.nodes = nodes
    self.spread = spread
  }
}

/// What is known of the likelihood at the nodes of a subject and component, whatever μ, Σ and σ²
/// are; or at those of eight subjects, one node to a vector.
public struct LikelihoodTable {
  /// |H|^(−½) up to a constant of the subject, times the nodes' `inverseDensity`; 0 outside the
  /// model's domain.
  public let factor: UnsafeMutablePointer<Lanes>
  /// (Y − h)ᵀH⁻¹(Y − h); 0 outside the domain.
  public let squares: UnsafeMutablePointer<Lanes>
  /// log₂ of what `factor` leaves out, for subjects with so many observations that it would
  /// overflow.
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

/// What makes weights from a table, and where their sums go; one lane of eight subjects: element e
/// at `base[8 * e]`.
public struct WeightView {
  /// ρΛ⁻¹(m − μ) and ρΛ⁻¹L with ρ = √(½ log₂ e): z to the prior's standardised variable, in the
  /// scale of exponents of 2.
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

/// The envelopes of eight subjects for one component, what makes weights from a table, and where
/// their sums go: vectors with a lane for each subject, in the order of `EnvelopeView` and
/// `WeightView`.
public struct BlockView {
  public let mean: UnsafePointer<Lanes>
  public let factor: UnsafePointer<Lanes>
  public let offset: UnsafePointer<Lanes>
  public let whitening: UnsafePointer<Lanes>
  public let reference: UnsafePointer<Lanes>
  public let sums: UnsafeMutablePointer<Lanes>

  public init(
    mean: UnsafePointer<Lanes>, factor: UnsafePointer<Lanes>, offset: UnsafePointer<Lanes>,
    whitening: UnsafePointer<Lanes>, reference: UnsafePointer<Lanes>,
    sums: UnsafeMutablePointer<Lanes>
  ) {
    self.mean = mean
    self.factor = factor
    self.offset = offset
    self.whitening = whitening
    self.reference = reference
    self.sums = sums
  }
}

/// Features of a node: f = (1, u, products of two elements of u, the squared residuals less what is
/// expected of them), with u = ρΛ⁻¹(φ − μ), see `WeightView`.
public struct FeatureList {
  /// The factors of the products.
  public let pairs: UnsafePointer<SIMD2<Int32>>
  public let pairCount: Int
  /// m σ², one vector.
  public let expectedSquares: UnsafePointer<Lanes>

  public init(
    pairs: UnsafePointer<SIMD2<Int32>>, pairCount: Int, expectedSquares: UnsafePointer<Lanes>
  ) {
    self.pairs = pairs
    self.pairCount = pairCount
    self.expectedSquares = expectedSquares
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
