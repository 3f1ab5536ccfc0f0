import Foundation
import Report
import TestSupport
import Testing

/// Small jobs that are easy to get wrong: each has ended at a wrong place, or with a wrong word, in
/// some program of this kind. What is right is known by another method, which `Cases/cases.tsv`
/// names.
@Suite("Cases with known answers")
struct CaseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let exitCode: Int32
    let status: String
    let minusTwoLogLikelihood: Double
    let tolerance: Double

    var testDescription: String { name }

    init?(_ line: Substring) {
      let cells = line.split(separator: "\t").map(String.init)
      guard cells.count == 6, let exitCode = Int32(cells[1]), let value = Double(cells[3]),
        let tolerance = Double(cells[4])
      else { return nil }
      name = cells[0]
      self.exitCode = exitCode
      status = cells[2]
      minusTwoLogLikelihood = value
      self.tolerance = tolerance
    }
  }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appendingPathComponent("Cases").path

  static let all: [Case] = {
    let table = try? String(contentsOfFile: "\(folder)/cases.tsv", encoding: .utf8)
    return (table ?? "").split(separator: "\n").dropFirst().compactMap(Case.init)
  }()

  @Test("the table is read as a whole")
  func table() throws {
    let table = try String(contentsOfFile: "\(Self.folder)/cases.tsv", encoding: .utf8)
    #expect(Self.all.count == table.split(separator: "\n").count - 1)
    #expect(Self.all.count > 5)
  }

  @Test("a case ends where it should, with the right word", arguments: all)
  func ends(known: Case) throws {
    let folder = try JobFolder()
    for file in ["job.yaml", "data.csv"] {
      try FileManager.default.copyItem(
        atPath: "\(Self.folder)/\(known.name)/\(file)", toPath: "\(folder.path)/\(file)")
    }
    let run = try ChildProcess.run(
      "popmix", ["fit", "--quiet", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
    #expect(run.exitCode == known.exitCode, "\(run.errors)")
    let rows = try folder.read("out/estimates.csv").split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let values = Dictionary(zip(rows[0], rows[1]), uniquingKeysWith: { first, _ in first })
    #expect(values["status"] == known.status, "\(run.output)")
    let value = try #require(Double(values["log_likelihood"] ?? ""))
    #expect(
      abs(-2 * value - known.minusTwoLogLikelihood) < known.tolerance, "-2 log L \(-2 * value)")
    let error = try #require(
      Double(values["sampling_error.minus_two_log_likelihood"] ?? ""))
    #expect(error < known.tolerance)
  }
}
