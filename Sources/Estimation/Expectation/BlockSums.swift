import CVector
package import MessagePassing
package import NumericKernels

/// Sums over blocks of eight subjects on their way to an `ExactAccumulator`, with the same exact
/// result, for a fraction of the time.
///
/// A number x is split into three parts, multiples of 2ᵍ, 2^(g − 39) and 2^(g − 78) below 2^(g +
/// 39), 2^(g + 38) and so on, where g follows the size of the first numbers of each sum. Doubles
/// add up multiples of 2ᵍ without rounding while their sum is below 2^(g + 53): 2¹⁰ blocks with
/// eight lanes. What does not fit in the three parts goes straight to the accumulator.
package final class BlockSums {
  private static let partBits = 39
  private static let additionLimit = 1 << 10

  package let count: Int
  /// Three vectors for each sum.
  private let parts: UnsafeMutablePointer<Lanes>
  /// 1.5·2^(52 + g), at whose side doubles are multiples of 2ᵍ; 0: there is no g yet.
  private let magic: UnsafeMutablePointer<Double>
  private var additions = 0

  package init(count: Int) {
    self.count = count
    parts = .allocate(capacity: 3 * count)
    parts.initialize(repeating: Lanes.all(0), count: 3 * count)
    magic = .allocate(capacity: count)
    magic.initialize(repeating: 0, count: count)
  }

  deinit {
    parts.deallocate()
    magic.deallocate()
  }

  /// Adds one vector to each sum.
  /// - Parameters:
  ///   - row: `count` vectors.
  ///   - chosen: above 0 in the lanes that are to be added.
  ///   - total: that `finish` will add to, from the same place on.
  package func add(
    _ row: UnsafePointer<Lanes>, chosen: Lanes, to total: inout ExactAccumulator, at place: Int
  ) {
    if additions == Self.additionLimit { finish(&total, at: place) }
    additions += 1
    let zero = Lanes.all(0)
    for sum in 0..<count {
      let x = cvector_select_less(zero, chosen, row[sum], zero)
      let size = larger(x, -x)
      if magic[sum] == 0, !start(sum, size.largest) {
        // NaN is not 0 either.
        if x.treeSum == 0, size.largest == 0 { continue }
        addLanes(x, to: &total, at: place + sum)
        continue
      }
      let first = Lanes.all(magic[sum])
      let second = first * 0x1p-39
      let third = first * 0x1p-78
      let a = (x + first) - first
      let restOfA = x - a
      let b = (restOfA + second) - second
      let restOfB = restOfA - b
      let c = (restOfB + third) - third
      let rest = restOfB - c
      // 2^(g + 39); NaN is not less than it either.
      let limit = first * (0x1p-13 / 1.5)
      let left = cvector_select_less(size, limit, larger(rest, -rest), Lanes.all(1))
      if cvector_any_less(zero, left) {
        addLanes(x, to: &total, at: place + sum)
        continue
      }
      parts[3 * sum] += a
      parts[3 * sum + 1] += b
      parts[3 * sum + 2] += c
    }
  }

  /// Adds what has been summed to the accumulator, and begins again.
  package func finish(_ total: inout ExactAccumulator, at place: Int) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 8 * max(1, count)) { memory in
      guard let row = memory.baseAddress else { return }
      for sum in 0..<count {
        // Exact, whatever the order.
        for part in 0..<3 { row[8 * sum + part] = parts[3 * sum + part].treeSum }
        magic[sum] = 0
      }
      total.add(columns: 3, of: row, to: place..<place + count)
    }
    parts.update(repeating: Lanes.all(0), count: 3 * count)
    additions = 0
  }

  /// Chooses g for numbers up to 64 times `largest`.
  /// - Returns: whether there are such multiples of 2ᵍ.
  private func start(_ sum: Int, _ largest: Double) -> Bool {
    // The parts must stay clear of the smallest and largest doubles.
    guard largest > 0x1p-800, largest < 0x1p900 else { return false }
    let g = Int(largest.exponent) + 7 - Self.partBits
    magic[sum] = 1.5 * Double(sign: .plus, exponent: 52 + g, significand: 1)
    return true
  }

  private func addLanes(_ x: Lanes, to total: inout ExactAccumulator, at place: Int) {
    var x = x
    withUnsafeBytes(of: &x) { bytes in
      guard let values = bytes.baseAddress?.assumingMemoryBound(to: Double.self) else { return }
      total.add(columns: 8, of: values, to: place..<place + 1)
    }
  }
}
