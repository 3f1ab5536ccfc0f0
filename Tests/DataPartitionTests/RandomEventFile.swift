import PopulationData
import TestSupport

/// A data file with infusions, steady states, covariates, outputs, censored values, other events
/// and times of all kinds, from a seed.
struct RandomEventFile {
  var text = ""
  /// How the file is to be read.
  var format = DatasetFormat.standard

  /// - Parameter faults: about how many rows are spoilt.
  init(seed: UInt64, faults: Int = 0) throws {
    var generator = SplitMix64(seed: seed)
    func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }
    func one(_ texts: [String]) -> String { texts.randomElement(using: &generator)! }
    let policy = RepeatedIDs.allCases.randomElement(using: &generator)!
    format = try DatasetFormat(
      repeatedIDs: policy,
      covariates: chance(0.7)
        ? [
          CovariateColumn("WT", carry: chance(0.5) ? .backward : .forward), CovariateColumn("OCC"),
        ] : [], belowLimit: BelowLimit.allCases.randomElement(using: &generator)!)
    let hasDates = chance(0.4)
    // Perhaps in the last rows only, so that one rank finds it.
    let clockTimesFrom = chance(0.4) ? Double.random(in: 0...1.1, using: &generator) : 2
    let subjectCount = [2, 3, 7, 25].randomElement(using: &generator)!
    var lines = [
      "ID,TIME,AMT,DV,EVID,CMT,RATE,SS,II,ADDL,DVID,CENS,LIMIT,WT,OCC" + (hasDates ? ",DATE" : "")
    ]
    for subject in 1...subjectCount {
      let isReturning = chance(faults > 0 ? 0.1 : 0)
      let id = isReturning ? Int.random(in: 1...subject, using: &generator) : subject
      var minutes = 0
      let isWeighed = faults == 0 || !chance(0.05)
      for row in 0..<Int.random(in: 1...8, using: &generator) {
        let isClock = Double(subject) / Double(subjectCount) >= clockTimesFrom
        let hours = isClock || hasDates || clockTimesFrom < 2 ? minutes % 1440 : minutes
        let time =
          isClock
          ? "\(hours / 60):\(hours % 60 < 10 ? "0" : "")\(hours % 60)" : "\(Double(hours) / 60)"
        let event =
          row == 0 && chance(0.8)
          ? 1 : [0, 0, 0, 0, 1, 2, 3, 4][Int.random(in: 0..<8, using: &generator)]
        let isDose = event == 1 || event == 4
        let steady = isDose && chance(0.3)
        let additional = isDose && chance(0.3)
        let isCensored = event == 0 && chance(0.2)
        var fields = [
          "\(id)", time, isDose ? "100" : ".",
          isCensored ? "0.5" : event == 0 ? "\(1 + Double(row) / 8)" : ".", "\(event)",
          event == 2 ? one(["0", "1", "-1", "-2", "2"]) : one([".", "1", "2"]),
          isDose ? one(["0", ".", "10", "-1", "-2"]) : ".", steady ? one(["1", "2"]) : ".",
          steady || additional ? "12" : ".", additional ? "2" : "0",
          event == 0 ? one([".", "1", "2"]) : ".",
          isCensored ? "1" : event == 0 && chance(0.1) ? "-1" : ".",
          isCensored && chance(0.3) ? "0.1" : ".",
          isWeighed ? one(row == 0 ? ["70"] : ["70", "71", "."]) : ".", one(["1", "2"]),
        ]
        if hasDates { fields.append("\(1 + minutes / 1440)") }
        if faults > 0, Int.random(in: 0..<subjectCount * 5, using: &generator) < faults {
          let spoilt = Int.random(in: 0..<fields.count, using: &generator)
          fields[spoilt] = one(["x", "", "-5", "8:61", "3"])
        }
        lines.append(fields.joined(separator: ","))
        minutes += [0, 30, 100].randomElement(using: &generator)!
      }
    }
    text = lines.joined(separator: "\n") + "\n"
  }
}
