import Foundation
import Report
import TestSupport
import Testing

@Suite("Outputs in NONMEM's formats")
struct NonmemTests {
  private func fit(
    _ folder: JobFolder, _ options: [String] = [], output: String = "out", ranks: Int? = nil,
    code: Int32 = 0
  ) throws -> ChildProcess {
    let arguments =
      ["fit", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/\(output)"] + options
    let run =
      try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
    #expect(run.exitCode == code, "\(run.errors)")
    return run
  }

  private func example(_ rest: String = "") throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(method: "method: exact") + rest, to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 30), to: "data.csv")
    return folder
  }

  private static let files = [
    "coi", "cor", "cov", "cnv", "ext", "lst", "numbering.csv", "phi", "phm", "shk",
  ].map { "data.\($0)" }.sorted()

  /// All but the report, which tells how long it took.
  private func texts(_ folder: JobFolder, _ path: String) throws -> [String: String] {
    var texts: [String: String] = [:]
    for file in folder.files(in: path) where !file.hasSuffix(".lst") {
      texts[file] = try folder.read("\(path)/\(file)")
    }
    return texts
  }

  @Test(
    "one process and 1, 3 and 7 ranks write the same bytes; the fit is the same as without them")
  func ranks() throws {
    let folder = try example()
    _ = try fit(folder, output: "plain")
    _ = try fit(folder, ["--format", "nonmem"], output: "alone")
    #expect(folder.files(in: "alone/nonmem") == Self.files)
    let alone = try texts(folder, "alone/nonmem")
    for file in ["estimates.csv", "fit.json", "iterations.csv", "subjects.csv"] {
      #expect(try folder.read("plain/\(file)") == folder.read("alone/\(file)"))
    }
    for ranks in [1, 3, 7] {
      _ = try fit(folder, ["--format", "nonmem"], output: "ranks-\(ranks)", ranks: ranks)
      #expect(try texts(folder, "ranks-\(ranks)/nonmem") == alone, "\(ranks) ranks")
    }
  }

  @Test("of a job that is done already they are made by the same command")
  func later() throws {
    let folder = try example()
    _ = try fit(folder)
    let first = try fit(folder, ["--format", "nonmem"])
    #expect(first.errors.contains("done again, to the same results, for moments.csv"))
    let made = try texts(folder, "out/nonmem")
    try FileManager.default.removeItem(atPath: folder.path + "/out/nonmem")
    let again = try fit(folder, ["--format", "nonmem"])
    #expect(!again.errors.contains("done again"))
    #expect(try texts(folder, "out/nonmem") == made)
    #expect(try folder.read("out/nonmem/data.lst").contains(" #OBJV:"))
    // Another numbering needs no other fit.
    try folder.write(
      JobFolder.job(method: "method: exact") + "nonmem: {root: run7, theta: [w.1]}\n",
      to: "job.yaml")
    #expect(try !fit(folder, ranks: 2).errors.contains("done again"))
    #expect(
      try folder.read("run7.numbering.csv").hasPrefix("nonmem,popmix\nTHETA(1),w.1\nETA(1),V\n"))
  }

  @Test("a column that there is not is refused before anything is fitted, at its place")
  func unknownColumn() throws {
    let folder = try example(
      "nonmem:\n  tables: [{file: sdtab1, columns: [ID, AMT, IPRED, CLI]}]\n")
    let run = try fit(folder, code: 78)
    #expect(
      run.errors.contains(
        "job.yaml:22:53: the table \"sdtab1\" has the column \"CLI\", which is no column of data.csv, no random effect"
      ),
      "\(run.errors)")
    #expect(folder.files(in: "out/nonmem").isEmpty)
  }

  @Test("several data sets have files of their own, and raw results of all")
  func several() throws {
    let folder = try JobFolder()
    try folder.write(
      JobFolder.job(method: "method: exact").replacing("data.csv", with: "[a.csv, b.csv, c.csv]")
        + "nonmem: {tables: [{file: sdtab, columns: [ID, DV, PRED]}]}\n",
      to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 30), to: "a.csv")
    try folder.write("ID,TIME\n", to: "b.csv")
    try folder.write(try JobFolder.exampleData(subjects: 40), to: "c.csv")
    _ = try fit(folder, ranks: 2, code: 1)
    let files = folder.files(in: "out/nonmem")
    #expect(files.contains("a.ext") && files.contains("c.ext") && files.contains("c.sdtab"))
    #expect(!files.contains { $0.hasPrefix("b.") })
    let rows = try folder.read("out/nonmem/raw_results.csv").split(separator: "\n")
    #expect(rows.count == 4)
    #expect(rows[2].hasPrefix("2,1,0,,"))
  }

  @Test("a bootstrap has raw results with the data's own fit first")
  func bootstrap() throws {
    let folder = try example("nonmem: {}\nbootstrap: {replicates: 5}\n")
    let run = try ChildProcess.run(
      "popmix",
      ["bootstrap", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/out"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let rows = try folder.read("out/nonmem/data.bootstrap_raw_results.csv").split(separator: "\n")
    #expect(rows.count == 7 && rows[1].hasPrefix("0,1,0,1,1,"))
    #expect(folder.files(in: "out/bootstrap/nonmem").isEmpty)
  }

  /// A shipped job, with tables, and its files in a folder `run`.
  private struct Shipped {
    let folder: JobFolder
    let document: FitDocument.Fit
    let dataSet: FitDocument.DataSet
    var root: String { folder.path + "/run1" }
  }

  private func shipped(_ job: String) throws -> Shipped {
    let folder = try JobFolder()
    let text = try String(contentsOfFile: "\(JobFolder.jobs)/\(job).yaml", encoding: .utf8)
    try folder.write(
      text.replacing("files: data/", with: "files: \(JobFolder.jobs)/data/")
        + """
        nonmem:
          root: run1
          tables:
            - {file: sdtab1, columns: [ID, TIME, AMT, DV, PRED, RES, IPRED, IWRES, CWRES, ETA1, MDV]}
            - {file: patab1, columns: [ID, V], first-only: yes}

        """, to: "job.yaml")
    _ = try fit(folder)
    let path = folder.path + "/out/fit.json"
    let fit = try FitDocument(
      json: Array(try Data(contentsOf: URL(fileURLWithPath: path))), path: path)
    return Shipped(
      folder: folder, document: try #require(fit.dataSets[0].fit), dataSet: fit.dataSets[0])
  }

  /// Relative, of numbers with six digits.
  private func isClose(_ a: Double, _ b: Double, _ error: Double = 1e-5) -> Bool {
    abs(a - b) <= error * max(abs(a), abs(b), 1e-300)
  }

  /// NONMEM's names of free parameters, by those of popmix, as the default numbering has them.
  private func places(_ shipped: Shipped) throws -> [String: String] {
    var etas: [String: Int] = [:]
    var places: [String: String] = [:]
    for line in try shipped.folder.read("run1.numbering.csv").split(separator: "\n").dropFirst() {
      let comma = try #require(line.lastIndex(of: ","))
      let name = line[..<comma].filter { $0 != "\"" }
      let meaning = String(line[line.index(after: comma)...])
      if name.hasPrefix("ETA("), let number = Int(name.filter(\.isNumber)) {
        etas[meaning] = number
      } else {
        places[meaning] = String(name)
      }
    }
    for parameter in shipped.document.parameters where parameter.base.hasPrefix("omega.") {
      let effects = parameter.base.split(separator: ".").dropFirst().map(String.init)
      let suffix = parameter.component.map { ".\($0)" } ?? ""
      let numbers = effects.map { etas[$0 + suffix] ?? etas[$0] ?? 0 }
      places[parameter.name] = "OMEGA(\(numbers.max() ?? 0),\(numbers.min() ?? 0))"
    }
    return places
  }

  @Test(
    "pharmpy and R read the numbers of the fit: two populations without and one with a mixture",
    .enabled(if: NonmemReaders.areWanted, "\(NonmemReaders.whyNot)"),
    arguments: ["theophylline", "wang2007", "occasions"])
  func readers(job: String) throws {
    let shipped = try shipped(job)
    let fit = shipped.document
    let places = try places(shipped)
    let names = try shipped.folder.read("run1.numbering.csv").split(separator: "\n").dropFirst()
    func count(_ kind: String) -> Int {
      names.count { $0.hasPrefix("\(kind)(") || $0.hasPrefix("\"\(kind)(") }
    }
    let counts = (thetas: count("THETA"), etas: count("ETA"), sigmas: count("SIGMA"))
    let tables = ["sdtab1", "patab1"]
    let found = try NonmemReaders.pharmpy(shipped.root, counts: counts, tables: tables)
    func values(_ name: String, in part: [String: Any]? = nil) throws -> [String: Double] {
      let all = try #require((part ?? found)[name] as? [String: Any], "\(name)")
      return all.compactMapValues { ($0 as? NSNumber)?.doubleValue }
    }
    func numbers(_ name: String, in part: [String: Any]? = nil) throws -> [Double] {
      try #require((part ?? found)[name] as? [NSNumber], "\(name)").map(\.doubleValue)
    }
    let estimates = try values("estimates")
    let errors = try values("standard_errors")
    let fixed = try values("fixed")
    for parameter in fit.parameters {
      let name = try #require(places[parameter.name], "\(parameter.name)")
      #expect(isClose(try #require(estimates[name], "\(name)"), parameter.estimate), "\(name)")
      if let error = parameter.standardError {
        #expect(isClose(try #require(errors[name]), error), "\(name)")
      }
      #expect(fixed[name] == (parameter.fixed ? 1 : 0), "\(name)")
    }
    // Foundation's JSON loses the last digit; R's below has all.
    func isSame(_ found: Any?, _ expected: Double) -> Bool {
      (found as? Double).map { isClose($0, expected, 1e-14) } ?? false
    }
    #expect(isSame(found["objective"], fit.nonmemObjective))
    #expect(found["method"] as? String == "Importance Sampling (No Prior)")
    #expect(found["is_evaluation"] as? Bool == false)
    #expect(try numbers("iterations").count == fit.iterations.count)
    let own = try numbers("individual_objectives")
    #expect(own.count == shipped.dataSet.subjects)
    #expect(abs(own.reduce(0, +) - fit.nonmemObjective) < 1e-8 * max(1, abs(fit.nonmemObjective)))
    // Matrices without what is fixed.
    for ending in ["cov", "cor"] {
      let matrix = try #require(found[ending] as? [String: [String: Any]])
      #expect(matrix.count == fixed.values.count { $0 == 0 })
      for (name, row) in matrix {
        let diagonal = try #require((row[name] as? NSNumber)?.doubleValue)
        let error = try #require(errors[name])
        #expect(isClose(diagonal, ending == "cov" ? error * error : error, 3e-5), "\(name)")
      }
    }
    let listing = try #require(found["listing"] as? [String: Any])
    #expect(abs(try #require(listing["objective"] as? Double) - fit.nonmemObjective) < 1e-3)
    #expect(isSame(listing["with_constant"], fit.minusTwoLogLikelihood))
    #expect(listing["is_successful"] as? Bool == true)
    #expect(listing["has_covariance"] as? Bool == true)
    #expect((listing["seconds"] as? Double ?? 0) > 0)
    let results = try #require(found["results"] as? [String: Any])
    #expect(isSame(results["objective"], fit.nonmemObjective))
    #expect(results["is_successful"] as? Bool == true && results["has_covariance"] as? Bool == true)
    #expect(try numbers("individual_objectives", in: results) == own)

    let r = try NonmemReaders.r(shipped.root, tables: tables)
    func column(_ name: String) throws -> [Double] {
      try #require(r[name], "\(name)").compactMap { Double($0) }
    }
    let columns = try #require(r["columns"])
    for (name, value) in zip(columns, try column("estimates")) where name != "OBJ" {
      // pharmpy writes THETA(1) for THETA1.
      let key = name.hasPrefix("THETA") ? "THETA(\(name.dropFirst(5)))" : name
      #expect(estimates[key] == value, "\(name)")
    }
    #expect(try column("estimates").last == fit.nonmemObjective)
    #expect(zip(try column("individual_objectives"), own).allSatisfy { isClose($0, $1, 1e-13) })
    if fit.estimates.weights.count > 1 {
      let components = try column("component_objectives")
      let shares = try column("shares")
      let k = fit.estimates.weights.count
      for (i, objective) in own.enumerated() {
        let mixed = (0..<k).reduce(0) {
          $0 + fit.estimates.weights[$1] * exp(-components[k * i + $1] / 2)
        }
        #expect(abs(objective + 2 * log(mixed)) < 1e-8)
        #expect(abs(shares[k * i..<k * (i + 1)].reduce(0, +) - 1) < 1e-4)
      }
    }

    // Tables: rows of the data and values of observations.csv.
    let observations = try shipped.folder.read("out/observations.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let missing = try column("sdtab1:MDV")
    let table = try #require((found["tables"] as? [String: Any])?["sdtab1"] as? [String: Any])
    for (name, origin) in [
      ("DV", "DV"), ("PRED", "PRED"), ("IPRED", "IPRED"), ("IWRES", "IWRES"), ("CWRES", "EWRES"),
    ] {
      let place = try #require(observations[0].firstIndex(of: origin))
      let expected = observations.dropFirst().compactMap { Double($0[place]) }
      let all = try column("sdtab1:\(name)")
      #expect(try numbers(name, in: table) == all)
      let read = zip(all, missing).filter { $0.1 == 0 }.map(\.0)
      #expect(read.count == expected.count)
      #expect(zip(read, expected).allSatisfy { isClose($0, $1, 6e-5) }, "\(name)")
    }
    #expect(missing.contains(1), "doses have rows")
    #expect(try column("patab1:ID").count == shipped.dataSet.subjects)
  }
}
