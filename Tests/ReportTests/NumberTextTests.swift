import PopulationData
import Report
import Testing

@Suite("Numbers as text")
struct NumberTextTests {
  static let numbers: [(Double, Int, String)] = [
    (0.30609627, 4, "0.3061"), (20.0216, 4, "20.02"), (100, 4, "100.0"), (0, 4, "0"),
    (-5.0082, 4, "-5.008"), (0.000123456, 3, "0.000123"), (0.0000123456, 3, "1.23e-05"),
    (1_234_567, 4, "1.235e+06"), (999_999, 3, "999999"), (.nan, 4, "–"), (.infinity, 4, "∞"),
    (-.infinity, 4, "-∞"), (1e300, 2, "1.0e+300"),
  ]

  @Test("significant digits are kept, trailing zeros too", arguments: numbers)
  func significantDigits(value: Double, digits: Int, text: String) {
    #expect(significant(value, digits) == text)
  }

  @Test("fields with separators, quotes or line ends are quoted")
  func csv() {
    #expect(csvField("plain text") == "plain text")
    #expect(csvField("a,b") == "\"a,b\"")
    #expect(csvField("a \"b\"") == "\"a \"\"b\"\"\"")
    #expect(csvField("a\nb") == "\"a\nb\"")
  }

  @Test("numbers of CSV files read back as the same double")
  func csvNumbers() {
    for value in [0.1, 1.0 / 3, .leastNonzeroMagnitude, -1.7976931348623157e308, 100, 0] {
      #expect(Double(csvNumber(value)) == value)
    }
    #expect(csvNumber(100) == "100")
    #expect(csvNumber(nil) == "" && csvNumber(.nan) == "")
    #expect(csvNumber(.infinity) == "Inf" && csvNumber(-.infinity) == "-Inf")
  }

  @Test("rows of bytes are the same as fields joined by commas")
  func rows() {
    let numbers: [Double?] = [
      0.1, 100, -0.0, nil, .nan, .infinity, 1e300, .leastNonzeroMagnitude, 123_456_789, -2.5,
    ]
    var text = CSVText()
    text.add("a,b")
    for number in numbers { text.add(number) }
    text.add(42)
    text.endRow()
    text.row(["c", ""])
    let first = ["\"a,b\""] + numbers.map(csvNumber) + ["42"]
    #expect(
      String(decoding: text.bytes, as: UTF8.self) == first.joined(separator: ",") + "\nc,\n")
  }
}
