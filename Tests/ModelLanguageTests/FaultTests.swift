import ModelLanguage
import TestSupport
import Testing

/// A text with a mark at its only fault, and the message expected there.
struct FaultyModel: Sendable, CustomTestStringConvertible {
  var marked: MarkedText
  var length: Int
  var message: String

  init(_ marked: String, _ length: Int, _ message: String) {
    self.marked = MarkedText(marked)
    self.length = length
    self.message = message
  }

  var testDescription: String { marked.text }
}

@Suite("Faults in the model language")
struct FaultTests {
  // The job has the parameters CL and V and the covariate WT.
  static let faults = [
    FaultyModel("C = ▸CLL / V", 3, "There is no `CLL` here; did you mean CL?"),
    FaultyModel("C = ▸wt * CL", 2, "There is no `wt` here; did you mean WT?"),
    FaultyModel(
      "C = ▸k * 2", 1,
      "There is no `k` here; the parameters are CL, V; the covariates are WT; assign it, or add it to the parameters or covariates of the job."
    ),
    FaultyModel(
      "C = dose / V * exp▸(-CL / V * t", 1,
      "This `(` is not closed; add the `)` that is missing."),
    FaultyModel(
      "C = (dose / V)▸) * 2", 1,
      "This `)` closes nothing; remove it, or add the `(` before it."),
    FaultyModel("C ▸== 3", 2, "`==` compares and cannot assign; write `=`."),
    FaultyModel(
      "C = 3 ▸= 4", 1,
      "A second `=` in one statement; one value is assigned in each, write `==` to compare."),
    FaultyModel(
      "if (CL ▸= 3) { C = 1 } else { C = 2 }\nD = C + 1", 1,
      "`=` assigns and cannot be a condition; write `==` to compare."),
    FaultyModel(
      "if (CL > 3) { x = 1 }\nC = ▸x", 1,
      "`x` may have no value here, it is assigned in only one branch of the `if` in line 1; assign it in the other branch too, or before the `if`."
    ),
    FaultyModel(
      "x = ▸y\ny = 3", 1,
      "`y` is used before it is assigned, in line 2; move the assignment up."),
    FaultyModel(
      "x = ▸x + 1", 1, "`x` is used for its own first value; assign it a value before."),
    FaultyModel(
      "C = ▸2CL", 3,
      "`2CL` is no number, numbers are written like 2, 0.5 or 1e-3; if a product is meant, write 2 * CL."
    ),
    FaultyModel(
      "C = ▸1.2.3", 5,
      "`1.2.3` is no number, numbers are written like 2, 0.5 or 1e-3; correct it."),
    FaultyModel(
      "C = ▸1e999", 5, "`1e999` is too large, the largest number is 1.79e308; correct it."),
    FaultyModel(
      "C = 3▸,5", 1,
      "Found `,` after the end of a statement; statements end with the line or `;`, and decimal points are written `.`."
    ),
    FaultyModel(
      "C = CL ▸V", 1,
      "Found `V` after the end of a statement; statements end with the line or `;`, and products are written with `*`."
    ),
    FaultyModel(
      "C = ▸max(1)", 6, "max has 1 argument, 2 to 16 were expected; correct the call."),
    FaultyModel("C = ▸alog(3)", 4, "There is no function `alog`; did you mean log?"),
    FaultyModel(
      "▸CL = 3", 2,
      "`CL` is a parameter of the job and cannot be assigned; choose another name for the result."),
    FaultyModel(
      "▸A(0) = 3; C = 1", 4,
      "A(0) needs a compartment `A`, and there is none; add d/dt(A) = …"),
    FaultyModel(
      "▸lag(gutt) = 3\nd/dt(gut) = -CL * gut\nC = gut", 9,
      "There is no compartment `gutt` for lag(gutt), the compartments are gut; did you mean gut?"),
    FaultyModel(
      "d/dt(A) = -CL * A▸", 1,
      "No value is assigned that could be the prediction; add one, like cp = A / V."),
    FaultyModel(
      "▸d/dt(A) = -tad * A\nC = A", 7,
      "d/dt(A) depends on tad (line 1), which is known at observations only; use the time t, covariates or another compartment."
    ),
    FaultyModel(
      "d/dt(A) = -CL * A\n▸lag(A) = t\nC = A", 6,
      "lag(A) depends on the time, and may depend on parameters and covariates only; correct it."),
    FaultyModel(
      "d/dt(A) = 1\n▸d/dt(A) = 2\nC = A", 7,
      "d/dt(A) was given before, in line 1; remove one of the two."),
    FaultyModel(
      "C = linCmt(CL = CL, ▸W = V)", 1,
      "linCmt has no parameter `W`, its parameters are CL, V, KA, K, Q, V2; correct the name."),
    FaultyModel(
      "C = ▸linCmt(CL = CL)", 15, "There is no linear model with the parameters CL; add V."),
    FaultyModel(
      "C = linCmt(▸CL = t, V = V)", 2,
      "The parameter CL of linCmt depends on the time, and linear models need parameters that are constant between records; write the model with d/dt."
    ),
    FaultyModel(
      "C = linCmt(); D = ▸linCmt()", 8,
      "A second linCmt, one is in line 1 and a model has only one; keep its value in a variable, or write the model with d/dt."
    ),
    FaultyModel(
      "d/dt(A) = -A; C = ▸linCmt()", 8,
      "linCmt cannot stand beside differential equations; write the linear part with d/dt too, or remove d/dt."
    ),
    FaultyModel(
      "C = CL ▸.GT. 3", 4, "`.GT.` is written `>` here; replace it."),
    FaultyModel(
      "C = CL ▸× V", 1, "`×` is not part of the language; write `*` instead."),
    FaultyModel(
      "# größer ×\nC = CL ▸− V", 1, "`−` is not part of the language; write `-` instead."),
    FaultyModel(
      "C = CL > 1 ▸> 2", 1,
      "Comparisons cannot be chained; write both and join them by `and`, like 0 < x and x < 1."),
    FaultyModel(
      "C = 1\n▸}", 1, "This `}` closes nothing, no `{` is open; remove it or add the `if`."),
    FaultyModel(
      "if (CL > 1) ▸{\nC = 1", 1,
      "This `{` is not closed; add `}` after the last statement of its block."),
    FaultyModel(
      "if ▸CL > 3 C = 1", 2,
      "Found `CL` where `(` was expected; the condition of an `if` stands in parentheses."),
    FaultyModel(
      "C = ▸if (CL > 3) 1 else 2", 2,
      "`if` cannot stand here, a number, a name or `(` was expected; a choice inside an expression is ifelse(condition, a, b)."
    ),
    FaultyModel(
      "C = CL *▸", 1,
      "Found the end of the equations where a number, a name or `(` was expected; complete the expression."
    ),
  ]

  @Test(
    "a fault is told where it is, with what was found, expected and to be done", arguments: faults)
  func places(_ faulty: FaultyModel) {
    let found = ModelLanguageTests.faults(faulty.marked.text)
    #expect(
      found == [
        ModelDiagnostic(
          severity: .error, line: faulty.marked.line, column: faulty.marked.column,
          length: faulty.length, message: faulty.message)
      ])
  }

  @Test("independent faults are told together, in their order, and what follows from them is not")
  func together() {
    let found = ModelLanguageTests.faults(
      """
      a = foo(1)
      b = a + unknown
      c = b + other * (2
      d = max(a) + a
      C = d +
      """)
    #expect(found.map(\.line) == [1, 2, 3, 4, 5])
    #expect(found.map(\.column) == [5, 9, 17, 5, 8])
  }

  @Test("at most twenty faults are told")
  func limit() {
    let text = (0..<100).map { "x\($0) = y\($0)q" }.joined(separator: "\n")
    #expect(ModelLanguageTests.faults(text).count == ModelTextError.limit)
  }

  @Test("an output that is not assigned is told with the nearest name")
  func outputs() {
    let found = ModelLanguageTests.faults("conc = CL / V", outputs: ["cons"])
    #expect(
      found.map(\.message) == [
        "The output `cons` is not assigned in the equations; did you mean conc?"
      ])
  }

  @Test("what has no effect is a warning")
  func warnings() throws {
    let model = try CompiledModel(
      "x = V\nC = CL", vocabulary: ModelVocabulary(parameters: ["CL", "V"]))
    #expect(model.warnings.map(\.severity) == [.warning, .warning])
    #expect(model.warnings.map(\.line) == [1, 2])
    #expect(
      model.warnings.map(\.message) == [
        "`x` is assigned and never used; remove it, or make it an output.",
        "The parameter `V` has no effect on the predictions; use it, or remove it from the job.",
      ])
  }

  @Test("depth and size are bounded, with a fault where the bound is passed")
  func bounds() {
    let deep = String(repeating: "(", count: 100_000)
    let texts = [
      "C = " + deep, "C = " + String(repeating: "-", count: 100_000) + "1",
      "C = " + String(repeating: "2^", count: 100_000) + "1",
      "C = " + String(repeating: "exp(", count: 100_000),
      String(repeating: "if (CL > 1) {\n", count: 10_000),
      "if (CL > 1) { C = 1 }" + String(repeating: " else if (CL > 1) { C = 1 }", count: 10_000),
      "C = 1" + String(repeating: " + 1", count: 100_000),
      String(repeating: "a", count: 1000) + " = 1",
      "C = 1" + String(repeating: " ", count: 2_000_000),
      (0..<1000).map { "d/dt(A\($0)) = 1" }.joined(separator: "\n"),
    ]
    for text in texts {
      let found = ModelLanguageTests.faults(text)
      #expect(!found.isEmpty && found[0].message.contains { $0.isNumber }, "\(text.prefix(60))")
    }
  }

  @Test("a long expression within the bounds is computed")
  func longExpression() throws {
    let text = "C = CL" + String(repeating: " + CL", count: 10_000)
    #expect(try predictions(text, [("CL", 1)]) == [10_001])
    let chain = (1...5000).map { "x\($0) = x\($0 - 1) * 1.0001 + CL" }.joined(separator: "\n")
    let expected = (1...5000).reduce(0.0) { sum, _ in sum * 1.0001 + 1 }
    let value = try predictions("x0 = 0\n" + chain, [("CL", 1)])[0]
    #expect(abs(value - expected) <= 1e-9 * expected)
  }
}
