import ArgumentParser
import CVector
import Glibc

/// The command line of the benchmarks.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "popmix-bench", abstract: "Measures how fast popmix is, and how accurate.",
    subcommands: [
      RunCommand.self, ModelsCommand.self, CompareCommand.self, MemoryCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() {
    guard cvector_instruction_level() > 0 else {
      writeToStandardError(
        "popmix-bench: this processor has no AVX2 and FMA instructions (x86-64-v3).\n")
      Glibc.exit(69)
    }
    main(nil)
  }
}

func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
