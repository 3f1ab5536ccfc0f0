import CVector
import NumericKernels

/// Carries instructions out, each for many vectors: what an instruction costs by itself is shared
/// by them.
enum Interpreter {
  /// An operation on numbers, with the bits that it has in vectors.
  static func value(_ operation: Operation, _ a: Double, _ b: Double, _ c: Double) -> Double {
    value(operation, Lanes.all(a), Lanes.all(b), Lanes.all(c))[0]
  }

  /// One operation on one vector of each operand.
  static func value(_ operation: Operation, _ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    var operands = (a, b, c, Lanes.all(0))
    return withUnsafeMutablePointer(to: &operands) { tuple in
      tuple.withMemoryRebound(to: Lanes.self, capacity: 4) { lanes in
        rare(operation, lanes + 3, lanes, 0, lanes + 1, 0, lanes + 2, 0, 1)
        return lanes[3]
      }
    }
  }

  /// One operation on vectors; inlined once, in `rare`, as all functions together are much code.
  @inline(__always)
  private static func apply(_ operation: Operation, _ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    switch operation {
    case .constant, .parameter, .covariate, .time, .timeAfterDose, .dose, .amount: return a
    case .negate: return -a
    case .not: return cvector_select_equal(a, zero, one, zero)
    case .absolute: return cvector_abs(a)
    case .squareRoot: return cvector_sqrt(a)
    case .floor: return cvector_floor(a)
    case .ceiling: return cvector_ceil(a)
    case .reciprocal: return 1 / a
    case .exp: return exp(a)
    case .expm1: return expm1(a)
    case .log: return log(a)
    case .log1p: return log1p(a)
    case .log2: return log2(a)
    case .log10: return log10(a)
    case .sin: return sin(a)
    case .cos: return cos(a)
    case .tan: return tan(a)
    case .tanh: return tanh(a)
    case .logistic: return logistic(a)
    case .logit: return logit(a)
    case .normalDistribution: return NumericKernels.normalDistribution(a)
    case .gamma: return NumericKernels.gamma(a)
    case .logGamma: return NumericKernels.logGamma(a)
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide: return a / b
    case .power: return pow(a, b)
    // NaN comes through, whichever operand it is.
    case .minimum: return cvector_select_equal(b, b, cvector_select_less(b, a, b, a), b)
    case .maximum: return cvector_select_equal(b, b, cvector_select_less(a, b, b, a), b)
    case .less: return cvector_select_less(a, b, one, zero)
    case .lessEqual: return cvector_select_less_equal(a, b, one, zero)
    case .equal: return cvector_select_equal(a, b, one, zero)
    case .notEqual: return cvector_select_equal(a, b, zero, one)
    case .and:
      return cvector_select_equal(a, zero, zero, cvector_select_equal(b, zero, zero, one))
    case .or: return cvector_select_equal(a, zero, cvector_select_equal(b, zero, zero, one), one)
    case .multiplyAdd: return fma(a, b, c)
    case .multiplySubtract: return fma(a, b, -c)
    case .subtractProduct: return fma(-a, b, c)
    case .select: return cvector_select_equal(a, zero, c, b)
    case .decay: return exp(a * b)
    }
  }

  /// Carries out instructions on `count` vectors.
  @inline(never)
  static func run(
    _ code: UnsafePointer<Instruction>, _ instructionCount: Int, _ memory: InterpreterMemory,
    count: Int
  ) {
    for i in 0..<instructionCount {
      let instruction = code + i
      let d = memory.target(instruction.pointee.target)
      let (a, aStep) = memory.operand(instruction.pointee.a)
      let (b, bStep) = memory.operand(instruction.pointee.b)
      let (c, cStep) = memory.operand(instruction.pointee.c)
      switch instruction.pointee.operation {
      case .constant, .parameter, .covariate, .time, .timeAfterDose, .dose, .amount:
        for v in 0..<count { d[v] = a[v &* aStep] }
      case .add: for v in 0..<count { d[v] = a[v &* aStep] + b[v &* bStep] }
      case .subtract: for v in 0..<count { d[v] = a[v &* aStep] - b[v &* bStep] }
      case .multiply: for v in 0..<count { d[v] = a[v &* aStep] * b[v &* bStep] }
      case .divide: for v in 0..<count { d[v] = a[v &* aStep] / b[v &* bStep] }
      case .multiplyAdd:
        for v in 0..<count { d[v] = fma(a[v &* aStep], b[v &* bStep], c[v &* cStep]) }
      case .multiplySubtract:
        for v in 0..<count { d[v] = fma(a[v &* aStep], b[v &* bStep], -c[v &* cStep]) }
      case .subtractProduct:
        for v in 0..<count { d[v] = fma(-a[v &* aStep], b[v &* bStep], c[v &* cStep]) }
      case .exp: for v in 0..<count { d[v] = exp(a[v &* aStep]) }
      case .negate: for v in 0..<count { d[v] = -a[v &* aStep] }
      case .reciprocal: for v in 0..<count { d[v] = 1 / a[v &* aStep] }
      default: rare(instruction.pointee.operation, d, a, aStep, b, bStep, c, cStep, count)
      }
    }
  }

  /// Operations whose own work is large, or that are seldom; apart, so that the loops above keep
  /// the registers.
  @inline(never)
  private static func rare(
    _ operation: Operation, _ d: UnsafeMutablePointer<Lanes>, _ a: UnsafePointer<Lanes>,
    _ aStep: Int, _ b: UnsafePointer<Lanes>, _ bStep: Int, _ c: UnsafePointer<Lanes>, _ cStep: Int,
    _ count: Int
  ) {
    for v in 0..<count {
      d[v] = apply(operation, a[v &* aStep], b[v &* bStep], c[v &* cStep])
    }
  }
}
