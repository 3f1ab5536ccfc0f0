/// Anderson's acceleration of a map g on ℝᵈ towards its fixed point, for maps that ascend as EM
/// does.
///
/// With residuals f = g(x) − x, and ΔG, ΔF the differences of the last images and residuals, the
/// next point is g(x) − ΔG γ, where γ minimises ‖f − ΔF γ‖: D. G. Anderson, J ACM 12 (1965)
/// 547–560, in the form "type II" of Walker & Ni, SIAM J Numer Anal 49 (2011) 1715–1735. Henderson
/// & Varadhan, J Comput Graph Stat 28 (2019) 834–846, restart and damp it for EM. Here two things
/// keep it from going astray in mixtures:
/// - No coordinate leaves the plain image by more than `largestStep`. A limit in proportion to the
///   plain step would be wrong: where EM crawls, steps a thousand times as long as its own are
///   right.
/// - The method finds any fixed point, saddles too, which EM leaves slowly and along which it
///   spends most of its time when a component has hardly any subjects of its own. Near a maximum,
///   EM's Jacobian has its eigenvalues within 0…1, and the fixed point lies ahead: (x' − x)·f > 0.
///   If it seems to lie behind, that is a saddle, and EM's own step is lengthened instead, by a
///   factor that grows as long as that goes well.
///
/// The caller evaluates the map at what it gets, and calls `forgetDirections` if that was no
/// improvement.
package struct AndersonAcceleration: Sendable, Codable {
  /// The next step away from a saddle is so many times as long as the last.
  private static let growth = 4.0
  /// What is left of a column after projection, relative to the column, below which it is said to
  /// depend on newer ones.
  private static let dependence = 1e-6

  /// The largest number of differences that are kept.
  package let memory: Int
  /// How far a coordinate of the next point may be from that of the image.
  package let largestStep: Double
  /// Estimated distance of the last point from the fixed point, as its largest coordinate: ∞ as
  /// long as nothing is known of the map but one step, and near a saddle.
  package private(set) var distance = Double.infinity

  private var dimension = 0
  private var lastImage: [Double] = []
  private var lastResidual: [Double] = []
  /// Whether `lastImage` and `lastResidual` are those of a point.
  private var hasLast = false
  /// Columns of ΔG and ΔF one after another, in a ring of `memory`.
  private var imageDifferences: [Double] = []
  private var residualDifferences: [Double] = []
  private var columnCount = 0
  /// Place of the newest column in the ring.
  private var newest = 0
  /// The columns of ΔF made orthonormal, newest first, and those of ΔG by the same operations;
  /// scratch.
  private var residualBasis: [Double] = []
  private var imageBasis: [Double] = []
  /// How many of EM's steps the next step away from a saddle is longer.
  private var stride = 1.0
  private var isLeavingSaddle = false

  /// - Parameters:
  ///   - memory: at least 1. More than 5 gains nothing for EM.
  ///   - largestStep: in the units of the coordinates.
  package init(memory: Int = 5, largestStep: Double = 0.5) {
    precondition(memory > 0 && largestStep >= 0)
    self.memory = memory
    self.largestStep = largestStep
  }

  /// Whether it can work on a space of this dimension, as what was read from a file may not.
  func isConsistent(dimension count: Int) -> Bool {
    let columns = [imageDifferences, residualDifferences, imageBasis, residualBasis]
    return memory == AndersonAcceleration().memory && largestStep.isFinite && largestStep >= 0
      && (0...memory).contains(columnCount) && (0..<memory).contains(newest)
      && (dimension == 0 && columnCount == 0 && !hasLast || dimension == count)
      && [lastImage, lastResidual].allSatisfy { $0.count == dimension }
      && columns.allSatisfy { $0.count == dimension * memory }
  }

  /// Forgets all: the map is another one.
  package mutating func restart() {
    forgetDirections()
    hasLast = false
  }

  /// Forgets the last point, but not what is known of the directions: the map has changed a little,
  /// so that its values at two points cannot be compared any more, but their differences still
  /// hold.
  package mutating func breakOff() {
    hasLast = false
    stride = 1
    isLeavingSaddle = false
    distance = .infinity
  }

  /// Forgets all but the last point and its image.
  package mutating func forgetDirections() {
    columnCount = 0
    stride = 1
    isLeavingSaddle = false
    distance = .infinity
  }

  /// The next point to evaluate.
  /// - Parameter image: g(`point`). If it is not finite nothing is learnt from it.
  /// - Returns: `image` itself as long as there is nothing to extrapolate from.
  package mutating func next(point: [Double], image: [Double]) -> [Double] {
    precondition(point.count == image.count)
    if point.count != dimension { setDimension(point.count) }
    var residual = image
    var square = 0.0
    for i in 0..<dimension {
      residual[i] -= point[i]
      square += residual[i] * residual[i]
    }
    guard square.isFinite else {
      restart()
      return image
    }
    remember(image: image, residual: residual)
    guard square > 0 else {
      distance = 0
      return image
    }
    guard columnCount > 0 else {
      distance = .infinity
      return image
    }

    var step = extrapolation(residual)
    var forward = 0.0
    distance = 0
    for i in 0..<dimension {
      let whole = residual[i] + step[i]
      forward += whole * residual[i]
      distance = max(distance, abs(whole))
    }
    if !(forward > 0) {
      if isLeavingSaddle { stride *= Self.growth }
      for i in 0..<dimension { step[i] = stride * residual[i] }
      distance = .infinity
    } else {
      stride = 1
    }
    isLeavingSaddle = !(forward > 0)
    return limited(image, step)
  }

  private mutating func setDimension(_ d: Int) {
    restart()
    dimension = d
    lastImage = [Double](repeating: 0, count: d)
    lastResidual = lastImage
    imageDifferences = [Double](repeating: 0, count: d * memory)
    residualDifferences = imageDifferences
    imageBasis = imageDifferences
    residualBasis = imageDifferences
  }

  /// Adds the differences from the last point, unless they are 0, and makes this the last.
  private mutating func remember(image: [Double], residual: [Double]) {
    if hasLast {
      let place = (newest + 1) % memory
      var square = 0.0
      for i in 0..<dimension {
        let difference = residual[i] - lastResidual[i]
        residualDifferences[place * dimension + i] = difference
        imageDifferences[place * dimension + i] = image[i] - lastImage[i]
        square += difference * difference
      }
      if square > 0 && square.isFinite {
        newest = place
        columnCount = min(columnCount + 1, memory)
      }
    }
    lastImage = image
    lastResidual = residual
    hasLast = true
  }

  /// −ΔG γ. By modified Gram–Schmidt from the newest column to the oldest, in which each column of
  /// ΔG takes part in the operations on its column of ΔF: then −ΔG γ is a sum over the orthonormal
  /// columns. The first column that depends on newer ones is forgotten with all that are older.
  private mutating func extrapolation(_ f: [Double]) -> [Double] {
    let d = dimension
    var rest = f
    var step = [Double](repeating: 0, count: d)
    for column in 0..<columnCount {
      let source = (newest - column + memory) % memory * d
      let target = column * d
      var square = 0.0
      for i in 0..<d {
        let difference = residualDifferences[source + i]
        residualBasis[target + i] = difference
        imageBasis[target + i] = imageDifferences[source + i]
        square += difference * difference
      }
      for newer in Swift.stride(from: 0, to: target, by: d) {
        var projection = 0.0
        for i in 0..<d { projection += residualBasis[newer + i] * residualBasis[target + i] }
        for i in 0..<d {
          residualBasis[target + i] -= projection * residualBasis[newer + i]
          imageBasis[target + i] -= projection * imageBasis[newer + i]
        }
      }
      var left = 0.0
      for i in 0..<d { left += residualBasis[target + i] * residualBasis[target + i] }
      guard left > square * (Self.dependence * Self.dependence), left.isNormal else {
        columnCount = column
        break
      }
      let length = left.squareRoot()
      var coefficient = 0.0
      for i in 0..<d {
        residualBasis[target + i] /= length
        imageBasis[target + i] /= length
        coefficient += residualBasis[target + i] * rest[i]
      }
      for i in 0..<d {
        rest[i] -= coefficient * residualBasis[target + i]
        step[i] -= coefficient * imageBasis[target + i]
      }
    }
    return step
  }

  /// The image and a step from there, shortened if it is too long.
  private func limited(_ image: [Double], _ step: [Double]) -> [Double] {
    var largest = 0.0
    for i in 0..<dimension { largest = max(largest, abs(step[i])) }
    let factor = largest > largestStep ? largestStep / largest : 1
    var result = image
    for i in 0..<dimension { result[i] += factor * step[i] }
    return result
  }
}
