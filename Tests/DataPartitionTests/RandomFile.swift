import PopulationData
import TestSupport

/// A data file with all that may be in one, from a seed.
struct RandomFile {
  var text = ""
  /// How the file is to be read.
  var format = DatasetFormat.standard

  /// - Parameters:
  ///   - returning: whether IDs come back now and then.
  ///   - faults: how many rows are spoilt.
  init(seed: UInt64, returning: Bool, faults: Int = 0, repeatedIDs: RepeatedIDs = .separate)
    throws
  {
    var generator = SplitMix64(seed: seed)
    func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }
    let delimiter = [",", ";", "\t", " , ", " "].randomElement(using: &generator)!
    let end = ["\n", "\r\n", "\r"].randomElement(using: &generator)!
    let hasRules = chance(0.5)
    let hasAccept = !hasRules && chance(0.3)
    format = try DatasetFormat(
      ignore: hasRules ? [IgnoreRule("#"), IgnoreRule("@"), IgnoreRule("WT > 90")] : [],
      accept: hasAccept ? [Condition("WT < 80"), Condition("WT.EQN.85")] : [],
      repeatedIDs: repeatedIDs, missing: chance(0.3) ? ["NA"] : [])
    let isNumeric = chance(0.6)
    let subjectCount = [1, 2, 3, 7, 30].randomElement(using: &generator)!
    let longest = [1, 4, 12, 80].randomElement(using: &generator)!
    var lines = chance(0.3) ? ["# comment at the beginning", ""] : []
    lines.append(
      ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "ADDL", "II", "WT"].joined(
        separator: delimiter))
    func id(_ number: Int) -> String {
      guard isNumeric else { return "\"_ \"\"\(number)\"\"\"" }
      return ["\(number)", "\(number).0", "\"\(number)\"", "+\(number)"]
        .randomElement(using: &generator)!
    }
    var number = 0
    for _ in 0..<subjectCount {
      number += 1
      let current =
        returning && chance(0.2) ? Int.random(in: 1...number, using: &generator) : number
      // Joined rows must go on in time.
      var time = Double(lines.count)
      let isUnobserved = chance(0.1)
      for row in 0..<Int.random(in: 1...longest, using: &generator) {
        if chance(0.05) { lines.append("") }
        if chance(0.05) { lines.append("# a comment\(delimiter) with a delimiter") }
        if chance(0.03) {
          lines.append([String](repeating: "", count: 9).joined(separator: delimiter))
        }
        if hasRules, chance(0.05) { lines.append("@ left out by the first character") }
        if chance(0.05) { time = Double(lines.count) }
        let isDose = isUnobserved || (row == 0 && longest > 1 && chance(0.8)) || chance(0.1)
        let resets = chance(0.05)
        let hasMore = isDose && chance(0.2)
        let isOther = chance(0.04)
        let event = isOther ? 2 : isDose ? (resets ? 4 : 1) : (resets ? 3 : 0)
        let isMissing = event == 0 && chance(0.05)
        var fields = [
          id(current), "\(time)", isDose && !isOther ? "100" : ".",
          event == 0 && !isMissing ? "\(Double(row) / 8)" : ".", "\(event)",
          event == 0 && !isMissing ? "0" : "1", hasMore && !isOther ? "3" : "0",
          hasMore && !isOther ? "0.5" : ".", "\(Int.random(in: 60...95, using: &generator))",
        ]
        if faults > 0, Int.random(in: 0..<subjectCount * longest, using: &generator) < faults {
          let spoilt = Int.random(in: 0..<9, using: &generator)
          fields[spoilt] = ["x", "", "\"", "1e999", "-5", "\u{0}"].randomElement(
            using: &generator)!
          if chance(0.2) { fields.removeLast() }
        }
        lines.append(fields.joined(separator: delimiter))
        time += [0, 0.5, 1].randomElement(using: &generator)!
      }
    }
    text = lines.joined(separator: end) + (chance(0.5) ? end : "")
    if chance(0.2) { text = "\u{FEFF}" + text }
  }
}
