import Estimation
import MessagePassing
import NumericKernels
import Testing

@Suite("Sums over blocks")
struct BlockSumsTests {
  /// Numbers of one size, of all sizes, mostly 0, with infinities and NaN, and subnormal ones.
  private static func number(_ sum: Int, _ address: RandomAddress, _ block: Int, _ lane: Int)
    -> Double
  {
    let (u, v) = (
      address.uniform(sample: 8 * block + lane, dimension: 2 * sum),
      address.uniform(sample: 8 * block + lane, dimension: 2 * sum + 1)
    )
    let sign = v < 0.5 ? -1.0 : 1
    switch sum {
    case 0: return 100 + u
    case 1: return sign * Double(sign: .plus, exponent: Int(2000 * u) - 1000, significand: 1 + v)
    case 2: return u < 0.9 ? 0 : sign * v
    case 3: return block == 700 && lane == 3 ? .nan : sign * u
    case 4: return block == 3 ? sign * .infinity : u
    case 5: return u * 0x1p-1040
    case 6: return sign * Double(sign: .plus, exponent: -Int(90 * u), significand: 1 + v)
    default: return Double(sign: .plus, exponent: block / 100 * 9, significand: 1 + u)
    }
  }

  @Test("sums are those of the exact accumulator, bit for bit")
  func exact() {
    let address = RandomAddress(key: 11, purpose: .simulatedEffects)
    let count = 8
    let blocks = 1100
    var direct = ExactAccumulator(count: count + 1)
    var total = ExactAccumulator(count: count + 1)
    let sums = BlockSums(count: count)
    var row = [Lanes](repeating: Lanes.all(0), count: count)
    for block in 0..<blocks {
      // The last block is not full, and what its other lanes hold does not matter.
      let width = block == blocks - 1 ? 3 : 8
      for sum in 0..<count {
        for lane in 0..<8 {
          let value = lane < width ? Self.number(sum, address, block, lane) : .nan
          row[sum][lane] = value
          if lane < width { direct.add(value, to: sum + 1) }
        }
      }
      let rest = width > 3 ? 1.0 : 0
      let chosen = Lanes(1, 1, 1, rest, rest, rest, rest, rest)
      row.withUnsafeBufferPointer {
        sums.add($0.baseAddress!, chosen: chosen, to: &total, at: 1)
      }
    }
    sums.finish(&total, at: 1)
    for sum in 0..<count + 1 {
      #expect(total.nonFiniteCount(at: sum) == direct.nonFiniteCount(at: sum), "\(sum)")
      #expect(total.value(at: sum).bitPattern == direct.value(at: sum).bitPattern, "\(sum)")
    }
  }
}
