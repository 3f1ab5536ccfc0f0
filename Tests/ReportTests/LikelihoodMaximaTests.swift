import Report
import Testing

@Suite("Maxima that several starts find")
struct LikelihoodMaximaTests {
  static func end(
    _ value: Double, _ estimates: [Double] = [1, 2], error: Double? = 0.001,
    resolutions: [Double] = [0.01, 0.01]
  ) -> (status: String, end: StartEnd?) {
    (
      "converged",
      StartEnd(
        minusTwoLogLikelihood: value, samplingError: error, estimates: estimates,
        resolutions: resolutions)
    )
  }

  static func repeated(_ count: Int, _ end: (status: String, end: StartEnd?)) -> [(
    status: String, end: StartEnd?
  )] { Array(repeating: end, count: count) }

  @Test("are counted, numbered from the best, and said in one line")
  func counted() {
    let lost = (status: "not converged", end: StartEnd?.none)
    let found = LikelihoodMaxima(
      Self.repeated(3, lost) + Self.repeated(12, Self.end(52.104, [3, 2]))
        + Self.repeated(31, Self.end(48.936)) + Self.repeated(4, Self.end(60.2, [5, 9])))
    #expect(found.maxima.map(\.starts) == [31, 12, 4])
    #expect(found.maxima.map(\.minusTwoLogLikelihood) == [48.936, 52.104, 60.2])
    #expect(
      found.numbers == [nil, nil, nil] + Array(repeating: 2, count: 12)
        + Array(repeating: 1, count: 31) + Array(repeating: 3, count: 4))
    #expect(
      found.text
        == "50 starts: 3 maxima; the best, -2 log L 48.936, found by 31; next 52.104 by 12, "
        + "60.200 by 4; 3 did not converge")
    #expect(found.clause == "best of 3 maxima, found by 31 of 50 starts")
    #expect(found.warnings.isEmpty)
  }

  static let pairs:
    [(
      a: (status: String, end: StartEnd?), b: (status: String, end: StartEnd?), isSame: Bool
    )] = [
      (end(10), end(10.009), true), (end(10), end(10.011), false),
      // Three combined errors of 0.1 are 0.42.
      (end(10, error: 0.1), end(10.41, error: 0.1), true),
      (end(10, error: 0.1), end(10.43, error: 0.1), false), (end(10), end(10, [1.009, 2]), true),
      (end(10), end(10, [1.011, 2]), false),
      // The larger resolution decides.
      (end(10), end(10, [1.1, 2], resolutions: [0.2, 0]), true),
    ]

  @Test("are the same within the errors of their figures", arguments: pairs.indices)
  func same(pair: Int) {
    let (a, b, isSame) = Self.pairs[pair]
    #expect(LikelihoodMaxima([a, b]).maxima.count == (isSame ? 1 : 2))
    #expect(LikelihoodMaxima([b, a]).maxima.count == (isSame ? 1 : 2))
  }

  @Test("a row of ends that are a little apart does not become one")
  func row() {
    let ends = (0..<10).map { Self.end(10 + 0.001 * Double($0), [1 + 0.006 * Double($0), 2]) }
    #expect(LikelihoodMaxima(ends).maxima.map(\.starts) == [2, 2, 2, 2, 2])
  }

  @Test("the best that was found once is warned of, unless it is the only one")
  func foundOnce() {
    let others = Self.repeated(4, Self.end(12, [3, 3]))
    let once = LikelihoodMaxima(others + [Self.end(10)])
    #expect(
      once.warnings == [
        "only 1 of the 5 starts that ended as they should found the best maximum, and a better one may have been "
          + "missed; raise `starts`, or give starting values near these estimates, and see whether they are "
          + "found again."
      ])
    #expect(LikelihoodMaxima(others + Self.repeated(2, Self.end(10))).warnings.isEmpty)
    #expect(LikelihoodMaxima([others[0], Self.end(10)]).warnings.count == 1)
    #expect(LikelihoodMaxima([Self.end(10)]).warnings.isEmpty)
  }

  @Test("equal heights at different places are warned of")
  func ridge() {
    let found = LikelihoodMaxima((0..<6).map { Self.end(10, [Double($0), 2]) })
    #expect(found.maxima.count == 6 && found.hasEqualMaxima)
    #expect(found.warnings.count == 1)
    #expect(found.warnings.first?.contains("the data do not determine the estimates") == true)
  }

  @Test("there may be one or none")
  func few() {
    let failed = (status: "failed", end: StartEnd?.none)
    #expect(
      LikelihoodMaxima(Self.repeated(4, Self.end(7))).text
        == "4 starts: one maximum, -2 log L 7.000, found by 4")
    #expect(
      LikelihoodMaxima([failed, ("degenerate", nil)]).text
        == "2 starts: no maximum; 1 degenerate; 1 failed")
    #expect(LikelihoodMaxima([failed, failed]).clause == "no maximum from 2 starts")
  }

  @Test("stand in fit.json among the keys of the data set")
  func document() throws {
    let text = fixtureDocument([FixtureFit(name: #"a \"name\" : b"#)])
    let before = try FitDocument(json: Array(text.utf8), path: "fit.json").dataSets[0]
    let element = try FitDocument.element(before)
    var bytes = element.text
    let ends = Self.repeated(5, Self.end(12, [3, 3])) + [Self.end(10)]
    let part = try FitDocument.text(LikelihoodMaxima(ends))
    bytes.insert(contentsOf: part, at: element.maximaPlace)
    var expected = before
    expected.maxima = [
      FitDocument.Maximum(minusTwoLogLikelihood: 10, starts: 1),
      FitDocument.Maximum(minusTwoLogLikelihood: 12, starts: 5),
    ]
    expected.maximaWarnings = LikelihoodMaxima(ends).warnings
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == String(decoding: try FitDocument.element(expected).text, as: UTF8.self))
  }
}
