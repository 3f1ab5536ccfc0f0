import Estimation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Largest values, and rows of posteriors")
struct LargestValuesTests {
  private static func values(_ kind: Int, _ count: Int) -> [Double] {
    let address = RandomAddress(key: 11, purpose: .simulatedEffects, subject: kind)
    return (0..<count).map { i in
      let u = address.uniform(sample: i, dimension: 0)
      switch kind {
      case 0: return log(u)
      case 1: return Double(i)
      case 2: return -Double(i)
      case 3: return (8 * u).rounded()
      case 4: return u < 0.7 ? -.infinity : u
      default: return 1
      }
    }
  }

  @Test(
    "the largest values are the first of all values in descending order",
    arguments: 0..<6, [0, 1, 7, 8, 96, 1000])
  func sorted(kind: Int, count: Int) {
    for want in [0, 1, 2, 5, 21, 95, count, count + 3] {
      let values = Self.values(kind, count)
      let largest = values.withUnsafeBufferPointer { largestValues(want, of: $0) }
      #expect(largest == Array(values.sorted(by: >).prefix(want)))
    }
  }

  @Test("what is not a number is not among the largest values")
  func notNumbers() {
    let values = [Double.nan, 3, .nan, 5, 4, .nan, 6]
    #expect(values.withUnsafeBufferPointer { largestValues(2, of: $0) } == [6, 5])
    #expect(values.withUnsafeBufferPointer { largestValues(6, of: $0) } == [6, 5, 4, 3])
  }

  @Test("rows with components in another order are the permuted rows of the subjects")
  func rows() {
    let example = Example.proportional
    let subjects = Array(example.dataset.subjects.indices)
    let step = ExpectationStep(
      model: example.model, dataset: example.dataset, subjects: subjects, settings: .exact(64))
    _ = step.run(at: example.parameters, iteration: 0, envelopes: .modes)
    for order in [[0, 1], [1, 0]] {
      #expect(
        step.posteriorRows(order: order)
          == subjects.flatMap { step.posterior($0).permuted(order).values })
    }
    #expect(step.posteriorRows == step.posteriorRows(order: [0, 1]))
    #expect(step.posteriorRows != step.posteriorRows(order: [1, 0]))
  }
}
