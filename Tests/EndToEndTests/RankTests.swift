import Foundation
import TestSupport
import Testing

@Suite("Results on any number of ranks")
struct RankTests {
  /// The results of a fit, by file.
  private func results(_ job: String, ranks: Int?, folder: JobFolder) throws -> [String: String] {
    let output = "ranks-\(ranks ?? 0)"
    let arguments = ["fit", job, "--quiet", "--output", "\(folder.path)/\(output)"]
    let run =
      try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
    try #require(run.exitCode == 0, "\(run.errors)")
    return try folder.results(in: output)
  }

  @Test(
    "one process and 1, 2, 3, 4 and 7 ranks under mpirun give the same bits",
    arguments: ["wang2007", "wang2007-paper", "phenobarb", "wang2007-simulated"])
  func sameBits(job: String) throws {
    let folder = try JobFolder()
    let path = "\(JobFolder.jobs)/\(job).yaml"
    let alone = try results(path, ranks: nil, folder: folder)
    // Mixtures whose starting values come from the data have several starts.
    #expect(alone.count == (job == "wang2007-simulated" ? 5 : 4))
    #expect(try #require(alone["subjects.csv"]).split(separator: "\n").count > 50)
    for ranks in [1, 2, 3, 4, 7] {
      #expect(try results(path, ranks: ranks, folder: folder) == alone, "\(ranks) ranks")
    }
  }

  @Test("more ranks than subjects are no trouble")
  func moreRanksThanSubjects() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 3), to: "data.csv")
    let alone = try results("\(folder.path)/job.yaml", ranks: nil, folder: folder)
    #expect(try results("\(folder.path)/job.yaml", ranks: 5, folder: folder) == alone)
  }

  @Test("several ranks simulate the same files as one process")
  func simulation() throws {
    let folder = try JobFolder()
    let job = "\(JobFolder.jobs)/wang2007-simulated.yaml"
    let alone = try ChildProcess.run("popmix", ["simulate", job, "-o", "\(folder.path)/a"])
    let three = try ChildProcess.run(
      "popmix", ["simulate", job, "-o", "\(folder.path)/b"], ranks: 3)
    #expect(alone.exitCode == 0 && three.exitCode == 0)
    #expect(folder.files(in: "a").count == 10 + 1)
    #expect(folder.files(in: "a") == folder.files(in: "b"))
    for file in folder.files(in: "a") {
      #expect(try folder.read("a/\(file)") == folder.read("b/\(file)"))
    }
    // The example is the first of them, but for the last digits, which may differ between
    // processors.
    let drawn = try folder.read("a/wang2007-simulated_1.csv").split(separator: "\n")
    let shipped = try JobFolder.exampleData().split(separator: "\n")
    #expect(drawn.count == shipped.count && drawn[0] == shipped[0])
    for (one, other) in zip(drawn, shipped).dropFirst() {
      for (a, b) in zip(one.split(separator: ","), other.split(separator: ",")) {
        guard let x = Double(a), let y = Double(b) else {
          #expect(a == b)
          continue
        }
        #expect(abs(x - y) <= 1e-12 * abs(y))
      }
    }
  }
}
