import NumericKernels

/// Where an operand or a result stands.
struct Operand: BitwiseCopyable, Hashable {
  enum Region: UInt32 {
    /// Vectors that instructions write and read.
    case register = 0
    /// One vector for all: constants, and then what is known of a record.
    case scalar = 1
    /// The parameters of the batch.
    case parameter = 2
    /// Amounts in the compartments.
    case amount = 3
    /// What is to be computed.
    case result = 4
    /// The first decay's power at the observation that is due; other decays have the regions after
    /// it.
    case power = 5
  }

  /// The most decays that have regions.
  static let decayLimit = 26

  var bits: UInt32

  init(_ region: Region, _ index: Int) { bits = UInt32(index) << 5 | region.rawValue }

  /// The power of a decay.
  init(decay: Int) { bits = Region.power.rawValue + UInt32(decay) }

  var region: Int { Int(bits & 31) }
  var index: Int { Int(bits >> 5) }
  var isRegister: Bool { region == 0 }

  /// Of operations with fewer operands: anything that can be read.
  static let none = Operand(.scalar, 0)
}

/// One operation on vectors.
struct Instruction: BitwiseCopyable {
  var operation: Operation
  var target: Operand
  var a: Operand
  var b: Operand
  var c: Operand
}

/// Memory of the regions: element `index` of a region stands at base + index · stride, and of it
/// vector v at v · step.
struct InterpreterMemory: BitwiseCopyable {
  struct Region: BitwiseCopyable {
    var base: UnsafeMutablePointer<Lanes>
    var stride: Int
    var step: Int
  }

  var regions: UnsafeMutablePointer<Region>

  @inline(__always)
  func operand(_ operand: Operand) -> (UnsafePointer<Lanes>, Int) {
    let region = regions + operand.region
    return (
      UnsafePointer(region.pointee.base + operand.index &* region.pointee.stride),
      region.pointee.step
    )
  }

  @inline(__always)
  func target(_ operand: Operand) -> UnsafeMutablePointer<Lanes> {
    let region = regions + operand.region
    return region.pointee.base + operand.index &* region.pointee.stride
  }
}
