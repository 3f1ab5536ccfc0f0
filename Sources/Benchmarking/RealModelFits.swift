import Foundation
import Glibc
import Report

/// Default fits of models as people have them, by the program itself: data sets of several seeds,
/// each from a start and from none.
package struct RealModelFits: Codable, Sendable, Equatable {
  /// One fit.
  package struct Fit: Codable, Sendable, Equatable {
    package let model: String
    package let seed: Int
    package let hasStart: Bool
    /// Of the processor, the whole process.
    package let seconds: Double
    /// `no result` where there is none.
    package let status: String
    package var iterations: Int?
    /// The most nodes of a subject and component.
    package var samples: Int?
    package var minusTwoLogLikelihood: Double?
    /// Of −2 log L, and the largest of an estimate in its standard errors.
    package var error: Double?
    package var shareOfStandardError: Double?

    package init(model: String, seed: Int, hasStart: Bool, seconds: Double, status: String) {
      self.model = model
      self.seed = seed
      self.hasStart = hasStart
      self.seconds = seconds
      self.status = status
    }
  }

  package private(set) var fits: [Fit] = []

  package init() {}

  package mutating func add(_ fit: Fit) { fits.append(fit) }

  /// - Parameters:
  ///   - program: `popmix`.
  ///   - names: of the models; all if left out.
  ///   - seconds: of wall time, after which a fit is stopped.
  ///   - progress: called after each fit.
  /// - Throws: `BenchmarkError.child` if the program cannot be run.
  package static func measure(
    program: String, names: [String]? = nil, seeds: Int, seconds: Int,
    progress: (Fit) -> Void = { _ in }
  ) throws -> RealModelFits {
    var result = RealModelFits()
    for model in RealModel.all where names?.contains(model.name) ?? true {
      for hasStart in [true, false] {
        for seed in 1...max(1, seeds) {
          let fit = try Self.fit(program, model, seed: seed, hasStart: hasStart, seconds)
          progress(fit)
          result.fits.append(fit)
        }
      }
    }
    return result
  }

  private static func fit(
    _ program: String, _ model: RealModel, seed: Int, hasStart: Bool, _ seconds: Int
  ) throws -> Fit {
    var template = Array("/tmp/popmix-models-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw BenchmarkError.child(command: "mkdtemp") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = system("rm -rf '\(folder)'") }
    try OutputFile.write(
      model.job(seed: seed, hasStart: hasStart), to: "\(folder)/job.yaml")
    let used = try processorSeconds(
      of: [program, "fit", "\(folder)/job.yaml", "--quiet", "--max-time", "\(seconds)s"])
    let found = Self.read("\(folder)/results/fit.json")
    var fit = Fit(
      model: model.name, seed: seed, hasStart: hasStart, seconds: used,
      status: found?.status ?? "no result")
    fit.iterations = found?.fit?.iterations.count
    fit.samples = found?.fit?.samplingError?.samplesMost
    fit.minusTwoLogLikelihood = found?.fit?.minusTwoLogLikelihood
    fit.error = found?.fit?.samplingError?.minusTwoLogLikelihood
    fit.shareOfStandardError = found?.fit?.samplingError?.largestShareOfStandardError
    return fit
  }

  private static func read(_ path: String) -> FitDocument.DataSet? {
    let text = systemFile(path)
    guard !text.isEmpty, let document = try? FitDocument(json: Array(text.utf8), path: path) else {
      return nil
    }
    return document.dataSets.first
  }

  /// Runs a program to its end, whatever it says.
  private static func processorSeconds(of arguments: [String]) throws -> Double {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    guard posix_spawn(&process, arguments[0], &actions, nil, &words, environ) == 0 else {
      throw BenchmarkError.child(command: arguments.joined(separator: " "))
    }
    var (status, usage) = (Int32(0), rusage())
    while wait4(process, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw BenchmarkError.child(command: arguments[0]) }
    }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + 1e-6 * Double(time.tv_usec) }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// All fits as JSON, keys in alphabetical order.
  package func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// A line for each model and kind of start, medians over the seeds.
  package var table: String {
    var table = TextTable(
      "model", "start", "CPU s", "least", "largest", "iterations", "nodes", "error", "of SE",
      "fits", "ends")
    var done: Set<String> = []
    for fit in fits where done.insert("\(fit.model) \(fit.hasStart)").inserted {
      let own = fits.filter { $0.model == fit.model && $0.hasStart == fit.hasStart }
      func median(_ value: (Fit) -> Double?) -> Double? {
        let values = own.compactMap(value).sorted()
        return values.isEmpty ? nil : values[values.count / 2]
      }
      let seconds = Timing(own.map(\.seconds))
      var ends: [String: Int] = [:]
      for end in own { ends[end.status, default: 0] += 1 }
      table.add(
        fit.model, fit.hasStart ? "30 % off" : "none", significant(seconds.median, 3),
        significant(seconds.least, 3), significant(seconds.largest, 3),
        median { $0.iterations.map(Double.init) }.map { fixed($0, 0) } ?? "",
        median { $0.samples.map(Double.init) }.map { fixed($0, 0) } ?? "",
        median(\.error).map { significant($0, 2) } ?? "",
        median(\.shareOfStandardError).map { significant($0, 2) } ?? "", "\(own.count)",
        ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    return table.text
  }
}
