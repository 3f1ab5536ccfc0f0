import Foundation
import Report
import Testing

@Suite("fit.json is written piece by piece")
struct FitDocumentWritingTests {
  @Test("as the document that has all data sets is encoded, whatever stands in its texts")
  func pieces() throws {
    let fits = [
      FixtureFit(name: "a.csv"),
      FixtureFit(name: #"b \"data_sets\" : [ ]"#, status: "not converged"),
      FixtureFit(name: "c.csv", status: "failed", minusTwoLogLikelihood: nil),
    ]
    var document = try FitDocument(json: Array(fixtureDocument(fits).utf8), path: "fit.json")
    document.jobText = "job: x\n# \"data_sets\" : [\n]\n"
    let (head, tail) = try document.frame()
    var bytes = head
    for (number, dataSet) in document.dataSets.enumerated() {
      if number > 0 { bytes += FitDocument.separator }
      bytes += try FitDocument.element(dataSet).text
    }
    bytes += tail
    let found = try FitDocument(json: bytes, path: "fit.json")
    #expect(
      found.jobText == document.jobText
        && found.dataSets.map(\.name) == document.dataSets.map(\.name))
    // The same keys and values as those of the whole document.
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    #expect(try encoder.encode(found) == encoder.encode(document))
    let keys = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("  \"") }.map { $0.dropFirst(3).prefix { $0 != "\"" } }
    #expect(keys == keys.sorted() && keys.count == 8)
  }

  @Test("the maxima of all starts belong before the next key by the alphabet")
  func place() throws {
    let document = try FitDocument(
      json: Array(fixtureDocument([FixtureFit()]).utf8), path: "fit.json")
    let element = try FitDocument.element(document.dataSets[0])
    #expect(element.text[element.maximaPlace...].starts(with: "      \"name\" : \"a.csv\"".utf8))
  }
}
