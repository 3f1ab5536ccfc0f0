public import CVector

/// Eight doubles that are worked on together: the unit of all kernels. Eight is the width of the
/// widest vector unit in use, and narrower machines split it without a change of the result.
public typealias Lanes = SIMD8<Double>

extension SIMD8 where Scalar == Double {
  /// Sum of the lanes by a fixed tree, so that the result does not depend on the machine.
  @inlinable @inline(__always)
  public var treeSum: Double {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// The largest lane; no lane is NaN.
  @inlinable @inline(__always)
  public var largest: Double { cvector_largest(self) }

  /// The lanes as their bit patterns.
  @inlinable @inline(__always)
  var bits: SIMD8<Int64> { unsafeBitCast(self, to: SIMD8<Int64>.self) }

  /// Lanes of the given bit patterns.
  @inlinable @inline(__always)
  init(bits: SIMD8<Int64>) { self = unsafeBitCast(bits, to: SIMD8<Double>.self) }

  /// A vector with the same value in all lanes.
  @inlinable @inline(__always)
  public static func all(_ value: Double) -> Self { Self(repeating: value) }
}

extension SIMD8 where Scalar == Int64 {
  /// The lanes shifted right with zeros coming in.
  @inlinable @inline(__always)
  public func logicalShift(_ count: UInt64) -> Self {
    unsafeBitCast(
      unsafeBitCast(self, to: SIMD8<UInt64>.self) &>> count, to: SIMD8<Int64>.self)
  }
}

/// The larger of a and b in each lane; no lane is NaN.
@inlinable @inline(__always)
public func larger(_ a: Lanes, _ b: Lanes) -> Lanes { cvector_max(a, b) }
