import FoundationEssentials
import Report

/// What one run of the benchmarks measured, as it is written to a file so that runs can be
/// compared.
package struct BenchmarkReport: Codable, Sendable, Equatable {
  /// Rises when a field changes its meaning or goes.
  package static let schemaVersion = 1

  package var schema = schemaVersion
  /// When the run began, ISO 8601, UTC.
  package var date: String
  /// The source's commit, if it was told.
  package var commit: String?
  package var machine: Machine
  package var roofline: Roofline
  /// Parts that were left out are `nil`.
  package var functions: [FunctionFigures]?
  package var kernels: [SampleKernelFigures]?
  package var equations: [EquationFigures]?
  package var library: [LibraryFigures]?
  package var fits: Fits?
  package var verification: [VerificationFigures]?
  package var growth: Growth?
  package var memory: MemoryUse?

  package init(
    date: String, commit: String?, machine: Machine, roofline: Roofline,
    functions: [FunctionFigures]? = nil, kernels: [SampleKernelFigures]? = nil,
    equations: [EquationFigures]? = nil, library: [LibraryFigures]? = nil, fits: Fits? = nil,
    verification: [VerificationFigures]? = nil, growth: Growth? = nil, memory: MemoryUse? = nil
  ) {
    self.date = date
    self.commit = commit
    self.machine = machine
    self.roofline = roofline
    self.functions = functions
    self.kernels = kernels
    self.equations = equations
    self.library = library
    self.fits = fits
    self.verification = verification
    self.growth = growth
    self.memory = memory
  }

  /// Now, as `date` has it.
  package static var now: String { Date.now.formatted(.iso8601) }

  /// The report as JSON, keys in alphabetical order.
  package func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// Reads a report's file.
  /// - Throws: `BenchmarkError.report` if it cannot be read or is not a report of this version.
  package init(path: String) throws {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw BenchmarkError.report(path: path, reason: "the file cannot be read")
    }
    try self.init(text: String(decoding: data, as: UTF8.self), path: path)
  }

  /// - Parameter path: of the text, for messages.
  /// - Throws: `BenchmarkError.report` if it is not a report of this version.
  package init(text: String, path: String) throws {
    struct Version: Decodable { let schema: Int }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data = Data(text.utf8)
    guard let version = try? decoder.decode(Version.self, from: data) else {
      throw BenchmarkError.report(path: path, reason: "this is no report of benchmarks")
    }
    guard version.schema == Self.schemaVersion else {
      throw BenchmarkError.report(
        path: path,
        reason: "the report has the schema \(version.schema), this program \(Self.schemaVersion)")
    }
    do { self = try decoder.decode(BenchmarkReport.self, from: data) } catch {
      throw BenchmarkError.report(path: path, reason: "the report has a fault (\(error))")
    }
  }
}
