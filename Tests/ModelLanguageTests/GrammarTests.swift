import Glibc
import ModelLanguage
import Testing

/// The value of an expression.
private func value(_ expression: String, _ names: [(String, Double)] = []) throws -> Double {
  try predictions("y = " + expression, names)[0]
}

@Suite("Grammar of the model language")
struct GrammarTests {
  static let expressions: [(String, Double)] = [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("24 / 4 / 2", 3), ("2 ^ 3 ^ 2", 512),
    ("2 ** 3", 8), ("-2 ^ 2", -4), ("(-2) ^ 2", 4), ("2 ^ -1", 0.5), ("-2 * -3", 6), ("- - 2", 2),
    ("+3 - +2", 1), ("1e3 + .5 + 2.", 1002.5), ("1.5E-1", 0.15), ("3 < 4", 1), ("4 <= 3", 0),
    ("4 > 3", 1), ("3 >= 3", 1), ("3 == 3", 1), ("3 != 3", 0), ("1 and 0", 0), ("1 or 0", 1),
    ("not 0", 1), ("!1", 0), ("1 && 2", 1), ("0 || 0", 0), ("not 1 == 2", 1), ("1 + 1 == 2", 1),
    ("1 < 2 and 2 < 3", 1), ("0 and 0 or 1", 1), ("ifelse(2 > 1, 5, 6)", 5),
    ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("pow(2, 10)", 1024), ("abs(-3)", 3),
    ("floor(-1.5)", -2), ("ceil(-1.5)", -1), ("sqrt(9)", 3), ("log10(1000)", 3), ("log2(8)", 3),
    ("exp(0)", 1), ("ln(1)", 0), ("log(1)", 0), ("phi(0)", 0.5), ("expit(0)", 0.5),
    ("logit(0.5)", 0), ("tanh(0)", 0), ("sin(0)", 0), ("cos(0)", 1), ("tan(0)", 0),
    ("gamma(5)", 24), ("expm1(0)", 0), ("log1p(0)", 0), ("sin(pi / 2)", 1), ("(((((7)))))", 7),
  ]

  @Test("expressions of numbers have their values", arguments: expressions)
  func constants(text: String, expected: Double) throws {
    #expect(try value(text) == expected)
  }

  @Test("the same with parameters, which are computed at run time", arguments: expressions)
  func parameters(text: String, expected: Double) throws {
    // Every number becomes a parameter.
    var names: [(String, Double)] = []
    var rewritten = ""
    var number = ""
    for character in text + " " {
      let isExponent = !number.isEmpty && "eE".contains(character)
      let isSign = "+-".contains(character) && (number.last == "e" || number.last == "E")
      let isInWord = rewritten.last.map { $0.isLetter || $0.isNumber } ?? false
      if character.isNumber && !isInWord || character == "." || isExponent || isSign {
        number.append(character)
      } else {
        if !number.isEmpty {
          names.append(("p\(names.count)_", Double(number.hasSuffix(".") ? number + "0" : number)!))
          rewritten += names.last!.0
          number = ""
        }
        rewritten.append(character)
      }
    }
    let result = try value(rewritten, names)
    #expect(abs(result - expected) <= 1e-14 * max(1, abs(expected)), "\(rewritten)")
  }

  @Test("statements end with lines or semicolons, not inside parentheses, and # begins a comment")
  func statements() throws {
    let text = """
      # a comment; with a semicolon
      a = 1; b = 2   # two
      c = (a +
           b)
      \r\n
      y = c * max(a,
        10)
      """
    #expect(try predictions(text) == [30])
    #expect(try predictions("a = 1\ry = a + 1\r\n") == [2])
  }

  @Test("if chooses statements, also in a chain, without braces and inside another")
  func branches() throws {
    let text = """
      if (x > 2) { y = 1 } else if (x > 1) { y = 2 } else { y = 3 }
      z = 0
      if (x > 1) z = 10
      if (x > 0)
      {
        if (x > 2) { z = z + 1 } else { z = z + 2 }
      }
      else z = z + 4
      out = y + z
      """
    for (x, expected) in [(3.0, 12.0), (1.5, 14), (0.5, 5), (-1, 7)] {
      #expect(try predictions(text, [("x", x)], outputs: ["out"]) == [expected])
    }
  }

  @Test("names of the records, of covariates and all spellings of time are known")
  func inputs() throws {
    let text = "y = t + time + TIME + tad * 10 + dose * 100 + WT * 1000"
    #expect(try predictions(text, covariates: [("WT", 7)], times: [2], dose: 3) == [7326])
  }

  @Test("outputs are chosen by name, the last assignment is the usual one")
  func outputs() throws {
    #expect(try predictions("a = 1; b = 2", outputs: ["a"]) == [1])
    #expect(try predictions("a = 1; b = 2") == [2])
    #expect(try predictions("a = 1; a = a + 4; b = a * 2", outputs: ["b"]) == [10])
  }

  @Test("lag, f, rate and dur are names of variables as well")
  func propertyNames() throws {
    #expect(try predictions("f = 2; lag = 3; rate = 4; dur = f * lag * rate") == [24])
  }

  @Test(
    "a compartment has an equation, an initial value and properties; numbers follow the order of d/dt"
  )
  func compartments() throws {
    let model = try CompiledModel(
      """
      lag(gut) = tlag; f(gut) = 0.8; rate(blood) = 5; dur(blood) = 2; blood(0) = base
      d/dt(gut) = -ka * gut
      d/dt(blood) = ka * gut - k * blood
      cp = blood / V
      """,
      vocabulary: ModelVocabulary(parameters: ["ka", "k", "V", "tlag", "base"]))
    #expect(model.kind == .differential)
    #expect(model.compartments == ["gut", "blood"])
    #expect(
      model.givenProperties == [
        [false, true, true, false, false], [true, false, false, true, true],
      ])
    #expect(model.outputs == ["cp"])
    #expect(model.warnings.isEmpty)
  }

  @Test("linCmt means the library model with these parameters, in any case and order")
  func libraryCalls() throws {
    for (text, place, parameters) in [
      ("cp = linCmt(CL = CL, V = V)", 0, ["CL", "V"]),
      ("cp = linCmt(v = V, cl = CL)", 0, ["CL", "V"]),
      ("cp = linCmt()", 0, ["CL", "V"]),
      ("cl = CL * 2; cp = linCmt()", 0, ["CL", "V"]),
      ("cp = linCmt()", 1, ["CL", "V", "ka"]),
      ("cp = linCmt(KE = kel, V1 = V)", 2, ["kel", "V"]),
    ] {
      let model = try CompiledModel(
        text, vocabulary: ModelVocabulary(parameters: parameters, library: exampleLibrary))
      #expect(model.kind == .library(place), "\(text)")
    }
  }
}
