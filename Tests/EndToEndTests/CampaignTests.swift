import Foundation
import Report
import TestSupport
import Testing

/// Some sets of the campaign (`Tests/Campaign`): random data of thirteen designs, with maxima by
/// another method and another optimiser. One in three starts from the data, 30 % off or ten times
/// off.
@Suite("Sets of the campaign")
struct CampaignTests {
  private struct Reference: Decodable {
    let minusTwoLogLikelihood: Double
    let error: Double
  }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Campaign/fixtures").path

  @Test("all end at the maximum, within the errors that they claim")
  func ends() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
    #expect(names.count >= 30)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var squares = 0.0
    for name in names {
      let folder = try JobFolder()
      for file in ["job.yaml", "data.csv"] {
        try FileManager.default.copyItem(
          atPath: "\(Self.folder)/\(name)/\(file)", toPath: "\(folder.path)/\(file)")
      }
      let reference = try decoder.decode(
        Reference.self,
        from: Data(contentsOf: URL(filePath: "\(Self.folder)/\(name)/reference.json")))
      let run = try ChildProcess.run(
        "popmix", ["fit", "--quiet", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
      #expect(run.exitCode == 0, "\(name): \(run.errors)")
      let text = try folder.read("out/fit.json")
      let document = try decoder.decode(FitDocument.self, from: Data(text.utf8))
      let dataSet = try #require(document.dataSets.first)
      #expect(["converged", "at boundary"].contains(dataSet.status), "\(name): \(dataSet.reason)")
      let fit = try #require(dataSet.fit)
      let error = try #require(fit.samplingError).minusTwoLogLikelihood
      let distance = -2 * fit.logLikelihood - reference.minusTwoLogLikelihood
      #expect(error < 0.05, "\(name)")
      #expect(abs(distance) < 3.5 * error + reference.error, "\(name): \(distance), \(error)")
      squares += distance * distance / (error * error)
    }
    // The claimed errors are neither too small nor too large.
    let mean = squares / Double(names.count)
    #expect(mean > 0.2 && mean < 2, "\(mean)")
  }
}
