import Foundation
import Report
import Testing

@Suite("Formats of a comparison")
struct ComparisonFormatTests {
  private func comparison(label: String = "mu.k") throws -> FitComparison {
    try fixtureComparison(
      fixtureDocument([FixtureFit(parameters: [(label, 0.3, 0.01), ("V", 20, nil)])]),
      fixtureDocument(
        components: 2, freeParameters: 8, method: "paper",
        [FixtureFit(name: "x, y.csv", minusTwoLogLikelihood: 80, entropy: 5)]))
  }

  @Test("the terminal's table")
  func text() throws {
    let expected = """
      a.csv: 100 subjects, 500 observations

                                          a                  b
        components                        1                  2
        free parameters                   5                  8
        method               exact, lattice              paper
        status                    converged          converged

        -2 log L                    100.000             80.000
          above the lowest            20.00             lowest
          sampling error              0.010              0.010
        NONMEM's objective         -818.940           -838.940
        AIC                          110.00              96.00
          above the best              14.00               best
        BIC                          123.00             116.80
          above the best               6.20               best
        ICL                          123.00             126.80
          above the best               best               3.80

        mu.k                0.3000 (0.0100)    0.3000 (0.0100)
        V                     20.00 (fixed)                  –
        sigma2                            –  0.01000 (0.00100)

      """
    let text = try comparison().text
    #expect(text.hasPrefix(expected), "\(text)")
    #expect(text.contains("\nNote: Differences of -2 log L between numbers of components"))
  }

  @Test("Markdown takes nothing in a name for markup")
  func markdown() throws {
    let text = try comparison(label: "<b>|\u{301}*x*").markdown
    #expect(text.contains("| &lt;b&gt;\\|\u{301}\\*x\\* | 0.3000 (0.0100) | – |"))
    #expect(
      text.contains("# a.csv: 100 subjects, 500 observations\n\n|  | a | b |\n|---|---:|---:|"))
    #expect(text.contains("\n- Differences of -2 log L between numbers of components"))
  }

  @Test("CSV has a row for each fit with a field for each column")
  func csv() throws {
    let lines = try comparison().csv.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[0]
        == "data_set,output,path,job,method,components,free_parameters,status,comparable,subjects,observations,"
        + "minus_two_log_likelihood,sampling_error.minus_two_log_likelihood,nonmem_objective,aic,aic_difference,"
        + "bic,bic_difference,icl,icl_difference,mu.k,se.mu.k,V,se.V,sigma2,se.sigma2")
    #expect(
      lines[1]
        == "a.csv,a,out/a,job,exact,1,5,converged,1,100,500,100,0.01,-818.94,110,14,123,6.200000000000003,123,0,0.3,0.01,20,,,"
    )
    #expect(lines[2].hasPrefix("\"x, y.csv\",b,out/b,job,paper,2,8,converged,1,100,500,80,"))
  }

  @Test("JSON reads back, with what the tables show")
  func json() throws {
    let text = try ComparisonDocument(comparison()).text()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let document = try decoder.decode(ComparisonDocument.self, from: Data(text.utf8))
    #expect(document.schema == "popmix-comparison" && document.schemaVersion == 1)
    #expect(document.outputs.map(\.label) == ["a", "b"] && document.summary == nil)
    let dataSet = document.dataSets[0]
    #expect(dataSet.bestByAic == "b" && dataSet.bestByBic == "b" && dataSet.notes.count == 1)
    #expect(dataSet.bestByIcl == "a" && dataSet.fits.map(\.icl) == [123, 126.8])
    #expect(dataSet.fits.map(\.aicDifference) == [14, 0])
    #expect(dataSet.fits.allSatisfy { $0.comparability == "comparable" })
    #expect(dataSet.fits[0].parameters.map(\.fixed) == [false, true])
  }

  static let wrongFiles: [(text: String, message: String)] = [
    ("", "a: is no fit.json of popmix; "), ("[1, 2]", "a: is no fit.json of popmix; "),
    (#"{"schema": "popmix-run", "schema_version": 1}"#, "a: is no fit.json of popmix; "),
    (
      fixtureDocument(version: 7, []),
      "a: has schema version 7, of popmix 0.1.0, and this program reads version "
    ),
    (
      fixtureDocument([]).replacingOccurrences(of: "\"seed\": 1", with: "\"seed\": \"one\""),
      "a: is damaged at 'estimation.seed'; "
    ),
    (
      fixtureDocument([FixtureFit()]).replacingOccurrences(of: "\"subjects\"", with: "\"sub\""),
      "a: is damaged at 'dataSets.0.subjects'; "
    ),
  ]

  @Test("files that are none, of another version or damaged are told", arguments: wrongFiles)
  func faults(text: String, message: String) {
    let error = #expect(throws: DocumentError.self) {
      try FitDocument(json: Array(text.utf8), path: "a")
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error!)")
  }

  @Test("infinite numbers of a fit.json are read")
  func infinite() throws {
    let text = fixtureDocument([FixtureFit()]).replacingOccurrences(
      of: "\"log_likelihood\": -50.0", with: "\"log_likelihood\": \"-Infinity\"")
    let document = try FitDocument(json: Array(text.utf8), path: "a")
    #expect(document.dataSets[0].fit?.logLikelihood == -.infinity)
  }
}
