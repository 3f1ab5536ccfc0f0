import Estimation
import Foundation
import Inference
import MessagePassing
import NonmemFiles
import NumericKernels
import PopulationModel
import Report
import Testing

@Suite("files in NONMEM's formats say what the fit says")
struct NonmemOutputTests {
  private static let mixture = Result { try NonmemCase(components: 2) }
  private static let log2Pi = 1.8378770664093454836

  private func isClose(_ a: Double, _ b: Double, _ error: Double = 1e-5) -> Bool {
    abs(a - b) <= error * max(abs(a), abs(b), 1e-300)
  }

  @Test("a mixture's ETAs are one for each component, and the columns are in the order TSOL")
  func columns() throws {
    let files = try Self.mixture.get().files()
    let ext = try NonmemRows(files["ext"])
    #expect(
      ext.names == [
        "ITERATION", "THETA1", "THETA2", "THETA3", "THETA4", "SIGMA(1,1)", "OMEGA(1,1)",
        "OMEGA(2,1)", "OMEGA(2,2)", "OMEGA(3,1)", "OMEGA(3,2)", "OMEGA(3,3)", "OBJ",
      ])
    #expect(
      ext.title
        == "TABLE NO.     1: Importance Sampling (No Prior): Goal Function=EXPECTED VALUE OF OBJECTIVE FUNCTION: "
        + "Problem=1 Subproblem=0 Superproblem1=0 Iteration1=0 Superproblem2=0 Iteration2=0")
    let lines = try #require(files["ext"]).split(separator: "\n")
    #expect(lines[1].hasPrefix(" ITERATION    THETA1       THETA2      "))
    let width = 13 + 13 * 11 + 25
    for line in lines.dropFirst(2) { #expect(line.utf8.count == width) }
    #expect(
      files["numbering.csv"] == """
        nonmem,popmix
        THETA(1),mu.k.1
        THETA(2),mu.k.2
        THETA(3),mu.a
        THETA(4),w.1
        ETA(1),a
        ETA(2),k.1
        ETA(3),k.2
        "SIGMA(1,1)",sigma2

        """)
  }

  @Test(
    "estimates, standard errors and flags are those of the fit; zeros of the structure are fixed")
  func parameters() throws {
    let own = try Self.mixture.get()
    let ext = try NonmemRows(own.files()["ext"])
    let places = [
      "mu.k.1": "THETA1", "mu.k.2": "THETA2", "mu.a": "THETA3", "w.1": "THETA4",
      "sigma2": "SIGMA(1,1)", "omega.a.a": "OMEGA(1,1)", "omega.k.k.1": "OMEGA(2,2)",
      "omega.k.k.2": "OMEGA(3,3)",
    ]
    let (values, errors) = (ext.row(-1_000_000_000), ext.row(-1_000_000_001))
    let (fixed, gradient) = (ext.row(-1_000_000_006), ext.row(-1_000_000_008))
    for (place, parameter) in own.document.parameters.enumerated() {
      let name = try #require(places[parameter.name])
      #expect(isClose(try #require(values[name]), parameter.estimate), "\(name)")
      #expect(
        isClose(try #require(errors[name]), try #require(parameter.standardError)), "\(name)")
      #expect(fixed[name] == 0)
      #expect(
        abs(try #require(gradient[name]) - own.document.covariance.totalScore[place]) < 1e-4,
        "\(name)")
    }
    for name in ["OMEGA(2,1)", "OMEGA(3,1)", "OMEGA(3,2)"] {
      #expect(values[name] == 0 && errors[name] == 1e10 && fixed[name] == 1, "\(name)")
      #expect(ext.row(-1_000_000_004)[name] == 0 && ext.row(-1_000_000_005)[name] == 1e10)
    }
    // All digits.
    #expect(values["OBJ"] == own.document.nonmemObjective)
    #expect(errors["OBJ"] == 0)
    let deviations = ext.row(-1_000_000_004)
    #expect(
      isClose(
        try #require(deviations["OMEGA(2,2)"]), own.fit.estimates.covariances[0][1, 1].squareRoot())
    )
    let sd = try #require(own.document.derived.first { $0.name == "sd.k.1" })
    #expect(
      isClose(
        try #require(ext.row(-1_000_000_005)["OMEGA(2,2)"]), try #require(sd.standardError), 2e-5))
    #expect(ext.row(-1_000_000_007)["THETA1"] == 0)
  }

  @Test("iterations begin at 0 and end at the estimates")
  func iterations() throws {
    let own = try Self.mixture.get()
    let ext = try NonmemRows(own.files()["ext"])
    let numbers = ext.column("ITERATION").filter { $0 >= 0 }
    #expect(numbers == numbers.indices.map { Double($0) })
    #expect(numbers.count == own.fit.iterations.count)
    let last = ext.row(numbers.count - 1)
    for (name, value) in ext.row(-1_000_000_000) where name != "ITERATION" {
      #expect(isClose(try #require(last[name]), value), "\(name)")
    }
    #expect(isClose(try #require(ext.row(0)["THETA1"]), own.fit.start.means[0][1]))
  }

  @Test(
    "the matrices belong together: .cor has standard errors on its diagonal, .coi is the inverse of .cov"
  )
  func matrices() throws {
    let own = try Self.mixture.get()
    let files = try own.files()
    let (cov, cor, coi) = (
      try NonmemRows(files["cov"]), try NonmemRows(files["cor"]), try NonmemRows(files["coi"])
    )
    let names = cov.rows.map { $0[0] }
    #expect(cov.names == ["NAME"] + names && cor.names == cov.names && coi.names == cov.names)
    func numbers(_ rows: NonmemRows) -> [[Double]] {
      rows.rows.map { $0.dropFirst().compactMap { Double($0) } }
    }
    let (c, r, p) = (numbers(cov), numbers(cor), numbers(coi))
    let errors = try NonmemRows(files["ext"]).row(-1_000_000_001)
    for (i, name) in names.enumerated() {
      let isFixed = errors[name] == 1e10
      #expect(isClose(r[i][i], isFixed ? 0 : try #require(errors[name])), "\(name)")
      for j in names.indices {
        if isFixed { #expect(c[i][j] == 0 && r[i][j] == 0 && p[i][j] == 0) }
        let product = names.indices.reduce(0) { $0 + c[i][$1] * p[$1][j] }
        // Of six digits.
        let size = names.indices.reduce(1) { $0 + abs(c[i][$1] * p[$1][j]) }
        #expect(abs(product - (i == j && !isFixed ? 1 : 0)) < 1e-5 * size, "\(name)")
        guard i != j, !isFixed, errors[names[j]] != 1e10 else { continue }
        #expect(abs(r[i][j] - c[i][j] / (c[i][i] * c[j][j]).squareRoot()) < 1e-4)
      }
    }
    let ext = try NonmemRows(files["ext"])
    let condition = ext.row(-1_000_000_003)
    let eigenvalues = ext.row(-1_000_000_002)
    #expect(condition["THETA2"] == eigenvalues["THETA1"])
    #expect(
      isClose(
        try #require(condition["THETA1"]),
        try #require(condition["THETA3"]) / #require(condition["THETA2"]), 1e-4))
    let count = Double(own.document.covariance.order.count)
    #expect(isClose(eigenvalues.values.reduce(0, +) + 1_000_000_002, count, 1e-3))
  }

  @Test(
    "the objectives of subjects sum to that of all, and those of components mix to that of the subject"
  )
  func objectives() throws {
    let own = try Self.mixture.get()
    let files = try own.files()
    let (phi, phm) = (try NonmemRows(files["phi"]), try NonmemRows(files["phm"]))
    let objective = phi.column("OBJ")
    #expect(abs(objective.reduce(0, +) - own.document.nonmemObjective) < 1e-9)
    #expect(phi.column("ID") == (100..<160).map { Double($0) })
    #expect(phm.rows.count == 120)
    let weights = own.fit.estimates.weights
    let (components, shares) = (phm.column("OBJ"), phm.column("PMIX"))
    for i in 0..<60 {
      #expect(phm.rows[2 * i][0] == "\(i + 1)" && phm.rows[2 * i + 1][2] == "2")
      let mixed = (0..<2).reduce(0) {
        $0 + weights[$1] * Foundation.exp(-components[2 * i + $1] / 2)
      }
      #expect(abs(objective[i] + 2 * Foundation.log(mixed)) < 1e-9)
      #expect(abs(shares[2 * i] + shares[2 * i + 1] - 1) < 2e-5)
      let posterior = own.fit.posteriors[i]
      #expect(isClose(shares[2 * i], posterior.membership[0]) || shares[2 * i] < 1e-90)
    }
  }

  @Test(
    "conditional moments are those given a component; other components' ETAs are as before the data"
  )
  func moments() throws {
    let own = try Self.mixture.get()
    let files = try own.files()
    let (phi, phm) = (try NonmemRows(files["phi"]), try NonmemRows(files["phm"]))
    for i in [0, 17, 59] {
      let posterior = own.fit.posteriors[i]
      for k in 0..<2 {
        let row = 2 * i + k
        #expect(isClose(phm.column("PHI(1)")[row], posterior.mean(k)[0]))
        #expect(isClose(phm.column("PHI(\(k + 2))")[row], posterior.mean(k)[1]))
        #expect(isClose(phm.column("PHC(\(k + 2),1)")[row], posterior.covariance(k)[1, 0], 1e-4))
        let other = 1 - k
        #expect(isClose(phm.column("PHI(\(other + 2))")[row], own.fit.estimates.means[other][1]))
        #expect(
          isClose(
            phm.column("PHC(\(other + 2),\(other + 2))")[row],
            own.fit.estimates.covariances[other][1, 1]))
        #expect(phm.column("PHC(3,2)")[row] == 0)
      }
      let moments = posterior.moments
      #expect(isClose(phi.column("PHI(1)")[i], moments.mean[0]))
      #expect(isClose(phi.column("PHC(1,1)")[i], moments.covariance[0, 0]))
    }
  }

  @Test(
    "ranks that have some subjects each make the same bytes together as one that has all",
    arguments: [2, 3, 7])
  func ranks(count: Int) throws {
    let own = try Self.mixture.get()
    #expect(try own.files(ranks: count) == own.files())
  }

  @Test("a header of a table comes every 900 rows of all ranks, not of each")
  func headers() throws {
    let own = try Self.mixture.get()
    let table = NonmemTable(columns: ["ID", "TIME", "ETA1"], header: .each)
    @Sendable func records(_ range: Range<Int>) -> NonmemRecords {
      NonmemRecords(
        fileColumns: [], observationColumns: [],
        records: range.map {
          NonmemRecords.Record(
            id: Double($0), subject: $0 % 60, isFirst: true, time: 0, fields: [], observation: nil)
        }, subjects: own.subjects)
    }
    let alone = try NonmemOutput(own.run()).text(table, number: 1, records(0..<2000))
    let parts = ThreadCommunicator.run(ranks: 3) { communicator in
      let range = 2000 * communicator.rank / 3..<2000 * (communicator.rank + 1) / 3
      return try NonmemOutput(own.run(), by: communicator).text(
        table, number: 1, records(range), by: communicator)
    }
    #expect(try parts.map { try $0.get() }.joined() == alone)
    #expect(alone.split(separator: "\n").count == 2000 + 3 * 2)
  }

  @Test("shrinkage by conditional variances is that of the fit, where there is one component")
  func shrinkage() throws {
    let own = try NonmemCase(components: 1)
    let files = try own.files()
    #expect(files["phm"] == nil)
    let shk = try NonmemRows(files["shk"])
    #expect(shk.names == ["TYPE", "SUBPOP", "ETA(1)", "ETA(2)"])
    #expect(shk.rows.map { $0[0] } == (1...11).map { "\($0)" })
    #expect(shk.row(7)["ETA(1)"] == 60)
    for (place, shrinkage) in own.fit.shrinkage.enumerated() {
      let name = "ETA(\(place + 1))"
      #expect(isClose(try #require(shk.row(9)[name]), 100 * shrinkage.share, 1e-3))
      #expect(
        isClose(
          try #require(shk.row(6)[name]), 100 * (1 - (1 - shrinkage.share).squareRoot()), 1e-3))
    }
    // At the maximum the conditional means are 0 on average.
    #expect(abs(try #require(shk.row(1)["ETA(1)"])) < 1e-4)
    #expect(isClose(try #require(shk.row(5)["ETA(1)"]), 100 * own.fit.residualShrinkage[0].share))
  }

  @Test("fixed parameters, numbers and expressions have their place")
  func numbering() throws {
    let own = try NonmemCase(components: 1, fixesVariance: true)
    let numbering = NonmemNumbering(
      thetas: [
        NonmemExpression(text: "2*mu.a", inputs: ["mu.a"]) { 2 * $0[0] },
        .parameter("typical.k"), .number(0.75),
      ],
      etas: [
        NonmemNumbering.Eta(
          label: "a", source: .effect(0, component: nil, scale: .parameter("mu.a"))),
        NonmemNumbering.Eta(label: "0.04", source: .constant(0.04)),
        NonmemNumbering.Eta(label: "k", source: .effect(1, component: nil, scale: nil)),
      ], sigmas: [.parameter("sigma2"), .number(1)])
    let ext = try NonmemRows(own.files(numbering)["ext"])
    let (values, errors, fixed) = (
      ext.row(-1_000_000_000), ext.row(-1_000_000_001), ext.row(-1_000_000_006)
    )
    let a = own.fit.estimates.means[0][0]
    #expect(isClose(try #require(values["THETA1"]), 2 * a))
    let error = try #require(own.document.parameters.first { $0.name == "mu.a" }?.standardError)
    #expect(isClose(try #require(errors["THETA1"]), 2 * error))
    let typical = try #require(own.document.derived.first { $0.name == "typical.k" })
    #expect(isClose(try #require(errors["THETA2"]), try #require(typical.standardError)))
    #expect(values["THETA3"] == 0.75 && errors["THETA3"] == 1e10 && fixed["THETA3"] == 1)
    // Var((φ − μ)/μ); it moves with μ though the variance of φ is fixed.
    #expect(
      isClose(
        try #require(values["OMEGA(1,1)"]), own.fit.estimates.covariances[0][0, 0] / (a * a)))
    #expect(values["OMEGA(2,2)"] == 0.04 && fixed["OMEGA(2,2)"] == 1)
    #expect(values["SIGMA(2,2)"] == 1 && fixed["SIGMA(2,2)"] == 1 && fixed["SIGMA(2,1)"] == 1)
    let phi = try NonmemRows(own.files(numbering)["phi"])
    #expect(isClose(phi.column("PHI(1)")[3], (own.fit.posteriors[3].mean(0)[0] - a) / a, 1e-3))
    #expect(phi.column("PHI(2)")[3] == 0 && isClose(phi.column("PHC(2,2)")[3], 0.04))
    #expect(phi.column("PHI(3)")[3] < -0.2)
  }

  @Test("what did not converge is not said to be completed")
  func termination() throws {
    let files = try NonmemCase(components: 2, iterations: 3).files()
    #expect(try NonmemRows(files["ext"]).row(-1_000_000_007)["THETA1"] == 1)
    #expect(try #require(files["lst"]).contains("\n OPTIMIZATION NOT COMPLETED\n"))
    #expect(try #require(Self.mixture.get().files()["lst"]).contains("\n OPTIMIZATION COMPLETED\n"))
  }

  @Test("the report has the lines that other programs look for")
  func listing() throws {
    let own = try Self.mixture.get()
    let text = try #require(own.files()["lst"])
    for line in [
      " TOT. NO. OF OBS RECS:      360", " TOT. NO. OF INDIVIDUALS:       60", " #TBLN:      1",
      " #METH: Importance Sampling (No Prior)", " #TERM:", " #TERE:",
      " Elapsed estimation  time in seconds:     1.50",
      " THETA - VECTOR OF FIXED EFFECTS PARAMETERS   *********",
      "         TH 1      TH 2      TH 3      TH 4      ",
      " OMEGA - COV MATRIX FOR RANDOM EFFECTS - ETAS  ********", " ETA3",
      " SIGMA - COV MATRIX FOR RANDOM EFFECTS - EPSILONS  ****",
    ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
    for part in [
      " #OBJT:**************", " #OBJV:****", "STANDARD ERROR OF ESTIMATE",
      " #CPUT: Total CPU Time in Seconds,",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    // SE of a zero of the structure.
    #expect(text.contains("+       ........."))
    let theta = try #require(text.split(separator: "\n").first { $0.hasPrefix("        -") })
    #expect(theta.split(separator: " ").count == 4)
  }

  @Test("tables have a row for each record, zeros where there is no observation")
  func tables() throws {
    let own = try Self.mixture.get()
    let output = try NonmemOutput(own.run())
    let records = NonmemRecords(
      fileColumns: ["ID", "TIME", "AMT", "DV", "WT"],
      observationColumns: ["DV", "PRED", "EWRES"],
      records: (0..<1000).map { i in
        NonmemRecords.Record(
          id: Double(100 + i / 2), subject: i / 2 < 60 ? i / 2 : nil, isFirst: i % 2 == 0,
          time: Double(i % 2), fields: [0, 0, i % 2 == 0 ? 5 : 0, 0, 70],
          observation: i % 2 == 0 ? nil : [Double(i), 2, .nan])
      })
    let table = NonmemTable(
      columns: [
        "ID", "TIME", "AMT", "WT", "DV", "PRED", "CWRES", "ETA1", "ETA(3)", "k", "MIXEST", "MDV",
      ],
      header: .each)
    let text = try output.text(table, number: 2, records)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 1004 && lines[0] == "TABLE NO.  2" && lines[902] == "TABLE NO.  2")
    #expect(lines[1].hasPrefix(" ID          TIME        AMT         WT   "))
    #expect(
      lines[2].hasPrefix("  1.0000E+02  0.0000E+00  5.0000E+00  7.0000E+01  0.0000E+00  0.0000E+00")
    )
    let row = lines[3].split(separator: " ").compactMap { Double($0) }
    let posterior = own.fit.posteriors[0]
    let k = posterior.membership[0] > 0.5 ? 0 : 1
    #expect(row.count == 12)
    #expect(row[4] == 1 && row[5] == 2 && row[6] == 0 && row[11] == 0)
    #expect(isClose(row[7], posterior.mean(k)[0] - own.fit.estimates.means[k][0], 1e-4))
    #expect(isClose(row[9], Foundation.exp(posterior.mean(k)[1]), 1e-4))
    #expect(row[10] == Double(k + 1))
    let first = try output.text(
      NonmemTable(columns: ["ID"], header: .none, isFirstOnly: true), number: 1, records)
    #expect(first.split(separator: "\n").count == 500)
    #expect(
      NonmemTable.unknownColumn(
        ["ID", "ETA4"], model: own.model, numbering: NonmemNumbering(own.model), fileColumns: [])
        == "ETA4")
  }

  @Test("raw results have quoted names where there is a comma, and a row for each data set")
  func rawResults() throws {
    let own = try Self.mixture.get()
    var failed = own.dataSet
    failed.fit = nil
    let text = RawResults.text(
      [own.dataSet, failed], model: own.model, numbering: NonmemNumbering(own.model))
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(
      lines[0].hasPrefix("model,problem,subproblem,covariance_step_run,minimization_successful,"))
    #expect(
      lines[0].contains(
        ",ofv,THETA1,THETA2,THETA3,THETA4,\"OMEGA(1,1)\",\"OMEGA(2,2)\",\"OMEGA(3,3)\",\"SIGMA(1,1)\",seTHETA1,"
      ))
    func fields(_ line: String) -> Int {
      var count = 1
      var isQuoted = false
      for character in line {
        if character == "\"" { isQuoted.toggle() }
        if character == ",", !isQuoted { count += 1 }
      }
      return count
    }
    #expect(fields(lines[1]) == fields(lines[0]) && fields(lines[2]) == fields(lines[0]))
    #expect(lines[1].hasPrefix("1,1,0,1,1,1,0,"))
    #expect(lines[1].contains(",imp,,,,,,,\(own.document.nonmemObjective),"))
  }
}
