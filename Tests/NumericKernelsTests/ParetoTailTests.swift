import NumericKernels
import Testing

@Suite("Pareto tail")
struct ParetoTailTests {
  @Test("estimates agree with an independent computation with 40 digits")
  func knownEstimates() {
    let answers = knownAnswers("generalized-pareto.txt")
    #expect(answers.count == 18)
    for answer in answers {
      let numbers = answer.map(double)
      let sample = Array(numbers.dropFirst(2))
      #expect(abs(ParetoTail.generalizedParetoShape(sample) - numbers[0]) < 1e-12)
      // In another order, on another scale and above a threshold.
      let weights = ([0] + sample.reversed()).map { 1e-200 * ($0 + 3) }
      #expect(abs(ParetoTail.shape(largestWeights: weights) - numbers[1]) < 1e-9)
      #expect(abs(ParetoTail.shape(largestWeights: [0] + sample) - numbers[1]) < 1e-12)
    }
  }

  @Test("the shape of a generalised Pareto sample is found", arguments: [-0.5, 0, 0.3, 0.7, 1.2])
  func knownShapes(k: Double) {
    let address = RandomAddress(key: 5, purpose: .simulatedEffects)
    let n = 4000
    let sample = (0..<n).map { l in
      let u = address.uniform(sample: l, dimension: 0)
      return k == 0 ? -log(u) : (exp(-k * log(u)) - 1) / k
    }
    let estimate = ParetoTail.shape(largestWeights: [0] + sample)
    // The standard error of the maximum likelihood estimate is (1 + k)/√n.
    #expect(abs(estimate - k) < 3 * (1 + k) / Double(n).squareRoot() + 0.005)
  }

  @Test("importance weights of a normal target: k̂ tells too narrow an envelope from a wide one")
  func envelopes() {
    // N(0, 1) sampled from N(0, s²): the weights' tail has the shape 1 − s² for s < 1, and is
    // bounded for s > 1.
    let address = RandomAddress(key: 6, purpose: .simulatedEffects)
    func shape(_ s: Double) -> Double {
      let samples = 20_000
      let weights = (0..<samples).map { l -> Double in
        let z: Double = address.normal(sample: l, dimension: 0)
        let exponent: Double = 0.5 * z * z * (1 - s * s)
        return exp(exponent)
      }.sorted(by: >)
      return ParetoTail.shape(
        largestWeights: Array(weights.prefix(ParetoTail.count(samples: samples) + 1)))
    }
    #expect(shape(0.4) > 0.65)
    #expect(shape(1.3) < 0.1)
    #expect(shape(0.4) > shape(0.7) && shape(0.7) > shape(1.3))
  }

  @Test("weights that cannot be judged")
  func edges() {
    #expect(ParetoTail.shape(largestWeights: []) == .infinity)
    #expect(ParetoTail.shape(largestWeights: [1, 2, 3, 4]) == .infinity)
    #expect(ParetoTail.shape(largestWeights: [Double](repeating: 0.1, count: 20)) == -.infinity)
    #expect(ParetoTail.shape(largestWeights: [Double](repeating: 0, count: 50) + [1]) == .infinity)
    #expect(ParetoTail.shape(largestWeights: [1, 2, 3, 4, 5, 6, .infinity]) == .infinity)
    #expect(ParetoTail.shape(largestWeights: [1, 2, 3, 4, 5, 6, .nan]) == .infinity)
    // Ties and rounding differences do not make it undefined.
    #expect(ParetoTail.shape(largestWeights: [0, 1, 1, 1, 1, 1, 1, 1]).isFinite)
    let almostEqual = (0..<40).map { 1 + Double($0) * 0x1p-52 }
    #expect(ParetoTail.shape(largestWeights: almostEqual) < 0.5)
  }

  @Test("sizes of tails and the limit of trust")
  func sizes() {
    #expect(ParetoTail.count(samples: 100) == 20)
    #expect(ParetoTail.count(samples: 1000) == 95)
    #expect(ParetoTail.count(samples: 0) == 0)
    #expect(abs(ParetoTail.shapeLimit(samples: 100) - 0.5) < 1e-15)
    #expect(ParetoTail.shapeLimit(samples: 10_000) == 0.7)
  }
}
