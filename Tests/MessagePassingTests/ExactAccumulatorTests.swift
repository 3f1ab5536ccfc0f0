import Foundation
import MessagePassing
import Testing

@Suite("exact sums")
struct ExactAccumulatorTests {
  struct KnownSum: Sendable, CustomTestStringConvertible {
    let line: Int
    let sum: Double
    let addends: [Double]
    var testDescription: String { "line \(line)" }
  }

  /// Computed by Tables/exact-sums.py in rational arithmetic.
  static let knownSums: [KnownSum] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Tables/exact-sums.txt")
    let text = try! String(contentsOf: file, encoding: .utf8)
    return text.split(separator: "\n").enumerated().map { line, fields in
      let numbers = fields.split(separator: " ").map {
        Double(bitPattern: UInt64($0, radix: 16)!)
      }
      return KnownSum(line: line + 1, sum: numbers[0], addends: Array(numbers.dropFirst()))
    }
  }()

  static func sum(_ values: [Double], additionsBeforeCarry: Int64 = 1 << 30) -> Double {
    var accumulator = ExactAccumulator(count: 1, additionsBeforeCarry: additionsBeforeCarry)
    for value in values { accumulator.add(value, to: 0) }
    return accumulator.value(at: 0)
  }

  @Test("sums are those of rational arithmetic, rounded once")
  func knownAnswers() {
    #expect(Self.knownSums.count > 250)
    for known in Self.knownSums {
      #expect(Self.sum(known.addends).bitPattern == known.sum.bitPattern, "line \(known.line)")
    }
  }

  @Test("passing on carries at any time changes nothing", arguments: [1, 2, 3, 10] as [Int64])
  func earlyCarries(additions: Int64) {
    for known in Self.knownSums {
      let sum = Self.sum(known.addends, additionsBeforeCarry: additions)
      #expect(sum.bitPattern == known.sum.bitPattern, "line \(known.line)")
    }
  }

  @Test(
    "vectors side by side give the sums of their values", arguments: [1, 9, 1 << 30] as [Int64])
  func columns(additions: Int64) {
    for known in Self.knownSums {
      // Three rows of up to eight columns; the sum stands in the second of four.
      var accumulator = ExactAccumulator(count: 4, additionsBeforeCarry: additions)
      accumulator.add(-0.25, to: 3)
      for start in stride(from: 0, to: known.addends.count, by: 8) {
        let part = known.addends[start...].prefix(8)
        var rows = [Double](repeating: .nan, count: 24)
        for (i, value) in part.enumerated() {
          rows[i] = 1
          rows[8 + i] = value
          rows[16 + i] = -0.5
        }
        rows.withUnsafeBufferPointer {
          accumulator.add(columns: part.count, of: $0.baseAddress!, to: 0..<3)
        }
      }
      let n = Double(known.addends.count)
      let values = accumulator.values
      #expect(values[0] == n && values[2] == -0.5 * n && values[3] == -0.25)
      #expect(values[1].bitPattern == known.sum.bitPattern, "line \(known.line)")
      accumulator.normalize()
      #expect(accumulator.values[1].bitPattern == known.sum.bitPattern)
    }
  }

  @Test("any order of the addends gives the same bits")
  func permutations() {
    var generator = SystemRandomNumberGenerator()
    for known in Self.knownSums {
      for _ in 0..<5 {
        let shuffled = known.addends.shuffled(using: &generator)
        #expect(Self.sum(shuffled).bitPattern == known.sum.bitPattern, "\(shuffled)")
      }
    }
  }

  @Test("any division among accumulators gives the same bits", arguments: 1...7)
  func divisions(parts: Int) {
    for known in Self.knownSums {
      var accumulators = Array(repeating: ExactAccumulator(count: 1), count: parts)
      for addend in known.addends { accumulators[.random(in: 0..<parts)].add(addend, to: 0) }
      accumulators[.random(in: 0..<parts)].normalize()
      var total = accumulators[0]
      for accumulator in accumulators.dropFirst() { total.merge(accumulator) }
      #expect(total.value(at: 0).bitPattern == known.sum.bitPattern, "line \(known.line)")
    }
  }

  @Test("any number of ranks gives the same bits", arguments: [1, 2, 3, 4, 7])
  func ranks(size: Int) throws {
    let known = Self.knownSums
    let results = ThreadCommunicator.run(ranks: size) { communicator in
      var sums = ExactAccumulator(count: known.count)
      for (index, entry) in known.enumerated() {
        for (place, addend) in entry.addends.enumerated() where place % size == communicator.rank {
          sums.add(addend, to: index)
        }
      }
      try sums.combine(with: communicator)
      return sums.values.map(\.bitPattern)
    }
    for result in results {
      #expect(try result.get() == known.map(\.sum.bitPattern))
    }
  }

  @Test("a vector adds one value to each sum")
  func vectors() {
    let addends: [[Double]] = [
      [1, -2, 0, 0x1p-1070], [1e17, 4, -0.0, 0x1p-1070], [-1e17, 8, 0, 0],
    ]
    var whole = ExactAccumulator(count: 4)
    var single = ExactAccumulator(count: 4)
    for vector in addends {
      vector.withUnsafeBufferPointer { whole.add($0) }
      for (index, value) in vector.enumerated() { single.add(value, to: index) }
    }
    #expect(whole.values == [1, 10, 0, 0x1p-1069])
    #expect(single.values == whole.values)
    whole.reset()
    #expect(whole.values == [0, 0, 0, 0])
    whole.add([0.5, 1, 2, 3])
    #expect(whole.values == [0.5, 1, 2, 3])
  }

  @Test("doubling a sum many times never overflows a limb")
  func doublings() {
    // All bits set: the largest digits that an addition can give.
    for value in [(2 - 0x1p-52) * 0x1p-31, -(2 - 0x1p-52) * 0x1p-31] {
      var accumulator = ExactAccumulator(count: 1)
      for _ in 0..<1000 { accumulator.add(value, to: 0) }
      for _ in 0..<60 { accumulator.merge(accumulator) }
      #expect(accumulator.value(at: 0) == value * 1000 * 0x1p60)
    }
  }

  @Test("a sum with an infinity or NaN is NaN, and they are counted; other sums are not touched")
  func nonFinite() throws {
    let results = ThreadCommunicator.run(ranks: 3) { communicator in
      var sums = ExactAccumulator(count: 3)
      sums.add([1, 1, 1])
      if communicator.rank > 0 { sums.add([.infinity, 0, -.infinity]) }
      if communicator.rank == 2 { sums.add([.nan, 0, .infinity]) }
      try sums.combine(with: communicator)
      return sums
    }
    for result in results {
      let sums = try result.get()
      #expect(sums.value(at: 0).isNaN && sums.value(at: 2).isNaN)
      #expect(sums.value(at: 1) == 3)
      #expect((0..<3).map(sums.nonFiniteCount(at:)) == [3, 0, 3])
    }
  }

  @Test("no sums at all are combined, too")
  func empty() throws {
    var sums = ExactAccumulator(count: 0)
    sums.add([])
    try sums.combine(with: SerialCommunicator())
    #expect(sums.values.isEmpty)
  }

  @Test("a sum takes as many bytes as the documentation says")
  func size() {
    #expect(ExactAccumulator.bytesPerSum == 544)
  }
}
