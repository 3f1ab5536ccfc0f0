/// Exact sums of doubles, whose bits do not depend on the order of the additions nor on who made
/// them.
///
/// A double is an integer times 2⁻¹⁰⁷⁴, and so is a sum of doubles. Each sum is kept as that
/// integer
///
///     Σ limb[i] · 2^(32 i),  i = 0 … 66
///
/// in signed 64-bit limbs. A double adds less than 2³² to three neighbouring limbs, and the upper
/// half of a limb leaves room for many additions before carries must be passed on. Adding the limbs
/// of two accumulators adds their sums, and the addition of integers is associative, which that of
/// doubles is not.
///
/// Each sum takes `bytesPerSum` = 544 bytes: 67 limbs for all magnitudes of finite doubles and 2⁶³
/// of the largest, and a count of the infinities and NaNs. The message of `combine` is `count`
/// times as long: it grows with the number of sums only, not with what was added (subjects,
/// samples) nor with the number of ranks.
public struct ExactAccumulator: Sendable {
  /// Integers of a sum.
  public static let limbsPerSum = 68
  /// Bytes of a sum, in memory and in a message.
  public static let bytesPerSum = limbsPerSum * MemoryLayout<Int64>.size

  static let digitLimbs = limbsPerSum - 1

  /// Number of sums.
  public let count: Int
  /// The limbs of all sums, one sum after another.
  var limbs: [Int64]

  // No limb is larger than `load` · (2³² − 1). After normalize() that is 1, even for the sum over
  // 2³¹ ranks.
  private var load: Int64 = 0
  /// Whether nothing was added since carries were passed on.
  private var isNormal = true
  private let largestLoad: Int64

  /// Sums that are zero.
  public init(count: Int) {
    self.init(count: count, additionsBeforeCarry: 1 << 30)
  }

  /// - Parameter additionsBeforeCarry: when to pass on carries, from 1 to 2³⁰.
  package init(count: Int, additionsBeforeCarry: Int64) {
    precondition(count >= 0, "a number of sums is not negative")
    precondition((1...1 << 30).contains(additionsBeforeCarry), "limbs have room for 2³⁰ additions")
    self.count = count
    limbs = Array(repeating: 0, count: count * Self.limbsPerSum)
    largestLoad = additionsBeforeCarry
  }

  /// Adds a value to one of the sums.
  public mutating func add(_ value: Double, to index: Int) {
    precondition(index >= 0 && index < count, "there is a sum of that index")
    makeRoom()
    limbs.withUnsafeMutableBufferPointer {
      addExactly(value, $0.baseAddress! + index * Self.limbsPerSum)
    }
  }

  /// Adds a vector of values, the first to the first sum and so on.
  /// - Parameter values: `count` values.
  public mutating func add(_ values: UnsafeBufferPointer<Double>) {
    precondition(values.count == count, "there is a value for each sum")
    guard count > 0 else { return }
    makeRoom()
    limbs.withUnsafeMutableBufferPointer {
      var sum = $0.baseAddress!
      for value in values {
        addExactly(value, sum)
        sum += Self.limbsPerSum
      }
    }
  }

  /// Adds a vector of values, the first to the first sum and so on.
  /// - Parameter values: `count` values.
  public mutating func add(_ values: [Double]) {
    values.withUnsafeBufferPointer { add($0) }
  }

  /// Adds up to eight vectors of values that lie side by side: value j of vector i at `8 * j + i`.
  /// - Parameters:
  ///   - values: rows of eight, one for each of the sums.
  ///   - columns: how many vectors there are, 0 … 8.
  ///   - range: the sums; all if left out.
  public mutating func add(
    columns: Int, of values: UnsafePointer<Double>, to range: Range<Int>? = nil
  ) {
    let range = range ?? 0..<count
    precondition(columns >= 0 && columns <= 8, "there are up to eight columns")
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "there are these sums")
    if load + 8 > largestLoad { normalize() }
    load += Int64(columns)
    isNormal = false
    limbs.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      var sum = base + range.lowerBound * Self.limbsPerSum
      for j in 0..<range.count {
        addExactly(values + 8 * j, count: columns, sum)
        sum += Self.limbsPerSum
      }
    }
  }

  /// Adds the sums of another accumulator, of the same count.
  public mutating func merge(_ other: ExactAccumulator) {
    precondition(other.count == count, "both accumulators have the same number of sums")
    for index in limbs.indices { limbs[index] &+= other.limbs[index] }
    isNormal = false
    // Neither load is beyond 2³⁰, so that no limb is beyond 2⁶³ here.
    load += other.load
    if load > largestLoad { normalize() }
  }

  /// Adds the sums of all ranks, so that each has the sums over all; collective.
  /// - Parameter communicator: up to 2³¹ ranks, each with the same number of sums.
  public mutating func combine(with communicator: any Communicator) throws(CommunicationError) {
    normalize()
    guard communicator.size > 1 else { return }
    try communicator.allReduceSum(&limbs)
    isNormal = false
    normalize()
  }

  /// Makes all sums zero.
  public mutating func reset() {
    limbs.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    load = 0
  }

  /// Passes on carries: afterwards all digits are from 0 to 2³² − 1, but for the highest one, which
  /// has the sign.
  ///
  /// Leaves the sums as they are. It is called where needed.
  public mutating func normalize() {
    limbs.withUnsafeMutableBufferPointer { limbs in
      guard let base = limbs.baseAddress else { return }
      for sum in 0..<count { passCarries(base + sum * Self.limbsPerSum) }
    }
    load = 1
    isNormal = true
  }

  /// How many of the values added to a sum were infinite or not a number.
  public func nonFiniteCount(at index: Int) -> Int {
    precondition(index >= 0 && index < count, "there is a sum of that index")
    return Int(limbs[index * Self.limbsPerSum + Self.digitLimbs])
  }

  /// The double nearest to a sum, of two equally near ones the one with an even last bit.
  /// - Returns: NaN if an infinity or NaN was added, else ±∞ for a sum that rounds to 2¹⁰²⁴ or more
  ///   in magnitude; +0 for a sum that is zero.
  public func value(at index: Int) -> Double {
    guard nonFiniteCount(at: index) == 0 else { return .nan }
    let start = index * Self.limbsPerSum
    return limbs.withUnsafeBufferPointer { limbs in
      let own = limbs.baseAddress! + start
      // Proper digits of a sum that is not negative can be read where they are.
      if isNormal, own[Self.digitLimbs - 1] >= 0 { return nearestDouble(own, isNegative: false) }
      return withUnsafeTemporaryAllocation(of: Int64.self, capacity: Self.digitLimbs) { digits in
        guard let copy = digits.baseAddress else { return .nan }
        copy.initialize(from: own, count: Self.digitLimbs)
        if !isNormal { passCarries(copy) }
        let isNegative = copy[Self.digitLimbs - 1] < 0
        if isNegative {
          for index in firstLimb(of: copy)..<Self.digitLimbs { copy[index] = -copy[index] }
          passCarries(copy)
        }
        return nearestDouble(copy, isNegative: isNegative)
      }
    }
  }

  /// The doubles nearest to all sums.
  public var values: [Double] { (0..<count).map(value(at:)) }

  private mutating func makeRoom() {
    if load >= largestLoad { normalize() }
    load += 1
    isNormal = false
  }
}

/// What a value adds to three neighbouring limbs.
private struct SplitValue {
  /// The first of the limbs.
  let place: Int
  let limbs: (Int64, Int64, Int64)

  /// - Returns: `nil` for infinities and NaN.
  @inline(__always)
  init?(_ value: Double) {
    let bits = value.bitPattern
    let exponent = Int(truncatingIfNeeded: bits &>> 52) & 0x7ff
    guard exponent != 0x7ff else { return nil }
    // |value| = significand · 2^(position − 1074). Subnormal numbers have no implicit bit, and the
    // exponent of the smallest normal numbers.
    let isNormal: UInt64 = exponent == 0 ? 0 : 1
    let significand = bits & 0x000f_ffff_ffff_ffff | isNormal &<< 52
    let position = exponent &- Int(truncatingIfNeeded: isNormal)
    let shift = UInt64(truncatingIfNeeded: position) & 31
    let low = significand &<< shift
    let high = (significand &>> 1) &>> (63 &- shift)

    // −x = (x xor −1) − (−1)
    let sign = Int64(bitPattern: bits) &>> 63
    place = position &>> 5
    limbs = (
      (Int64(truncatingIfNeeded: low & 0xffff_ffff) ^ sign) &- sign,
      (Int64(truncatingIfNeeded: low &>> 32) ^ sign) &- sign,
      (Int64(truncatingIfNeeded: high) ^ sign) &- sign
    )
  }
}

/// Adds a value to the limbs of one sum.
@inline(__always)
private func addExactly(_ value: Double, _ sum: UnsafeMutablePointer<Int64>) {
  guard let contribution = SplitValue(value) else {
    sum[ExactAccumulator.digitLimbs] &+= 1
    return
  }
  let limb = sum + contribution.place
  limb[0] &+= contribution.limbs.0
  limb[1] &+= contribution.limbs.1
  limb[2] &+= contribution.limbs.2
}

/// Adds some values to the limbs of one sum. Those of one size, as most are, are added up before
/// they go to memory, where each would wait for the one before.
@inline(__always)
private func addExactly(
  _ values: UnsafePointer<Double>, count: Int, _ sum: UnsafeMutablePointer<Int64>
) {
  var place = 0
  var (a, b, c): (Int64, Int64, Int64) = (0, 0, 0)
  for i in 0..<count where values[i] != 0 {
    guard let contribution = SplitValue(values[i]) else {
      sum[ExactAccumulator.digitLimbs] &+= 1
      continue
    }
    if contribution.place != place {
      sum[place] &+= a
      sum[place + 1] &+= b
      sum[place + 2] &+= c
      (a, b, c) = (0, 0, 0)
      place = contribution.place
    }
    a &+= contribution.limbs.0
    b &+= contribution.limbs.1
    c &+= contribution.limbs.2
  }
  sum[place] &+= a
  sum[place + 1] &+= b
  sum[place + 2] &+= c
}

/// Makes the digits of one sum proper, from 0 to 2³² − 1; the highest takes what is left, with the
/// sign.
private func passCarries(_ limbs: UnsafeMutablePointer<Int64>) {
  var carry: Int64 = 0
  for index in firstLimb(of: limbs)..<ExactAccumulator.digitLimbs - 1 {
    let limb = limbs[index] &+ carry
    limbs[index] = limb & 0xffff_ffff
    carry = limb &>> 32
  }
  limbs[ExactAccumulator.digitLimbs - 1] &+= carry
}

/// A place at or below the first limb that is not 0, up to the highest: sums of ordinary numbers
/// have nothing in the lower half, which is passed over four limbs at a time.
@inline(__always)
private func firstLimb(of limbs: UnsafePointer<Int64>) -> Int {
  var place = 0
  while place + 4 < ExactAccumulator.digitLimbs,
    limbs[place] | limbs[place + 1] | limbs[place + 2] | limbs[place + 3] == 0
  { place += 4 }
  return place
}

/// A place at or above the last limb that is not 0.
@inline(__always)
private func lastLimb(of limbs: UnsafePointer<Int64>) -> Int {
  var place = ExactAccumulator.digitLimbs - 1
  while place >= 4,
    limbs[place] | limbs[place - 1] | limbs[place - 2] | limbs[place - 3] == 0
  { place -= 4 }
  return place
}

/// The double nearest to ±Σ digits[i] · 2^(32 i − 1074), ties to even.
/// - Parameters:
///   - digits: proper ones, the highest not negative.
///   - isNegative: whether the sign is −.
private func nearestDouble(_ digits: UnsafePointer<Int64>, isNegative: Bool) -> Double {
  var top = lastLimb(of: digits)
  while top >= 0, digits[top] == 0 { top -= 1 }
  guard top >= 0 else { return 0 }

  // The lowest bit that the double can hold; the highest of the sum is 52 places above, or it is
  // subnormal.
  let highestBit = 32 * top + 63 - digits[top].leadingZeroBitCount
  let lowestBit = max(highestBit - 52, 0)
  guard lowestBit <= 2045 else { return isNegative ? -.infinity : .infinity }

  // The significand's implicit bit adds 1 to the exponent's field, and so does a carry out of the
  // significand when it is rounded up; beyond the largest double that gives the pattern of
  // infinity.
  var pattern = UInt64(lowestBit) << 52 + bits(of: digits, from: lowestBit)
  if lowestBit > 0, bit(of: digits, at: lowestBit - 1) == 1 {
    let isTie = !hasBits(digits, below: lowestBit - 1)
    if !isTie || pattern & 1 == 1 { pattern += 1 }
  }
  return Double(bitPattern: pattern | (isNegative ? 1 << 63 : 0))
}

/// The bits from a place upwards, of which there are at most 64.
private func bits(of digits: UnsafePointer<Int64>, from place: Int) -> UInt64 {
  var bits: UInt64 = 0
  for index in place / 32..<min(place / 32 + 3, ExactAccumulator.digitLimbs) {
    // Shifts beyond 64 places give 0, negative ones go to the right.
    bits |= UInt64(digits[index]) << (32 * index - place)
  }
  return bits
}

private func bit(of digits: UnsafePointer<Int64>, at place: Int) -> Int64 {
  digits[place / 32] >> Int64(place % 32) & 1
}

private func hasBits(_ digits: UnsafePointer<Int64>, below place: Int) -> Bool {
  if digits[place / 32] & (1 << Int64(place % 32) - 1) != 0 { return true }
  // From above, as most sums have bits next to those of the double if they have any.
  var index = place / 32
  while index > 0 {
    index -= 1
    if digits[index] != 0 { return true }
  }
  return false
}
