import Foundation
import PopulationData
import Testing

@Suite("published and simulated data")
struct PublishedDataTests {
  private func path(_ name: String) -> String {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)").path
  }

  @Test("phenobarbital in neonates: 59 subjects, 155 observations")
  func phenobarbital() throws {
    let path = path("phenobarb.csv")
    let dataset = try DatasetReader.read(path: path)
    #expect(dataset.name == path)
    #expect(dataset.subjects.count == 59)
    #expect(dataset.observationCount == 155)
    #expect(dataset.subjects.reduce(0) { $0 + $1.doseCount } == 589)
    #expect(dataset.subjects[0].occasions[0].observations.map(\.value) == [17.3, 31])
    #expect(dataset.report.lines() == ["2 columns not used: WT, APGR"])
  }

  @Test("simulated bolus and oral studies: all rows are used")
  func simulated() throws {
    let bolus = try DatasetReader.read(path: path("wang_000.csv"))
    #expect(bolus.subjects.count == 100)
    #expect(bolus.observationCount == 500)
    #expect(bolus.subjects.allSatisfy { $0.doseCount == 1 })
    let oral = try DatasetReader.read(path: path("oral_full_k1.csv"))
    #expect(oral.subjects.count == 60)
    #expect(oral.observationCount + oral.subjects.reduce(0) { $0 + $1.doseCount } == 600)
    #expect(oral.report.lines().isEmpty)
  }

  @Test("a file that is not there, or is a folder, is refused with the system's reason")
  func unreadable() {
    let missing = datasetError { () throws(DatasetError) in
      _ = try DatasetReader.read(path: "/no/such/file.csv")
    }
    #expect(
      missing?.description
        == "/no/such/file.csv: the data file cannot be read (No such file or directory); check "
        + "the path and its permissions.")
    let folder = datasetError { () throws(DatasetError) in
      _ = try DatasetReader.read(path: "/tmp")
    }
    #expect(folder == .unreadable(path: "/tmp", reason: "Is a directory"))
  }
}
