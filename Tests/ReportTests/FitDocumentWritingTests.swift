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

  @Test("and what is read back has the same bits, and is written to the same bytes")
  func bits() throws {
    var generator = SystemRandomNumberGenerator()
    var numbers = [
      -0.0, 0, 0.1 + 0.2, 1.0 / 3, 100, -1e16, 1e22, .leastNonzeroMagnitude,
      .leastNormalMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity, .nan,
      Double(1 << 53) + 2, 123_456_789_012_345_680,
    ]
    while numbers.count < 5000 {
      let number = Double(bitPattern: generator.next())
      if number.isFinite { numbers.append(number) }
    }
    var document = try FitDocument(
      json: Array(fixtureDocument([FixtureFit()]).utf8), path: "fit.json")
    document.dataSets[0].reason = "is \"so\" / ≥ 1 \u{1}\t 😀"
    document.dataSets[0].fit?.estimates.weights = numbers
    document.dataSets[0].fit?.covariance.outerProduct = [numbers]
    let text = try FitDocument.element(document.dataSets[0]).text
    let found = try #require(FitDocument.dataSet(json: text))
    let read = try #require(found.fit?.estimates.weights)
    for (number, found) in zip(numbers, read) {
      #expect(number.bitPattern == found.bitPattern || number.isNaN && found.isNaN, "\(number)")
    }
    #expect(read.count == numbers.count && found.reason == document.dataSets[0].reason)
    #expect(try FitDocument.element(found).text == text)
  }

  @Test("with the maxima of all starts as they are put into its text")
  func maxima() throws {
    var document = try FitDocument(
      json: Array(fixtureDocument([FixtureFit(), FixtureFit(name: "b.csv")]).utf8),
      path: "fit.json")
    func end(_ objective: Double) -> StartEnd {
      StartEnd(minusTwoLogLikelihood: objective, estimates: [objective], resolutions: [0.1])
    }
    let found = LikelihoodMaxima([
      ("converged", end(100.1)), ("converged", end(110)), ("not converged", nil),
    ])
    #expect(found.maxima.count == 2)
    let element = try FitDocument.element(document.dataSets[1])
    let (head, tail) = try document.frame()
    let bytes =
      head + (try FitDocument.element(document.dataSets[0]).text) + FitDocument.separator
      + element.text[..<element.maximaPlace] + (try FitDocument.text(found))
      + element.text[element.maximaPlace...] + tail
    document.dataSets[1].add(found)
    #expect(try document.texts().flatMap { $0 } == bytes)
  }

  @Test("the maxima of all starts belong before the next key by the alphabet")
  func place() throws {
    let document = try FitDocument(
      json: Array(fixtureDocument([FixtureFit()]).utf8), path: "fit.json")
    let element = try FitDocument.element(document.dataSets[0])
    #expect(element.text[element.maximaPlace...].starts(with: "      \"name\" : \"a.csv\"".utf8))
  }
}
