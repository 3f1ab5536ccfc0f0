// Foundation for the environment and the file of counts.
import Foundation

/// Many damaged or random texts that are read one after the other, in this process.
///
/// The test suite reads the texts of a few seeds. `scripts/campaign fuzz` asks for more: it names
/// the seeds in POPMIX_FUZZ_SEEDS as FIRST-END, the end left out, and a file in POPMIX_FUZZ_COUNTS,
/// to which a line is added when a run is over. A text that traps ends the process, and its seed is
/// the one without a line.
package struct FuzzRun {
  /// What came of one text.
  package struct Outcome {
    package let text: String
    /// Whether it was read; otherwise it was refused.
    package let isRead: Bool

    package init(text: String, isRead: Bool) {
      self.text = text
      self.isRead = isRead
    }
  }

  package private(set) var texts = 0
  package private(set) var read = 0
  /// Of the text that took longest.
  package private(set) var longest = Duration.zero
  package private(set) var longestText = ""
  /// Texts that took longer than they may.
  package private(set) var slow: [String] = []
  /// The largest memory of this process so far, in MiB; nothing where other tests share the
  /// process.
  package private(set) var peakMemory: Int?

  /// How long one text may take.
  package static let limit = Duration.seconds(2)

  /// Reads texts.
  /// - Parameters:
  ///   - kind: for the file of counts.
  ///   - seeds: those of the test suite.
  ///   - textsOfSeed: how many texts each seed gives.
  ///   - step: makes a text from the generator and reads it.
  package init(
    _ kind: String, seeds: Range<UInt64>, textsOfSeed: Int = 1000,
    _ step: (inout SplitMix64) throws -> Outcome
  ) throws {
    let environment = ProcessInfo.processInfo.environment
    var seeds = seeds
    if let asked = environment["POPMIX_FUZZ_SEEDS"] {
      let ends = asked.split(separator: "-").compactMap { UInt64($0) }
      precondition(ends.count == 2 && ends[0] < ends[1], "POPMIX_FUZZ_SEEDS is not FIRST-END")
      seeds = ends[0]..<ends[1]
    }
    for seed in seeds {
      var generator = SplitMix64(seed: seed)
      for _ in 0..<textsOfSeed {
        let begin = ContinuousClock.now
        let outcome = try step(&generator)
        let taken = begin.duration(to: .now)
        texts += 1
        if outcome.isRead { read += 1 }
        if taken > longest { (longest, longestText) = (taken, outcome.text) }
        if taken > Self.limit { slow.append("seed \(seed): \(outcome.text.debugDescription)") }
      }
    }
    guard let counts = environment["POPMIX_FUZZ_COUNTS"] else { return }
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      .flatMap { Int($0.filter(\.isNumber)) }
    peakMemory = peak.map { $0 / 1024 }
    let milliseconds = Int(longest / .milliseconds(1))
    let line =
      "\(kind),\(seeds.lowerBound),\(seeds.upperBound),\(texts),\(read),\(texts - read),"
      + "\(milliseconds),\(peakMemory.map(String.init) ?? "")\n"
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: counts))
    try file.seekToEnd()
    try file.write(contentsOf: Data(line.utf8))
    try file.close()
  }
}
