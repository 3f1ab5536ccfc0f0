import ArgumentParser
import Benchmarking
import Report

/// `popmix-bench models`
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Fit models as people have them by popmix itself, with and without a start.")

  @Option(help: "The program.", completion: .file())
  var program: String

  @Option(parsing: .upToNextOption, help: "Only these models.")
  var names: [String] = RealModel.all.map(\.name)

  @Option(help: "Data sets of each model.")
  var seeds = 5

  @Option(help: "Seconds after which a fit is stopped.")
  var limit = 600

  @Option(help: "Write all fits to this file, as JSON.", completion: .file(extensions: ["json"]))
  var json: String?

  func validate() throws {
    let known = RealModel.all.map(\.name)
    for name in names where !known.contains(name) {
      throw ValidationError("there is no model \(name); expected \(known.joined(separator: ", ")).")
    }
    guard seeds > 0, limit > 0 else { throw ValidationError("--seeds and --limit are above 0.") }
  }

  func run() throws {
    let fits = try RealModelFits.measure(
      program: program, names: names, seeds: seeds, seconds: limit
    ) { fit in
      writeToStandardError(
        "\(fit.model) \(fit.seed)\(fit.hasStart ? "" : ", no start"): \(fit.status), \(fit.seconds) s\n"
      )
    }
    print(fits.table, terminator: "")
    if let json { try OutputFile.write(try fits.text(), to: json) }
  }
}
