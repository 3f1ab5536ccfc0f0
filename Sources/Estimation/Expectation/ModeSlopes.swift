import CVector
import KernelInterface
import NumericKernels
import PopulationModel

/// The log density log p(Y_i | g(φ)) − ½(φ − μ_k)ᵀΣ_k⁻¹(φ − μ_k) of eight subjects at once, and its
/// slopes.
final class ModeSlopes {
  /// Points of eight subjects, and what is known of the densities there.
  struct Point {
    private let p: Int
    private let memory: UnsafeMutablePointer<Lanes>
    /// φ
    var position: UnsafeMutablePointer<Lanes> { memory }
    var gradient: UnsafeMutablePointer<Lanes> { memory + p }
    /// The factor of minus the second derivative.
    var curvature: UnsafeMutablePointer<Lanes> { memory + 2 * p }
    var value: UnsafeMutablePointer<Lanes> { memory + 2 * p + SymmetricMatrix.elementCount(p) }
    /// (Y − h)ᵀH⁻¹(Y − h)
    var squares: UnsafeMutablePointer<Lanes> { value + 1 }

    static func size(_ p: Int) -> Int { 2 * p + SymmetricMatrix.elementCount(p) + 2 }

    /// - Parameter memory: `size` vectors.
    init(_ memory: UnsafeMutablePointer<Lanes>, effectCount: Int) {
      self.memory = memory
      p = effectCount
    }

    /// Takes over the lanes of another point where the mask is above 0.
    func take(_ other: Point, _ mask: Lanes) {
      for e in 0..<Self.size(p) { memory[e] = select(mask, other.memory[e], memory[e]) }
    }
  }

  /// Step of the differences in standard deviations of the prior, and the largest in those of the
  /// posterior, by the curvature that was found last.
  private static let differenceStep = 1e-4
  private static let largestStep = 1e-2
  /// Effects that are moved at a time.
  private static let effectBatch = 8

  private let kernel: any SubjectKernel
  /// Of the kernel; see `SubjectKernel.evaluate`.
  private let points: UnsafeMutablePointer<Lanes>
  private let logLikelihoods: UnsafeMutablePointer<Lanes>
  private let squaresAtPoints: UnsafeMutablePointer<Lanes>
  private let predictionsAtPoints: UnsafeMutablePointer<Lanes>
  private let informationsAtPoints: UnsafeMutablePointer<Lanes>
  private let programs: SubjectPrograms
  private let isProportional: Bool
  private let isFactored: Bool
  private let p: Int
  private let packed: Int
  private let distances: UnsafeMutablePointer<Lanes>
  /// What `distances` are at most.
  private let reach: UnsafeMutablePointer<Lanes>
  /// Derivative of prediction j by effect a at `j * p + a`.
  private let jacobian: UnsafeMutablePointer<Lanes>
  private var block = 0
  private var rowCount = 0
  /// Prediction j at the point that was differentiated last is at `j * predictionStride`.
  var predictions: UnsafeMutablePointer<Lanes> { predictionsAtPoints }
  private(set) var predictionStride = 1
  /// 1/(2σ²); another one may be set until the next `prepare`.
  var halfPrecision = 0.0
  private(set) var observationCounts = Lanes.all(0)
  /// Squared residuals of predictions of 0, or of ∞ under proportional error.
  private(set) var squaresOfNothing = Lanes.all(0)
  /// What chance allows the squared residuals to be.
  var residualLimit: Lanes {
    chanceLimit(observationCounts) * (0.5 / halfPrecision)
  }
  /// Of the components at hand: see `ComponentDensities`.
  private var mean: UnsafePointer<Lanes>
  private let ownMean: UnsafeMutablePointer<Lanes>
  private let deviation: UnsafeMutablePointer<Lanes>
  private let precision: UnsafeMutablePointer<Lanes>
  private let inverseFactor: UnsafeMutablePointer<Lanes>

  init(kernel: any SubjectKernel, programs: SubjectPrograms) {
    self.kernel = kernel
    points = kernel.points
    logLikelihoods = kernel.logLikelihoods
    squaresAtPoints = kernel.squares
    predictionsAtPoints = kernel.predictions
    informationsAtPoints = kernel.informations
    self.programs = programs
    isProportional = programs.kernelModel.isProportional
    isFactored = programs.model.isFactored
    p = programs.model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    let count = p * (4 + max(1, programs.largestObservationCount)) + 2 * packed
    distances = .allocate(capacity: count)
    distances.initialize(repeating: Lanes.all(0), count: count)
    reach = distances + p
    ownMean = reach + p
    deviation = ownMean + p
    precision = deviation + p
    inverseFactor = precision + packed
    jacobian = inverseFactor + packed
    mean = UnsafePointer(ownMean)
  }

  deinit { distances.deallocate() }

  /// Points that are evaluated at a time: the middle, and one for each effect.
  static func pointCount(_ p: Int) -> Int { 1 + min(p, effectBatch) }

  /// Turns to a block and component.
  func prepare(_ block: Int, _ k: Int, _ densities: ComponentDensities, _ blocks: SubjectBlocks) {
    turn(to: block, densities)
    mean = UnsafePointer(blocks.record(block, k) + blocks.layout.priorMean)
    for j in 0..<p { deviation[j] = Lanes.all(densities.deviation[k * p + j]) }
    for e in 0..<packed {
      precision[e] = Lanes.all(densities.precision[k * packed + e])
      inverseFactor[e] = Lanes.all(densities.inverseFactor[k * packed + e])
    }
    for j in 0..<p { reach[j] = deviation[j] * Self.differenceStep }
  }

  /// Turns to a block, and in each lane to a component of its own.
  func prepare(
    _ block: Int, components: SIMD8<Int>, _ densities: ComponentDensities, _ blocks: SubjectBlocks
  ) {
    turn(to: block, densities)
    mean = UnsafePointer(ownMean)
    for lane in 0..<8 {
      let k = components[lane]
      let prior = blocks.record(block, k) + blocks.layout.priorMean
      for j in 0..<p {
        ownMean[j][lane] = prior[j][lane]
        deviation[j][lane] = densities.deviation[k * p + j]
      }
      for e in 0..<packed {
        precision[e][lane] = densities.precision[k * packed + e]
        inverseFactor[e][lane] = densities.inverseFactor[k * packed + e]
      }
    }
    for j in 0..<p { reach[j] = deviation[j] * Self.differenceStep }
  }

  private func turn(to block: Int, _ densities: ComponentDensities) {
    self.block = block
    halfPrecision = 0.5 / densities.residualVariance
    rowCount = 0
    for lane in 0..<8 {
      let program = programs.programs[min(8 * block + lane, programs.events.count - 1)]
      rowCount = max(rowCount, program.observationCount)
      observationCounts[lane] = Double(program.observationCount)
      var nothing = Double(program.observationCount)
      if !isFactored {
        // Any prediction may be better than none.
        nothing *= 1e6
      } else if !isProportional {
        nothing = 0
        for j in 0..<program.observationCount {
          nothing += program.observed[j] * program.observed[j]
        }
      }
      squaresOfNothing[lane] = nothing
    }
  }

  /// −½(φ − μ_k)ᵀΣ_k⁻¹(φ − μ_k)
  func exponent(_ phi: UnsafePointer<Lanes>) -> Lanes {
    var square = Lanes.all(0)
    for i in 0..<p {
      var u = Lanes.all(0)
      for j in 0...i { u += inverseFactor[SymmetricMatrix.index(i, j)] * (phi[j] - mean[j]) }
      square += u * u
    }
    return -0.5 * square
  }

  /// Caps a step's length in the prior's standardised variable.
  func shorten(_ step: UnsafeMutablePointer<Lanes>, to cap: Double) {
    var square = Lanes.all(0)
    for i in 0..<p {
      var u = Lanes.all(0)
      for j in 0...i { u += inverseFactor[SymmetricMatrix.index(i, j)] * step[j] }
      square += u * u
    }
    let length = cvector_sqrt(square)
    let scale = cvector_select_less(
      Lanes.all(cap), length, cap / length, Lanes.all(1))
    for j in 0..<p { step[j] *= scale }
  }

  /// The best of ½, ¼, … 2⁻⁸ of a step.
  /// - Parameter target: where it leads to.
  /// - Returns: 1 in those of the chosen lanes where one of them is higher than the beginning.
  func searchLine(
    from start: Point, along step: UnsafePointer<Lanes>, to target: UnsafeMutablePointer<Lanes>,
    _ chosen: Lanes
  ) -> Lanes {
    var chosen = chosen
    let count = 8
    for j in 0..<p {
      var length = 1.0
      for q in 0..<count {
        length *= 0.5
        points[j * count + q] = start.position[j] + step[j] * length
      }
    }
    kernel.evaluate(
      block: block, count: count, halfPrecision: halfPrecision, chosen: &chosen,
      needsPredictions: false)
    var highest = start.value.pointee
    var isFound = Lanes.all(0)
    for q in 0..<count {
      // `distances` is free between two differences.
      for j in 0..<p { distances[j] = points[j * count + q] }
      let value = logLikelihoods[q] + exponent(distances)
      let isHigher = cvector_select_less(highest, value, chosen, Lanes.all(0))
      highest = select(isHigher, value, highest)
      isFound = larger(isHigher, isFound)
      for j in 0..<p { target[j] = select(isHigher, distances[j], target[j]) }
    }
    return isFound
  }

  /// The log density at a point, with its gradient and the factor of minus the Gauss–Newton
  /// approximation of its second derivative: Σ⁻¹ + Σ_j J_j J_jᵀ ω_j with the Fisher information ω
  /// of an observation about its prediction.
  ///
  /// With p effects p + 1 points are evaluated: differences are on one side, (f(x + h) − f(x))/h =
  /// f′ + ½hf″ + …, and f″ is known by that approximation, which leaves of the error what it is
  /// wrong by.
  /// - Returns: 1 in those of the chosen lanes that are inside the model's domain, with a regular
  ///   second derivative.
  func differentiate(_ point: Point, _ chosen: Lanes) -> Lanes {
    var chosen = chosen
    let zero = Lanes.all(0)
    let outside = Lanes.all(outsideDomain)
    var isInside = chosen
    for j in 0..<p {
      let size = larger(point.position[j], -point.position[j])
      distances[j] = larger(reach[j], size * 1e-10)
    }
    for first in stride(from: 0, to: p, by: Self.effectBatch) {
      let width = min(Self.effectBatch, p - first)
      let count = 1 + width
      for j in 0..<p {
        for q in 0..<count { points[j * count + q] = point.position[j] }
      }
      for a in 0..<width { points[(first + a) * count + 1 + a] += distances[first + a] }
      kernel.evaluate(
        block: block, count: count, halfPrecision: halfPrecision, chosen: &chosen,
        needsPredictions: true)
      let values = logLikelihoods
      point.value.pointee = values[0] + exponent(point.position)
      point.squares.pointee = squaresAtPoints[0]
      isInside = cvector_select_less(outside, values[0], isInside, zero)
      for a in 0..<width {
        let ahead = values[1 + a]
        isInside = cvector_select_less(outside, ahead, isInside, zero)
        let perDistance = 1 / distances[first + a]
        point.gradient[first + a] = (ahead - values[0]) * perDistance
        for row in 0..<rowCount {
          let predictions = predictionsAtPoints + row * count
          jacobian[row * p + first + a] = (predictions[1 + a] - predictions[0]) * perDistance
        }
      }
    }
    // The middle is the first of the points each time.
    predictionStride = 1 + (p - (p - 1) / Self.effectBatch * Self.effectBatch)
    addInformation(to: point.curvature)
    for a in 0..<p {
      let diagonal = SymmetricMatrix.index(a, a)
      let own = point.curvature[diagonal]
      let bend = own - precision[diagonal]
      var slope = fma(distances[a] * 0.5, bend, point.gradient[a])
      for j in 0..<p {
        let element = a >= j ? SymmetricMatrix.index(a, j) : SymmetricMatrix.index(j, a)
        slope -= precision[element] * (point.position[j] - mean[j])
      }
      point.gradient[a] = slope
      // Of lanes that are searched alone: others may be anywhere.
      let step = Self.largestStep / cvector_sqrt(own)
      reach[a] = cvector_select_less(step, reach[a], select(isInside, step, reach[a]), reach[a])
    }
    let isRegular = LaneAlgebra.factor(point.curvature, dimension: p)
    return select(isInside, isRegular, zero)
  }

  /// Σ⁻¹ + Σ_j J_j J_jᵀ ω_j, packed.
  private func addInformation(to curvature: UnsafeMutablePointer<Lanes>) {
    let count = predictionStride
    for e in 0..<packed { curvature[e] = precision[e] }
    // Those of two effects stay in registers.
    var sums = (precision[0], precision[packed > 1 ? 1 : 0], precision[packed > 2 ? 2 : 0])
    for row in 0..<rowCount {
      let h = predictionsAtPoints[row * count]
      let information =
        !isFactored
        ? informationsAtPoints[row * count] * (2 * halfPrecision)
        : isProportional
          ? (2 * halfPrecision + 2) / (h * h) : Lanes.all(2 * halfPrecision)
      let own = jacobian + row * p
      if p == 2 {
        let (first, second) = (own[0], own[1])
        let (a, b) = (information * first, information * second)
        sums = (fma(a, first, sums.0), fma(b, first, sums.1), fma(b, second, sums.2))
        continue
      }
      for i in 0..<p {
        let weighted = information * own[i]
        for j in 0...i {
          let place = SymmetricMatrix.index(i, j)
          curvature[place] = fma(weighted, own[j], curvature[place])
        }
      }
    }
    if p == 2 { (curvature[0], curvature[1], curvature[2]) = sums }
  }
}

/// What chance allows a sum of squares to be that has a χ² distribution: the mean and four standard
/// deviations.
func chanceLimit(_ degreesOfFreedom: Lanes) -> Lanes {
  degreesOfFreedom + 4 * cvector_sqrt(2 * degreesOfFreedom)
}
