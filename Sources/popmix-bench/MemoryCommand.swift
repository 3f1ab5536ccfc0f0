import ArgumentParser
import Benchmarking

/// What `run` starts to measure the memory of one fit: prints the bytes before the fit and the most
/// at any time.
struct MemoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: MemoryUse.subcommand, shouldDisplay: false)

  @Argument var method: String
  @Argument var subjects: Int

  func run() throws {
    guard let method = FitMethod(method) else {
      throw ValidationError("there is no method \(method).")
    }
    let (before, peak) = try MemoryUse.ofFit(method, subjects: subjects)
    print(before, peak)
  }
}
