import Foundation  // strtod, the reference
import PopulationData
import TestSupport
import Testing

@Suite("decimal numbers")
struct DecimalNumberTests {
  @Test(
    "all notations of data files are read",
    arguments: [
      ("5.", 5), (".5", 0.5), ("+1", 1), ("-0.25", -0.25), ("1e3", 1000), ("1E+03", 1000),
      ("1.5D2", 150), ("1.5d-2", 0.015), ("007", 7), ("0.1", 0.1), ("1e22", 1e22),
      ("1e23", 1e23), ("9007199254740993", 9_007_199_254_740_992),
      ("4.9e-324", Double.leastNonzeroMagnitude),
      ("1e-400", 0), ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
      ("0e999999999999999999999", 0), ("0.1000000000000000055511151231257827", 0.1),
    ])
  func notations(text: String, number: Double) {
    #expect(DecimalNumber.value(text) == number)
  }

  @Test(
    "anything else is no number",
    arguments: [
      "", ".", "+", "-.", "e5", "1e", "1e+", "1.2.3", "1,5", "nan", "NaN", "inf", "-Infinity",
      "0x1p3", "1 2", "1x", "--1", "1e5.0", "1e400", "1_000", "١", "1f", "1+5",
    ])
  func refused(text: String) {
    #expect(DecimalNumber.value(text) == nil)
  }

  @Test(
    "one number has one canonical form",
    arguments: [
      (["1", "1.0", "+1e0", "01", "10e-1", "1D0", "0.1e1"], "1e0"),
      (["120", "12e1", "1.2E+02"], "12e1"),
      (["0", "-0", "0.00", "0e5"], "0e0"),
      (["-7.5", "-75e-1"], "-75e-1"),
    ])
  func canonicalForms(texts: [String], form: String) {
    for text in texts { #expect(DecimalNumber.canonical(text) == form) }
    #expect(DecimalNumber.canonical("1a") == nil)
  }

  @Test("100 000 random texts give the bits of strtod")
  func agreesWithStrtod() {
    var generator = SplitMix64(seed: 20_240_607)
    for _ in 0..<100_000 {
      var text = ["", "-", "+"].randomElement(using: &generator)!
      let wholeDigits = Int.random(
        in: 0...(Bool.random(using: &generator) ? 6 : 25), using: &generator)
      for _ in 0..<wholeDigits { text += String(Int.random(in: 0...9, using: &generator)) }
      if wholeDigits == 0 || Bool.random(using: &generator) {
        text += "."
        let least = wholeDigits == 0 ? 1 : 0
        for _ in 0..<Int.random(in: least...18, using: &generator) {
          text += String(Int.random(in: 0...9, using: &generator))
        }
      }
      if Bool.random(using: &generator) {
        let range = Bool.random(using: &generator) ? 25 : 340
        text += ["e", "E"].randomElement(using: &generator)!
        text += String(Int.random(in: -range...range, using: &generator))
      }
      let expected = strtod(text, nil)
      let found = DecimalNumber.value(text)
      if found?.bitPattern != (expected.isFinite ? expected.bitPattern : nil) {
        Issue.record("\(text): found \(String(describing: found)), strtod has \(expected)")
      }
    }
  }

  @Test("17 digits bring back any Double")
  func roundTrip() {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      let number = Double(bitPattern: generator.next())
      guard number.isFinite else { continue }
      #expect(DecimalNumber.value("\(number)") == number)
    }
  }
}
