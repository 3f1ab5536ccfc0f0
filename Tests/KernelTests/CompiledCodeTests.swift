import Foundation
import TestSupport
import Testing

private var isX86: Bool {
  #if arch(x86_64)
    true
  #else
    false
  #endif
}

/// What the compiler made of the kernels, read from the program's machine code.
@Suite("Machine code of the kernels", .enabled(if: isX86))
struct CompiledCodeTests {
  /// The instructions of each function of the program.
  static let functions: [String: [Substring]] = {
    guard
      let output = try? ChildProcess.run(
        shell: "objdump -d --no-show-raw-insn \"$0\"", "popmix", []
      ).output
    else { return [:] }
    var functions: [String: [Substring]] = [:]
    var name = ""
    for line in output.split(separator: "\n") {
      if line.hasSuffix(">:"), let start = line.firstIndex(of: "<") {
        name = String(line[line.index(after: start)...].dropLast(2))
      } else {
        functions[name, default: []].append(line)
      }
    }
    return functions
  }()

  private static func kernels(_ module: String) -> [String: [Substring]] {
    functions.filter { $0.key.hasPrefix("$s14\(module)") }
  }

  @Test("AVX-512 is used by the kernels built for it, and nowhere else")
  func instructionSets() throws {
    let wide = Self.functions.filter { $0.value.contains { $0.contains("%zmm") } }
    #expect(wide.count > 10)
    for name in wide.keys { #expect(name.contains("EStepKernelsV4"), "\(name)") }
  }

  /// A function with a vector for an argument takes it in other registers when it is built for
  /// another instruction set.
  @Test("kernels call no function of other modules that takes vectors")
  func calls() throws {
    for (name, lines) in Self.kernels("EStepKernelsV4") {
      for line in lines where line.contains("call") && line.contains("NumericKernels") {
        #expect(
          [
            "irregularLog", "farQuantileTail", "Philox", "RandomAddress", "SobolSequence",
            "Lattice",
          ]
          .contains { line.contains($0) }, "\(name): \(line)")
      }
    }
  }

  @Test(
    "the loops over samples allocate nothing, count no references and call no witness",
    arguments: ["EStepKernelsV3", "EStepKernelsV4"])
  func loops(module: String) throws {
    let loops = [
      "7weights", "10addMoments", "5bolus", "13additiveBolus", "17proportionalBolus", "6decays",
      "15placeParameters", "9residuals", "11finishTable", "9storeSums", "10accumulate",
      "12drawUniforms", "5place", "11drawNormals", "13normalDensity", "14studentDensity", "3mix",
      "11choosePrior", "10likelihood", "6spread", "6gather", "11sumProducts", "11addProducts",
      "12fillFeatures", "12predictBolus", "8evaluate",
    ]
    var found = 0
    for (name, lines) in Self.kernels(module) {
      guard
        loops.contains(where: {
          name.contains("EStepKernelC\($0)") || name.contains("KernelC\($0)")
            || name.contains("NodeDrawC\($0)")
        })
      else { continue }
      found += 1
      for line in lines where line.contains("call") {
        #expect(
          !line.contains("swift_") && !line.contains("malloc") && !line.contains("*"),
          "\(name): \(line)")
      }
    }
    #expect(found >= 8)
  }
}
