import Estimation
import NumericKernels
import Testing

@Suite("Anderson acceleration")
struct AndersonAccelerationTests {
  /// x ↦ x* + Q diag(λ) Qᵀ (x − x*), with Q a product of Householder reflections.
  struct LinearMap {
    let rates: [Double]
    let fixedPoint: [Double]
    let reflections: [[Double]]

    init(_ rates: [Double], reflectionCount: Int = 3) {
      let address = RandomAddress(key: 11, purpose: .simulatedEffects, subject: rates.count)
      self.rates = rates
      fixedPoint = rates.indices.map { address.normal(sample: 0, dimension: $0) }
      reflections = (1...max(1, reflectionCount)).map { sample in
        let v = rates.indices.map { address.normal(sample: sample, dimension: $0) }
        let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return v.map { $0 / length }
      }
    }

    func callAsFunction(_ x: [Double]) -> [Double] {
      func reflect(_ y: inout [Double], _ v: [Double]) {
        let projection = zip(y, v).reduce(0) { $0 + $1.0 * $1.1 }
        for i in y.indices { y[i] -= 2 * projection * v[i] }
      }
      var y = zip(x, fixedPoint).map { $0 - $1 }
      for v in reflections { reflect(&y, v) }
      for i in y.indices { y[i] *= rates[i] }
      for v in reflections.reversed() { reflect(&y, v) }
      return zip(y, fixedPoint).map { $0 + $1 }
    }

    func error(_ x: [Double]) -> Double {
      zip(x, fixedPoint).map { abs($0 - $1) }.max() ?? 0
    }
  }

  static func unlimited(memory: Int = 5) -> AndersonAcceleration {
    AndersonAcceleration(memory: memory, largestStep: .infinity)
  }

  @Test("a linear map on d coordinates is solved by d + 1 evaluations", arguments: 1...5)
  func linear(dimension: Int) {
    let map = LinearMap((0..<dimension).map { 0.95 - 0.17 * Double($0) })
    var acceleration = Self.unlimited()
    var x = [Double](repeating: 3, count: dimension)
    for evaluation in 0...dimension {
      #expect(map.error(x) > 1e-6, "after \(evaluation) evaluations")
      x = acceleration.next(point: x, image: map(x))
    }
    #expect(map.error(x) < 1e-11)
  }

  @Test("slow maps of more coordinates than the memory take far fewer evaluations than iteration")
  func largerThanMemory() {
    let map = LinearMap((0..<12).map { 0.99 - 0.08 * Double($0) })
    var acceleration = Self.unlimited()
    var x = [Double](repeating: 3, count: 12)
    var evaluations = 0
    while map.error(x) > 1e-10 && evaluations < 2000 {
      x = acceleration.next(point: x, image: map(x))
      evaluations += 1
    }
    // Iteration alone: log 1e-10 / log 0.99 = 2300.
    #expect(evaluations < 120)
  }

  @Test("the estimated distance is the distance once the map is known")
  func distance() {
    let map = LinearMap([0.97, 0.4])
    var acceleration = Self.unlimited()
    var x = [3.0, 3.0]
    for _ in 0..<3 {
      let image = map(x)
      let error = map.error(x)
      x = acceleration.next(point: x, image: image)
      if map.error(x) < 1e-10 {
        #expect(abs(acceleration.distance - error) < 1e-9)
        return
      }
    }
    Issue.record("not solved")
  }

  @Test("at first the next point is the image, and the distance unknown")
  func first() {
    var acceleration = AndersonAcceleration()
    #expect(acceleration.distance == .infinity)
    let next = acceleration.next(point: [1, 2], image: [3, 5])
    #expect(next == [3, 5])
    #expect(acceleration.distance == .infinity)
  }

  @Test("no coordinate leaves the image by more than the largest step")
  func largestStep() {
    let map = LinearMap([0.999, 0.9, 0.5])
    var acceleration = AndersonAcceleration(largestStep: 0.125)
    var x = [40.0, -30, 20]
    var largest = 0.0
    for _ in 0..<200 {
      let image = map(x)
      x = acceleration.next(point: x, image: image)
      let step = zip(x, image).map { abs($0 - $1) }.max()!
      #expect(step <= 0.125 + 1e-13)
      largest = max(largest, step)
    }
    #expect(largest > 0.124)
  }

  @Test("after a restart all is as at the beginning")
  func restart() {
    let map = LinearMap([0.9, 0.6, 0.3])
    var used = AndersonAcceleration()
    var x = [2.0, 1, 0]
    for _ in 0..<7 { x = used.next(point: x, image: map(x)) }
    used.restart()
    #expect(used.distance == .infinity)
    var fresh = AndersonAcceleration()
    x = [-1.0, 4, 2]
    for _ in 0..<5 {
      let next = used.next(point: x, image: map(x))
      let expected = fresh.next(point: x, image: map(x))
      #expect(next == expected)
      #expect(used.distance == fresh.distance)
      x = next
    }
  }

  @Test("forgetting directions keeps the last point as the base of the next difference")
  func forgetDirections() {
    let map = LinearMap([0.9], reflectionCount: 0)
    var acceleration = Self.unlimited()
    _ = acceleration.next(point: [5], image: map([5]))
    acceleration.forgetDirections()
    let second = acceleration.next(point: [4], image: map([4]))
    #expect(map.error(second) < 1e-12)
    acceleration.restart()
    let afterRestart = acceleration.next(point: [4], image: map([4]))
    #expect(afterRestart == map([4]))
  }

  @Test("points that repeat leave the image as it is")
  func identicalPoints() {
    var acceleration = AndersonAcceleration()
    for _ in 0..<10 {
      let next = acceleration.next(point: [1, 2, 3], image: [1.5, 2, 2.5])
      #expect(next == [1.5, 2, 2.5])
    }
  }

  @Test("columns that depend on others do no harm")
  func dependentColumns() {
    // All residuals along one direction, three coordinates.
    var acceleration = Self.unlimited()
    var x = [4.0, 4, 4]
    for _ in 0..<8 {
      let image = x.map { 1 + 0.8 * ($0 - 1) }
      x = acceleration.next(point: x, image: image)
      for value in x { #expect(abs(value) < 5) }
    }
    for value in x { #expect(abs(value - 1) < 1e-12) }
  }

  @Test("residuals that do not change keep the step finite")
  func constantResidual() {
    var acceleration = AndersonAcceleration()
    var x = [0.0, 0]
    for _ in 0..<20 {
      let image = [x[0] + 1, x[1]]
      x = acceleration.next(point: x, image: image)
      for value in x { #expect(value.isFinite) }
      #expect(x[0] >= image[0] - 0.5)
    }
  }

  @Test("a fixed point stays, at distance 0")
  func fixedPoint() {
    let map = LinearMap([0.9, 0.5])
    var acceleration = AndersonAcceleration()
    _ = acceleration.next(point: [1, 1], image: map([1, 1]))
    let next = acceleration.next(point: [2, 3], image: [2, 3])
    #expect(next == [2, 3])
    #expect(acceleration.distance == 0)
  }

  @Test("a map without coordinates has nothing to accelerate")
  func noCoordinates() {
    var acceleration = AndersonAcceleration()
    for _ in 0..<3 {
      let next = acceleration.next(point: [], image: [])
      #expect(next.isEmpty)
      #expect(acceleration.distance == 0)
    }
  }

  @Test("an image that is not finite comes back, and nothing is learnt from it")
  func notFinite() {
    var acceleration = AndersonAcceleration()
    _ = acceleration.next(point: [1, 1], image: [0.9, 0.5])
    let bad = acceleration.next(point: [2, 1], image: [.nan, 1])
    #expect(bad[0].isNaN && bad[1] == 1)
    let good = acceleration.next(point: [2, 1], image: [1.8, 0.5])
    #expect(good == [1.8, 0.5])
    let infinite = acceleration.next(point: [2, 1], image: [.infinity, 1])
    #expect(infinite == [.infinity, 1])
  }

  @Test("a saddle repels as it repels plain iteration, only faster")
  func saddle() {
    // The first coordinate leaves 0, the second goes there; at ±∞ nothing holds it.
    func map(_ x: [Double]) -> [Double] { [1.02 * x[0], 0.5 * x[1]] }
    var acceleration = AndersonAcceleration()
    var x = [1e-6, 1]
    var evaluations = 0
    while x[0] < 1 && evaluations < 1000 {
      let last = x[0]
      x = acceleration.next(point: x, image: map(x))
      #expect(x[0] > last || evaluations < 4)
      evaluations += 1
    }
    // Plain iteration: log 1e6 / log 1.02 = 698.
    #expect(evaluations < 40)
  }

  @Test("the same bits on every machine")
  func sameBits() {
    // Only + − × ÷ and square roots, each rounded by itself.
    var acceleration = AndersonAcceleration()
    var x = [0.1, 0.7, -0.3]
    for _ in 0..<5 {
      let image = [
        0.9 * x[0] - 0.1 * x[1] * x[1] + 0.2, 0.7 * x[1] + 0.1 * x[2], 0.3 * x[2] + x[0] / 9,
      ]
      x = acceleration.next(point: x, image: image)
    }
    #expect(x == [1.9968485166874612, 0.10565336067129422, 0.31696008201388276])
  }
}
