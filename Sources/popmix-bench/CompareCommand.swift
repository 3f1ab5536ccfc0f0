import ArgumentParser
import Benchmarking

/// `popmix-bench compare OLD NEW`
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Print the numbers of two reports and their ratios.")

  @Argument(help: "The report to compare with.", completion: .file(extensions: ["json"]))
  var old: String

  @Argument(help: "The other report.", completion: .file(extensions: ["json"]))
  var new: String

  func run() throws {
    let comparison = Comparison(
      old: try BenchmarkReport(path: old), new: try BenchmarkReport(path: new))
    print(comparison.table, terminator: "")
  }
}
