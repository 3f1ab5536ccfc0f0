import Foundation
import Report
import TestSupport

/// A folder of its own for one test, removed at the end, in which the built program runs.
final class JobFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "popmix-test-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The jobs of this repository.
  static let jobs = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("jobs").path

  /// A small job on the shipped data, with other lines in place of some of its own.
  static func job(method: String = "method: paper\n  samples: 200\n  iterations: 5") -> String {
    SmallJob.onFile("data.csv", estimation: method)
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }

  /// What a fit leaves in its output folder.
  static let outputs = [
    "estimates.csv", "fit.json", "iterations.csv", "ledger", "popmix-files.json", "run.json",
    "subjects.csv",
  ]

  /// The files that are the same whatever the number of ranks and runs.
  func results(in name: String) throws -> [String: String] {
    var results: [String: String] = [:]
    for file in files(in: name)
    where !["ledger", "logs", "popmix-files.json", "run.json", "data-sets"].contains(file) {
      results[file] = try read("\(name)/\(file)")
    }
    return results
  }

  /// Names of the files of a folder in here, sorted; empty without the folder.
  func files(in name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)")) ?? []).sorted()
  }

  /// The shipped data set of the published example.
  static func exampleData() throws -> String {
    try String(contentsOfFile: jobs + "/data/wang2007.csv", encoding: .utf8)
  }

  /// The example's first subjects, for quick fits.
  static func exampleData(subjects: Int) throws -> String {
    let rows = try exampleData().split(separator: "\n")
    return rows.prefix(1 + 6 * subjects).joined(separator: "\n") + "\n"
  }
}
