import ModelLanguage
import NumericKernels

/// Makes texts that are programs, almost programs and no programs at all, by a fixed sequence of
/// random numbers.
struct Fuzzer {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
  }

  private mutating func pick<T>(_ values: [T]) -> T { values[next(values.count)] }

  static let parameters = ["CL", "V", "ka"]
  static let covariates = ["WT", "SEX"]

  static let good = [
    "C = dose / V * exp(-CL / V * t)",
    "k = CL / V\nC = dose * ka / (V * (ka - k)) * (exp(-k * tad) - exp(-ka * tad))",
    "cl = CL * (WT / 70)^0.75\nv = V * WT / 70\nif (SEX == 1) { cl = cl * 1.2 } else { cl = cl * 0.9 }\n"
      + "C = dose / v * exp(-cl / v * t)",
    "if (WT > 70) { x = 1 } else if (WT > 50) { x = 2 } else { x = 3 }\nC = x * CL^2 / max(V, ka, 1)",
    "f(A) = expit(ka); lag(A) = 0.5; A(0) = V\nd/dt(A) = -CL * A / (V + A) + sin(2 * pi * t / 24)\ncp = A / V",
    "d/dt(depot) = -ka * depot\nd/dt(c) = ka * depot - CL / V * c * (1 + tanh(c))\ncp = log(c / V + 1) + t",
    "cp = linCmt(CL = CL, V = V, KA = ka) * 1000",
    "lag(depot) = 0.5; cp = linCmt()",
    "y = ifelse(t < 2 and not (CL > 3 or V == 2), lgamma(CL + 1), phi(V) - gamma(ka))\nz = y^3 + sqrt(abs(y))",
    "E = CL * t^V / (ka^V + t^V)",
    "a = log10(CL) + log2(V) + log1p(ka); C = expm1(-a) * floor(t) / ceil(t)",
  ]

  private static let tokens = [
    "CL", "V", "ka", "WT", "SEX", "t", "time", "TIME", "tad", "dose", "pi", "x", "y", "A", "B",
    "exp",
    "log", "max", "min", "ifelse", "if", "else", "and", "or", "not", "d/dt(A)", "d/dt(B)", "d",
    "dt",
    "A(0)", "lag(A)", "f(A)", "rate(A)", "dur(A)", "linCmt()", "linCmt(CL=CL,V=V)", "depot",
    "central",
    "0", "1", "2", "0.5", "1e300", "1e-300", "3.", ".5", "1e", "1e400", "+", "-", "*", "/", "^",
    "**",
    "(", ")", "{", "}", ",", "=", "==", "<", "<=", ">", ">=", "!=", "!", "&&", "||", "\n", ";", "#",
    " ", "\r\n", "é", "²", "\u{0}", "'", ".GT.", "@", "sqrt(", "phi(", "tanh(", "gamma(",
  ]

  mutating func text() -> String {
    switch next(10) {
    case 0: return randomTokens()
    case 1: return randomBytes()
    case 2: return nested()
    case 3: return program()
    default: return mutated()
    }
  }

  private mutating func randomTokens() -> String {
    (0..<next(60)).map { _ in pick(Self.tokens) }.joined(separator: next(2) == 0 ? " " : "")
  }

  private mutating func randomBytes() -> String {
    String(decoding: (0..<next(80)).map { _ in UInt8(next(256)) }, as: UTF8.self)
  }

  private mutating func nested() -> String {
    let depth = pick([3, 50, 120, 130, 1000])
    let opening = pick([
      "(", "-", "exp(", "2^", "not ", "ifelse(1,", "if (t > 1) {\n", "{", "max(1,",
    ])
    let closing = pick([")", "", ",1)", "}"])
    return "C = " + String(repeating: opening, count: depth) + "CL"
      + String(repeating: closing, count: depth)
      + pick(["", "\nC2 = 1", String(repeating: "x", count: pick([10, 200]))])
  }

  /// A text that is right in most cases.
  private mutating func program() -> String {
    var lines: [String] = []
    var names = Self.parameters + Self.covariates + ["t", "tad", "dose"]
    for i in 0..<(1 + next(8)) {
      let expression = expression(names, 1 + next(5))
      if next(4) == 0 {
        lines.append(
          "if (\(self.expression(names, 2))) { v\(i) = \(expression) } else { v\(i) = \(self.expression(names, 3)) }"
        )
      } else {
        lines.append("v\(i) = \(expression)")
      }
      names.append("v\(i)")
    }
    if next(4) == 0 {
      lines.append("d/dt(A) = \(expression(Self.parameters + ["A", "t"], 4))")
      lines.append("out = A + 1")
    }
    return lines.joined(separator: pick(["\n", "; ", "\r\n"]))
  }

  private mutating func expression(_ names: [String], _ depth: Int) -> String {
    if depth == 0 || next(6) == 0 {
      return next(3) == 0 ? pick(["0", "1", "2", "3.5", "1e10", "1e-9", "0.5", "-2"]) : pick(names)
    }
    switch next(8) {
    case 0:
      let function = pick([
        "exp", "log", "sqrt", "abs", "sin", "cos", "tan", "tanh", "expit", "logit", "phi", "gamma",
        "lgamma", "floor", "ceil", "log2", "log10", "expm1", "log1p",
      ])
      return "\(function)(\(expression(names, depth - 1)))"
    case 1: return "-\(expression(names, depth - 1))"
    case 2:
      return
        "ifelse(\(expression(names, depth - 1)) \(pick(["<", "<=", "==", "!=", ">"])) \(expression(names, 1)), "
        + "\(expression(names, depth - 1)), \(expression(names, depth - 1)))"
    case 3:
      return
        "\(pick(["min", "max"]))(\(expression(names, depth - 1)), \(expression(names, depth - 1)))"
    default:
      return
        "(\(expression(names, depth - 1)) \(pick(["+", "-", "*", "/", "^", "+", "*"])) \(expression(names, depth - 1)))"
    }
  }

  private mutating func mutated() -> String {
    var bytes = Array(pick(Self.good).utf8)
    for _ in 0..<(next(4)) {
      guard bytes.count > 1 else { break }
      let start = next(bytes.count)
      let end = min(bytes.count, start + 1 + next(8))
      switch next(6) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: bytes[start..<end], at: next(bytes.count))
      case 2: bytes[start] = UInt8(next(128))
      case 3: bytes.insert(contentsOf: pick(Self.tokens).utf8, at: start)
      case 4: bytes.swapAt(start, next(bytes.count))
      default: bytes.replaceSubrange(start..<end, with: pick(Self.tokens).utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
