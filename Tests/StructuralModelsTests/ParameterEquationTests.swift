import ModelLanguage
import PopulationModel
import StructuralModels
import Testing

@Suite("Expressions in parameters")
struct ParameterEquationTests {
  private static let names = [
    "mu.k.1", "mu.k.2", "mu.V", "omega.k.k.1", "omega.k.k.2", "w.1", "sigma2", "sd.V", "w.2",
  ]

  private func equation(_ text: String, components: Int = 2) throws -> ParameterEquation {
    try ParameterEquation(text, name: "x", names: Self.names, componentCount: components)
  }

  @Test(
    "names have points, numbers have exponents, and what has a number for each component is a function of each"
  )
  func values() throws {
    let halfLife = try equation("log(2)/mu.k").expression
    #expect(halfLife.inputs == ["mu.k"] && halfLife.isPerComponent)
    #expect(abs(halfLife.value([0.3]) - 2.310490601866484) < 1e-12)
    let ratio = try equation("mu.k.2 / mu.k.1").expression
    #expect(ratio.inputs == ["mu.k.2", "mu.k.1"] && !ratio.isPerComponent)
    #expect(ratio.value([0.6, 0.3]) == 2)
    let percent = try equation("1.5e2*sd.V/mu.V - 1e-1*sigma2^2 + max(w.1, w.2)").expression
    #expect(percent.inputs == ["sd.V", "mu.V", "sigma2", "w.1", "w.2"])
    #expect(abs(percent.value([2, 20, 3, 0.8, 0.2]) - (15 - 0.9 + 0.8)) < 1e-12)
    // One name of a component beside one of each.
    let both = try equation("omega.k.k/omega.k.k.1").expression
    #expect(both.isPerComponent && both.value([4, 2]) == 2)
  }

  private func fault(_ text: String, components: Int = 2) -> String? {
    do {
      _ = try equation(text, components: components)
      return nil
    } catch let error as ModelTextError {
      return error.diagnostics.first.map { "\($0.column): \($0.message)" }
    } catch {
      return "\(error)"
    }
  }

  @Test("faults have their column")
  func faults() {
    #expect(
      fault("log(2)/mu.K")
        == "8: 'mu.K' is no parameter, expected one of the names in estimates.csv: \(Self.names.joined(separator: ", ")); did you mean 'mu.k'?"
    )
    #expect(fault("2*mu.k", components: 1)?.hasPrefix("3: 'mu.k' is no parameter") == true)
    #expect(fault("1 + 2")?.hasPrefix("1: names no parameter") == true)
    #expect(fault("a = mu.V")?.hasPrefix("3: '=' is no part of an expression") == true)
    #expect(fault("mu.V + time")?.hasPrefix("8: 'time' is no parameter") == true)
    #expect(fault("mu.V + foo(2)")?.hasPrefix("8: ") == true)
    #expect(fault("mu.V * (2 + ")?.isEmpty == false)
    #expect(fault("")?.isEmpty == false)
  }
}
