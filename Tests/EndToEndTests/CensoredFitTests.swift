import Foundation
import Report
import TestSupport
import Testing

@Suite("fits with values below the limit of quantification")
struct CensoredFitTests {
  /// 10 exp(−CL t/10), CL lognormal about 1 with the variance 0.16, errors of 20 %; values below 2
  /// are reported as 2 with CENS 1.
  fileprivate struct Trial {
    static let times: [Double] = [1, 5, 10, 20, 30]
    static let limit = 2.0
    var rows: [[(value: Double, isBelow: Bool)]] = []

    init(subjects: Int = 16) {
      // Any numbers that look like normal ones will do: sums of twelve uniform ones.
      var state: UInt64 = 42
      func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return sum + Double(state >> 11) / 9_007_199_254_740_992
        }
      }
      for _ in 0..<subjects {
        let rate = exp(0.4 * normal()) / 10
        rows.append(
          Self.times.map { time in
            let value = 10 * exp(-rate * time) * (1 + 0.2 * normal())
            // As the file has it.
            let written = (10_000 * value).rounded() / 10_000
            return written < Self.limit ? (Self.limit, true) : (written, false)
          })
      }
    }

    var measured: Int { rows.joined().count { !$0.isBelow } }

    /// - Parameter columns: further ones, with a value for each subject.
    func text(limit: String? = nil, extra: (name: String, value: (Int) -> String)? = nil) -> String
    {
      var text = "ID,TIME,AMT,DV,EVID,MDV,CENS\(extra.map { ",\($0.name)" } ?? "")\n"
      for (i, row) in rows.enumerated() {
        let end = (extra.map { ",\($0.value(i))" } ?? "") + "\n"
        text += "\(i + 1),0,100,.,1,1,0" + end
        for (time, own) in zip(Self.times, row) {
          let value = own.isBelow ? limit ?? "\(own.value)" : "\(own.value)"
          text += "\(i + 1),\(time),.,\(value),0,0,\(own.isBelow ? 1 : 0)" + end
        }
      }
      return text
    }

    /// Σ −2 log ∫ Π p(y | η) φ(η) dη by the trapezoidal rule, densities without 1/√2π.
    var objective: Double {
      rows.reduce(0.0) { (sum: Double, row) -> Double in
        let steps = 4000
        let integral = (0...steps).reduce(0.0) { (integral: Double, step: Int) -> Double in
          let z = -8 + 16 * Double(step) / Double(steps)
          let rate = exp(0.4 * z) / 10
          var logarithm: Double = -z * z / 2
          for (time, own) in zip(Self.times, row) {
            let f: Double = 10 * exp(-rate * time)
            let x: Double = (own.value - f) / (0.2 * f)
            if own.isBelow {
              logarithm += log(0.5 * erfc(-x / 2.0.squareRoot()))
            } else {
              logarithm -= x * x / 2 + log(0.2 * f)
            }
          }
          return integral + exp(logarithm) * 16 / Double(steps)
        }
        return sum - 2 * log(integral / (2 * Double.pi).squareRoot())
      }
    }
  }

  /// - Parameters:
  ///   - effect: more of the clearance.
  ///   - data: more of the data.
  private func job(
    effect: String = "", data: String = "", error: String = "proportional", isFixed: Bool = true
  ) -> String {
    """
    popmix: 1
    job: below
    data: {files: data.csv, below-limit: interval\(data)}
    model:
      structure: one-compartment
      random-effects:
        CL: {distribution: lognormal, membership: shared\(effect)}
      fixed-effects:
        V: {distribution: lognormal}
      residual-error: \(error)
      start:
        typical: {CL: 1, V: 10}
        variance: {CL: 0.16}
        sigma: 0.2
    \(isFixed ? "  fixed: [sigma, typical CL, typical V, variance CL]" : "")
    estimation: {method: exact}
    tables: observations
    output: out

    """
  }

  private func fit(_ folder: JobFolder, _ job: String, output: String = "out") throws
    -> ChildProcess
  {
    try folder.write(job, to: "job.yaml")
    return try ChildProcess.run(
      "popmix",
      [
        "fit", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/\(output)", "--format",
        "nonmem",
      ])
  }

  private func document(_ folder: JobFolder, _ output: String = "out") throws -> FitDocument {
    try FitDocument(json: Array(folder.read("\(output)/fit.json").utf8), path: "fit.json")
  }

  private func numbers(_ line: Substring) -> [Double] {
    line.split(separator: " ").compactMap { Double($0) }
  }

  @Test("NONMEM's objective lacks log 2π of the measured values only, wherever it is written")
  func objective() throws {
    let trial = Trial()
    let expected = trial.objective
    let folder = try JobFolder()
    try folder.write(trial.text(), to: "data.csv")
    let run = try fit(folder, job())
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect((20..<60).contains(trial.measured))
    let dataSet = try document(folder).dataSets[0]
    let found = try #require(dataSet.fit)
    #expect(abs(found.nonmemObjective - expected) < 2e-3, "\(found.nonmemObjective) \(expected)")
    let constant: Double = Double(trial.measured) * log(2 * Double.pi)
    #expect(abs(found.minusTwoLogLikelihood - expected - constant) < 2e-3)
    #expect(
      dataSet.observations == 80 && dataSet.censoredObservations == 80 - trial.measured)
    let listing = try folder.read("out/nonmem/data.lst")
    let lines = listing.split(separator: "\n")
    func line(_ text: String) throws -> Substring {
      try #require(lines.first { $0.contains(text) })
    }
    #expect(try numbers(line("NORMALLY DISTRIBUTED (N)")).last == Double(trial.measured))
    #expect(try line("TOT. NO. OF OBS RECS").hasSuffix(" 80"))
    let without = try #require(numbers(line("VALUE WITHOUT CONSTANT")).last)
    #expect(abs(without - expected) < 2e-3)
    let whole = try #require(numbers(line("VALUE WITH CONSTANT")).last)
    #expect(abs(whole - found.minusTwoLogLikelihood) < 1e-9)
    let rows = try folder.read("out/nonmem/data.ext").split(separator: "\n")
    let end = try #require(rows.first { $0.contains("-1000000000") })
    #expect(abs((numbers(end).last ?? .nan) - expected) < 2e-3)
    let subjects = try folder.read("out/nonmem/data.phi").split(separator: "\n").dropFirst(2)
    let sum = subjects.reduce(0.0) { $0 + (numbers($1).last ?? .nan) }
    #expect(abs(sum - expected) < 2e-3)
    let table = try folder.read("out/estimates.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let place = try #require(table[0].firstIndex { $0.contains("objective") })
    #expect(Double(table[1][place]) == found.nonmemObjective)
  }

  @Test("NPDE of censored values are those of drawn ones, their residuals are empty")
  func observationsTable() throws {
    let trial = Trial(subjects: 40)
    let folder = try JobFolder()
    try folder.write(trial.text(), to: "data.csv")
    #expect(try fit(folder, job()).exitCode == 0)
    let table = try folder.read("out/observations.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    func place(_ name: String) throws -> Int { try #require(table[0].firstIndex { $0 == name }) }
    let (cens, npde) = (try place("CENS"), try place("NPDE"))
    let residuals = try ["RES", "IRES", "IWRES", "EWRES"].map(place)
    for row in table.dropFirst() {
      #expect(residuals.allSatisfy { row[$0].isEmpty == (row[cens] == "1") })
    }
    let values = table.dropFirst().compactMap { Double($0[npde]) }
    #expect(values.count == 200)
    let mean = values.reduce(0, +) / 200
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199
    // Before values were drawn: 0.66 and 1.46 of the measured ones of such data.
    #expect(abs(mean) < 0.2 && abs(variance - 1) < 0.3, "\(mean) \(variance)")
    let ranks = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/three"], ranks: 3)
    #expect(ranks.exitCode == 0, "\(ranks.errors)")
    #expect(try folder.read("three/observations.csv") == folder.read("out/observations.csv"))
  }

  @Test("fits with and without a covariate are compared; other values or limits are other records")
  func compared() throws {
    let trial = Trial()
    let folder = try JobFolder()
    let weights = (name: "WT", value: { (i: Int) in "\(50 + 7 * i % 40)" })
    let covariate = ", covariates: {WT: {scale: log, centre: 70}}"
    func write(_ text: String, _ job: String, _ output: String) throws {
      try folder.write(text, to: "data.csv")
      let run = try fit(folder, job, output: output)
      #expect(run.exitCode == 0, "\(run.errors)")
    }
    let text = trial.text(extra: weights)
    try write(text, job(isFixed: false), "base")
    let with = job(effect: covariate, data: ", covariates: [WT]", isFixed: false)
    try write(text, with, "cov")
    // Of the same records in a file without the column.
    try write(trial.text(), job(isFixed: false), "plain")
    let value = "\(trial.rows[0][0].value)"
    try write(text.replacing(",\(value),0", with: ",\(value)1,0"), with, "value")
    try write(trial.text(limit: "1.5", extra: weights), with, "limit")
    try write(text.replacing(",0,100,.", with: ",0,110,."), with, "dose")
    func compare(_ names: String...) throws -> String {
      let run = try ChildProcess.run("popmix", ["compare"] + names.map { folder.path + "/\($0)" })
      #expect(run.exitCode == 0, "\(run.errors)")
      return run.output
    }
    let pair = try compare("base", "cov", "plain")
    #expect(!pair.contains("OTHER") && pair.contains("above the lowest"), "\(pair)")
    #expect(!pair.contains("reads other doses"))
    let (base, cov) = (try document(folder, "base"), try document(folder, "cov"))
    let gain =
      base.dataSets[0].fit!.minusTwoLogLikelihood - cov.dataSets[0].fit!.minusTwoLogLikelihood
    #expect(gain > -0.01)
    #expect(base.dataSets[0].fingerprint != cov.dataSets[0].fingerprint)
    for other in ["value", "limit"] {
      #expect(try compare("cov", other).contains("\(other) is a fit of OTHER DATA"))
    }
    let dose = try compare("cov", "dose")
    #expect(!dose.contains("OTHER") && dose.contains("dose reads other doses or events"))
  }

  @Test("a limit of 0 is refused with proportional error, and said with additive error")
  func zeroLimit() throws {
    let trial = Trial()
    let folder = try JobFolder()
    try folder.write(trial.text(limit: "0"), to: "data.csv")
    let first = try #require(trial.firstBelow)
    for error in ["proportional", "power", "lognormal"] {
      let own = job(error: error, isFixed: false).replacing("    sigma: 0.2\n", with: "")
      let refused = try fit(folder, own)
      #expect(refused.exitCode == 65)
      #expect(
        refused.errors.contains(
          "data.csv:\(first.line):\(first.column): subject \(first.id): DV is 0 with CENS 1"),
        "\(refused.errors)")
    }
    // The limit in place of DV is the same fit as DV.
    #expect(try fit(folder, job(data: ", quantification-limit: 2")).exitCode == 0)
    let found = try #require(try document(folder).dataSets[0].fit)
    #expect(abs(found.nonmemObjective - trial.objective) < 2e-3)
    let additive = try fit(folder, job(error: "additive", isFixed: false), output: "additive")
    #expect(additive.exitCode == 0, "\(additive.errors)")
    let warnings = try #require(try document(folder, "additive").dataSets[0].fit).warnings
    #expect(
      warnings.contains { $0.contains("count as below 0, while the lowest measured one is 2") },
      "\(warnings)")
    let check = try ChildProcess.run("popmix", ["check", folder.path + "/job.yaml"])
    #expect(check.output.contains("\(80 - trial.measured) censored observations: below 0\n"))
  }

  @Test("the report has the share below the limit, and marks what is drawn")
  func report() throws {
    let folder = try JobFolder()
    try folder.write(Trial(subjects: 40).text(), to: "data.csv")
    #expect(try fit(folder, job()).exitCode == 0)
    let run = try ChildProcess.run("popmix", ["report", folder.path + "/out"])
    #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
    func figure(_ name: String) throws -> String {
      try folder.read("out/report/figures/\(name).svg")
    }
    #expect(try figure("vpc").contains("share below the limit"))
    #expect(try figure("vpc").contains("observed share"))
    #expect(try figure("residuals").contains("drawn beyond a limit"))
    #expect(try figure("npde").contains("drawn beyond a limit"))
    #expect(try figure("observed-predicted").contains("at the limit"))
    #expect(try figure("individual-worst").contains("below the limit"))
    let page = try folder.read("out/report/report.html")
    #expect(page.contains("share of such values, which should stay in its band"))
    #expect(page.contains("is drawn from the simulated ones beyond its limit"))
  }
}

extension CensoredFitTests.Trial {
  /// Line and column of DV, and the ID, of the file's first censored row.
  fileprivate var firstBelow: (line: Int, column: Int, id: Int)? {
    for (i, row) in rows.enumerated() {
      guard let place = row.firstIndex(where: { $0.isBelow }) else { continue }
      // After the header, the rows of the subjects before, and its dose.
      let line = 1 + i * (1 + row.count) + 1 + place + 1
      return (line, "\(i + 1),\(Self.times[place]),.,".count + 1, i + 1)
    }
    return nil
  }
}
