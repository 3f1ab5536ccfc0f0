import ArgumentParser
import Benchmarking
import Glibc
import Report

/// `popmix-bench run`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Measure, print tables, and write a report if one is wanted.")

  /// What can be measured; the roofline always is.
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case roofline, functions, kernels, equations, library, fits, verification, growth, memory
  }

  @Option(
    parsing: .upToNextOption,
    help:
      "Only these parts: roofline, functions, kernels, equations, library, fits, verification, growth, memory."
  )
  var only: [Part] = Part.allCases

  @Flag(help: "Fewer repetitions and smaller fits.")
  var quick = false

  @Option(help: "Write the report to this file, as JSON.", completion: .file(extensions: ["json"]))
  var json: String?

  @Option(help: "The commit that the report is said to be of.")
  var commit: String?

  @Option(help: "The processor's clock in GHz, instead of the measured one.")
  var clock: Double?

  @Option(
    parsing: .upToNextOption,
    help: """
      Methods of the fits: scalar-T, paper-T, lattice-T, sobol-T, independent-T and gauss-hermite-ORDER; \
      scalar is the published algorithm in plain code.
      """)
  var methods: [String] = Fits.standardMethods

  @Option(help: "Precision of the methods with fixed nodes, which raises T until it is reached.")
  var precision: Double?

  @Option(help: "Rounds of fits, each with a seed of its own; 7, or 2 with --quick.")
  var rounds: Int?

  func validate() throws {
    for name in methods where FitMethod(name) == nil {
      throw ValidationError(
        "there is no method \(name); lattices and Sobol' points are a power of two from 16, orders 2 to 32."
      )
    }
    guard (rounds ?? 1) > 0 else { throw ValidationError("--rounds is at least 1.") }
    guard (clock ?? 1) > 0, (clock ?? 1).isFinite else {
      throw ValidationError("--clock is in GHz, above 0.")
    }
    guard (precision ?? 1) > 0 else { throw ValidationError("--precision is above 0.") }
  }

  func run() throws {
    progress("roofline")
    let date = BenchmarkReport.now
    let machine = Machine.current
    let roofline = Roofline.measure(gigahertz: clock)
    var report = BenchmarkReport(
      date: date, commit: commit, machine: machine, roofline: roofline)
    if only.contains(.functions) {
      progress("functions")
      report.functions = NumericFunctions.measure(gigahertz: roofline.gigahertz)
    }
    if only.contains(.kernels) {
      progress("kernels")
      report.kernels = try SampleKernels.measure(floor: roofline.floor)
    }
    if only.contains(.equations) {
      progress("equations")
      report.equations = EquationCosts.measure(isQuick: quick)
    }
    if only.contains(.library) {
      progress("library models")
      report.library = LibraryModels.measure(repetitions: quick ? 200 : 2000)
    }
    if only.contains(.fits) {
      report.fits = try Fits.measure(
        methods: methods.map { FitMethod($0, precision: precision)! },
        rounds: rounds ?? (quick ? 2 : 7), progress: progress)
    }
    if only.contains(.verification) {
      report.verification = try VerificationCosts.measure(
        pairs: rounds.map { 20 * $0 } ?? (quick ? 100 : 400), progress: progress)
    }
    if only.contains(.growth) {
      report.growth = try Growth.measure(isQuick: quick, progress: progress)
    }
    if only.contains(.memory) {
      report.memory = try MemoryUse.measure(
        executable: Self.executable, isQuick: quick, progress: progress)
    }
    progress("")
    print(report.tables, terminator: "")
    if let json { try OutputFile.write(try report.text(), to: json) }
  }

  /// The path of this program.
  private static var executable: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = readlink("/proc/self/exe", buffer.baseAddress!, buffer.count)
      guard count > 0 else { return CommandLine.arguments[0] }
      return String(
        decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// Tells what is being done, on one line that is written over, if somebody looks on.
  private func progress(_ text: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    writeToStandardError("\r\u{1B}[K\(text)")
  }
}
