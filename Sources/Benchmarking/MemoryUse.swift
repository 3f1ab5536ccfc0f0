import Glibc

/// The memory that a fit needs, measured in processes of their own, as a process never gives back
/// what it once had.
package struct MemoryUse: Codable, Sendable, Equatable {
  package struct Point: Codable, Sendable, Equatable {
    package let method: String
    /// n
    package let subjects: Int
    /// Resident bytes of the process with its data set, before the fit.
    package let bytesBefore: Int
    /// Most resident bytes at any time.
    package let bytesPeak: Int

    package init(method: String, subjects: Int, bytesBefore: Int, bytesPeak: Int) {
      self.method = method
      self.subjects = subjects
      self.bytesBefore = bytesBefore
      self.bytesPeak = bytesPeak
    }
  }

  package struct Line: Codable, Sendable, Equatable {
    package let method: String
    /// What one subject more adds to the peak; its data are a part of it.
    package let bytesPerSubject: Double

    package init(method: String, bytesPerSubject: Double) {
      self.method = method
      self.bytesPerSubject = bytesPerSubject
    }
  }

  package let points: [Point]
  package let lines: [Line]

  package init(points: [Point]) {
    self.points = points
    var methods: [String] = []
    for point in points where !methods.contains(point.method) { methods.append(point.method) }
    lines = methods.compactMap { method in
      let own = points.filter { $0.method == method }.sorted { $0.subjects < $1.subjects }
      guard let first = own.first, let last = own.last, first.subjects < last.subjects else {
        return nil
      }
      return Line(
        method: method,
        bytesPerSubject: Double(last.bytesPeak - first.bytesPeak)
          / Double(last.subjects - first.subjects))
    }
  }

  /// The name of the hidden subcommand that measures one fit.
  package static let subcommand = "memory-of-a-fit"

  package static let standardMethods = ["paper-1000", "lattice-64", "lattice-512"]

  /// - Parameter executable: the program that knows `subcommand`.
  /// - Throws: `BenchmarkError.child` if a process fails.
  package static func measure(
    executable: String, methods: [String] = standardMethods, isQuick: Bool = false,
    progress: (String) -> Void = { _ in }
  ) throws -> MemoryUse {
    var points: [Point] = []
    for method in methods {
      for subjects in isQuick ? [500, 2000] : [500, 2000, 8000] {
        progress("memory of \(method) with \(subjects) subjects")
        let arguments = [executable, subcommand, method, "\(subjects)"]
        let numbers = try output(of: arguments).split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else {
          throw BenchmarkError.child(command: arguments.joined(separator: " "))
        }
        points.append(
          Point(
            method: method, subjects: subjects, bytesBefore: numbers[0], bytesPeak: numbers[1]))
      }
    }
    return MemoryUse(points: points)
  }

  /// Fits a data set in this process: three iterations, after which the memory no longer grows.
  /// - Returns: resident bytes before the fit, and the most at any time.
  package static func ofFit(_ method: FitMethod, subjects: Int) throws -> (before: Int, peak: Int) {
    let problem = try GrowthModel.volumeAndRate.problem(
      subjects: subjects, observations: 5, components: 2)
    let before = status("VmRSS:")
    _ = try method.limited(to: 3).fit(
      problem.model, problem.dataset, from: problem.truth, seed: 1)
    return (before, status("VmHWM:"))
  }

  /// A number of kilobytes of /proc/self/status, in bytes; 0 where there is no such file. Unlike
  /// getrusage's, these do not begin with what the parent had.
  private static func status(_ name: String) -> Int {
    let lines = systemFile("/proc/self/status").split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix(name) }) else { return 0 }
    let number = line.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
    return (Int(number.prefix { $0.isNumber }) ?? 0) * 1024
  }

  /// What a program writes to its standard output.
  private static func output(of arguments: [String]) throws -> String {
    // Quotes of the shell, in which nothing but a quote has a meaning.
    let command = arguments.map { "'" + $0.replacing("'", with: "'\\''") + "'" }
      .joined(separator: " ")
    guard let stream = popen(command, "r") else { throw BenchmarkError.child(command: command) }
    var bytes: [UInt8] = []
    var byte = fgetc(stream)
    while byte != EOF {
      bytes.append(UInt8(truncatingIfNeeded: byte))
      byte = fgetc(stream)
    }
    guard pclose(stream) == 0 else { throw BenchmarkError.child(command: command) }
    return String(decoding: bytes.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}
