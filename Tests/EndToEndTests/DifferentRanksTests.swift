import Foundation
import TestSupport
import Testing

/// Ranks under mpirun that do not have the same: each in a folder of its own, as on nodes with
/// disks of their own.
@Suite("Ranks with other files or commands")
struct DifferentRanksTests {
  /// Folders of ranks, in all of which the job is `j.yaml`, and the first has the data.
  private func folder(ranks: Int, data: String) throws -> JobFolder {
    let folder = try JobFolder()
    for rank in 0..<ranks {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/\(rank)", withIntermediateDirectories: true)
      try folder.write(JobFolder.job(), to: "\(rank)/j.yaml")
      try folder.write(data, to: "\(rank)/data.csv")
    }
    return folder
  }

  private func fit(_ folder: JobFolder, ranks: Int) throws -> ChildProcess {
    try ChildProcess.run(
      "popmix", ["fit", "-q", "-o", "\(folder.path)/out", "j.yaml"],
      ranksBy: (0..<ranks).map { ["--wdir", "\(folder.path)/\($0)"] })
  }

  @Test(
    "a copy of the same size with another digit on one rank is refused by all",
    arguments: [2, 3, 5])
  func otherDigit(ranks: Int) throws {
    let data = try JobFolder.exampleData(subjects: 40)
    let folder = try folder(ranks: ranks, data: data)
    #expect(try fit(folder, ranks: ranks).exitCode == 0)
    try FileManager.default.removeItem(atPath: "\(folder.path)/out")
    let odd = ranks - 1
    var bytes = Array(data.utf8)
    let place = try #require(bytes.indices.last { (49...57).contains(bytes[$0]) })
    bytes[place] = bytes[place] == 57 ? 49 : bytes[place] + 1
    try folder.write(String(decoding: bytes, as: UTF8.self), to: "\(odd)/data.csv")
    let run = try fit(folder, ranks: ranks)
    #expect(run.exitCode == 65, "\(run.errors)")
    #expect(run.errors.contains("data.csv: the data file is another one on "), "\(run.errors)")
    #expect(run.errors.components(separatedBy: "(SHA-256 ").count == 3)
    #expect(!folder.files(in: "out").contains("fit.json"))
  }

  @Test("different commands end with one sentence on all ranks")
  func commands() throws {
    let folder = try folder(ranks: 2, data: try JobFolder.exampleData(subjects: 5))
    let program = ChildProcess.program("popmix").path
    for other in [["check", "j.yaml"], ["--version"], ["fit", "-q", "-o", "elsewhere", "j.yaml"]] {
      let second = ["--wdir", "\(folder.path)/1", program] + other + [":", "-n", "1"]
      let run = try ChildProcess.run(
        "popmix", ["fit", "-q", "-o", "\(folder.path)/out", "j.yaml"],
        ranksBy: [second + ["--wdir", "\(folder.path)/0"]])
      #expect(run.exitCode == 64, "\(run.errors)")
      #expect(run.errors.contains("popmix: the ranks have different commands: "), "\(run.errors)")
      #expect(!run.errors.contains("MPI_ERR"))
    }
  }
}
