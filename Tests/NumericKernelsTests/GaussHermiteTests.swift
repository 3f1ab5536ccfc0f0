import NumericKernels
import Testing

@Suite("Gauss–Hermite rule")
struct GaussHermiteTests {
  @Test("nodes and weights are those computed with 60 digits, for all orders")
  func knownRules() {
    let answers = knownAnswers("gauss-hermite.txt")
    #expect(answers.count == 32 * 33 / 2)
    var rule = GaussHermite(order: 1)
    for answer in answers {
      let order = Int(answer[0])!
      let i = Int(answer[1])!
      if rule.nodes.count != order { rule = GaussHermite(order: order) }
      let node = double(answer[2])
      let weight = double(answer[3])
      #expect(abs(rule.nodes[i] - node) <= 1e-15, "node \(i) of \(order)")
      #expect(abs(rule.weights[i] - weight) <= 5e-15 * weight, "weight \(i) of \(order)")
    }
  }

  @Test("polynomials up to degree 2n − 1 are integrated exactly", arguments: 1...32)
  func exactness(order: Int) {
    let rule = GaussHermite(order: order)
    // Orthonormal Hermite polynomials: the mean is 1 for degree 0 and 0 for the others.
    for degree in 0..<2 * order {
      var sum = 0.0
      for (x, w) in zip(rule.nodes, rule.weights) {
        var previous = 0.0
        var value = 1.0
        for k in 0..<degree {
          (previous, value) = (
            value,
            (x * value - Double(k).squareRoot() * previous) / Double(k + 1).squareRoot()
          )
        }
        sum += w * value
      }
      #expect(abs(sum - (degree == 0 ? 1 : 0)) < 1e-13, "degree \(degree)")
    }
    #expect(zip(rule.nodes, rule.nodes.reversed()).allSatisfy { $0 == -$1 })
    #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
    #expect(rule.weights == rule.weights.reversed())
  }

  @Test("indices of a product rule are the digits of the node's number", arguments: 1...32)
  func digits(order: Int) {
    let product = ProductNodes(order: order)
    let limit = ProductNodes.countLimit
    let starts = [0, 8, 1000, 4096, limit / order / 8 * 8, limit / 3 / 8 * 8, limit - 8]
    for first in starts + (1...200).map({ limit / 200 * $0 / 8 * 8 - 8 }) {
      var numbers = ProductNodes.numbers(first: first)
      var rest = (0..<8).map { first + $0 }
      for _ in 0..<5 {
        let indices = product.nextIndices(&numbers)
        for lane in 0..<8 {
          #expect(indices[lane] == UInt64(rest[lane] % order))
          rest[lane] /= order
        }
      }
    }
  }

  @Test("the product rule integrates e^(a·z) over three dimensions")
  func productRule() {
    let rule = GaussHermite(order: 9)
    let product = ProductNodes(order: 9)
    let a = [0.5, -0.3, 0.8]
    var sum = Lanes.all(0)
    for first in stride(from: 0, to: 729, by: 8) {
      var numbers = ProductNodes.numbers(first: first)
      var exponent = Lanes.all(0)
      var weight = Lanes.all(1)
      for d in 0..<3 {
        let indices = product.nextIndices(&numbers)
        exponent += a[d] * ProductNodes.lookUp(rule.nodes, indices)
        weight *= ProductNodes.lookUp(rule.weights, indices)
      }
      for lane in 0..<8 where first + lane >= 729 { weight[lane] = 0 }
      sum += weight * exp(exponent)
    }
    #expect(abs(sum.treeSum / exp(0.5 * (0.25 + 0.09 + 0.64)) - 1) < 1e-9)
  }
}
