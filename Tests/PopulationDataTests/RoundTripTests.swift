import PopulationData
import TestSupport
import Testing

@Suite("writing and reading again")
struct RoundTripTests {
  @Test("notation, order of columns, delimiter and comments change nothing", arguments: 1...60)
  func roundTrip(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let rows = Self.records(&generator)
    let standard = try read(Self.plain(rows))
    let other = try read(Self.disguised(rows, &generator))
    #expect(contents(other) == contents(standard))
    #expect(other.fingerprint == standard.fingerprint)
    #expect(other.subjects.count == standard.subjects.count)
    #expect(standard.observationCount == rows.filter { $0["EVID"] == 0 }.count)
  }

  private typealias Row = [String: Double]
  private static let names = ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "CMT", "ADDL", "II"]

  /// Random rows of five subjects, each of which has an observation.
  private static func records(_ generator: inout SplitMix64) -> [Row] {
    var rows: [Row] = []
    for id in 1...5 {
      var time = 0.0
      for index in 0...Int.random(in: 1...8, using: &generator) {
        var row: Row = ["ID": Double(id * 10), "TIME": time, "EVID": 0, "MDV": 1]
        row["CMT"] = Double(Int.random(in: 0...2, using: &generator))
        let event = index == 0 ? 0 : [0, 0, 1, 1, 4].randomElement(using: &generator)!
        row["EVID"] = Double(event)
        row["MDV"] = event == 0 ? 0 : 1
        if event == 0 {
          row["DV"] = Double.random(in: -5...50, using: &generator)
        } else {
          row["AMT"] = Double(Int.random(in: 1...400, using: &generator)) / 4
          if Bool.random(using: &generator) {
            row["ADDL"] = Double(Int.random(in: 1...3, using: &generator))
            row["II"] = 0.1 * Double(Int.random(in: 1...20, using: &generator))
          }
        }
        rows.append(row)
        time += [0, 0.1, 1, Double.random(in: 0...9, using: &generator)]
          .randomElement(using: &generator)!
      }
    }
    return rows
  }

  private static func plain(_ rows: [Row]) -> String {
    names.joined(separator: ",") + "\n"
      + rows.map { row in
        names.map { name in row[name].map { "\($0)" } ?? "." }.joined(separator: ",")
      }.joined(separator: "\n")
  }

  private static func disguised(_ rows: [Row], _ generator: inout SplitMix64) -> String {
    let order = (names + ["EXTRA"]).shuffled(using: &generator)
    let delimiter = [",", ";", "\t", " , "].randomElement(using: &generator)!
    let end = ["\n", "\r\n", "\r"].randomElement(using: &generator)!
    var lines = [
      order.map { Bool.random(using: &generator) ? $0 : "\"\($0.lowercased())\"" }
        .joined(separator: delimiter)
    ]
    for row in rows {
      if Int.random(in: 0...5, using: &generator) == 0 { lines.append("# a comment, with a comma") }
      if Int.random(in: 0...5, using: &generator) == 0 { lines.append("") }
      lines.append(
        order.map { name in
          name == "EXTRA" ? "'text'" : written(row[name], &generator)
        }.joined(separator: delimiter))
    }
    return lines.joined(separator: end)
  }

  /// A number in one of its notations, each of which is exact.
  private static func written(_ number: Double?, _ generator: inout SplitMix64) -> String {
    guard let number else { return ["", ".", " "].randomElement(using: &generator)! }
    var text = "\(number)"
    let isDecimal = !text.contains("e")
    switch Int.random(in: 0...5, using: &generator) {
    case 0 where text.hasSuffix(".0"): text.removeLast(2)
    case 1 where text.hasSuffix(".0"): text.removeLast()
    case 2 where isDecimal: text += "000"
    case 3 where isDecimal: text += ["e0", "E+00", "D0", "d-0"].randomElement(using: &generator)!
    case 4: text = "\"\(text)\""
    case 5 where number >= 0: text = "+\(text)"
    default: break
    }
    return text
  }
}
