import Foundation
import Glibc
import TestSupport
import Testing

@Suite("The list of what popmix has written")
struct WrittenFilesTests {
  private func folder(_ rest: String = "") throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(JobFolder.job() + rest, to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 12), to: "data.csv")
    return folder
  }

  private func run(
    _ folder: JobFolder, _ arguments: String..., code: Int32 = 0, ranks: Int? = nil
  ) throws -> ChildProcess {
    let command = arguments.flatMap { $0.split(separator: " ").map(String.init) }
    let run =
      try ranks.map {
        try ChildProcess.run(
          "popmix", command.map { $0.hasSuffix(".yaml") ? "\(folder.path)/\($0)" : $0 }, ranks: $0)
      } ?? StrangerTests.run(command, in: folder)
    #expect(run.exitCode == code, "\(command): \(run.errors)")
    return run
  }

  @Test("--overwrite replaces files, and never anything else", arguments: Stranger.allCases)
  func overwrite(stranger: Stranger) throws {
    for (command, path) in [
      ("fit -q job.yaml", "out/subjects.csv"), ("simulate study.yaml", "out/data/drawn_1.csv"),
      ("report -q fitted", "fitted/report/report.html"),
    ] {
      let isReport = command.hasPrefix("report")
      let folder = try StrangerTests.folder(for: isReport ? .report : .fit)
      let input = command.hasPrefix("simulate") ? "study.yaml" : isReport ? "d1.csv" : "data.csv"
      guard
        try stranger.make(
          at: "\(folder.path)/\(path)", precious: "\(folder.path)/precious",
          input: "\(folder.path)/\(input)")
      else { continue }
      let before = FolderImage(folder.path)
      let run = try run(folder, command, "--overwrite", code: stranger.isReplaceable ? 0 : 73)
      let lost = FolderImage(folder.path).lost(since: before)
      #expect(
        lost.filter { !$0.hasSuffix("popmix-files.json") }
          == (stranger.isReplaceable ? [path] : []),
        "\(command): \(run.errors)")
      #expect(try folder.read("precious") == "precious")
    }
  }

  @Test("import writes over jobs only, whatever --force says", arguments: Stranger.allCases)
  func imported(stranger: Stranger) throws {
    let folder = try StrangerTests.folder(for: .importing)
    guard
      try stranger.make(
        at: "\(folder.path)/there", precious: "\(folder.path)/precious",
        input: "\(folder.path)/data.csv")
    else { return }
    let before = FolderImage(folder.path)
    _ = try run(folder, "import run1.ctl -o there --force", code: 73)
    #expect(FolderImage(folder.path) == before)
    for path in ["run1.ctl", "data.csv", "/dev/null"] {
      _ = try run(folder, "import run1.ctl --force -o", path, code: 73)
      #expect(FolderImage(folder.path) == before)
    }
    try folder.write("popmix: 1\n", to: "job-2.yaml")
    _ = try run(folder, "import run1.ctl -o job-2.yaml --force")
    #expect(try folder.read("job-2.yaml").contains("written by `popmix import`"))
  }

  @Test("data in the place of an output, by any name, stay", arguments: [nil, 3])
  func data(ranks: Int?) throws {
    for name in ["subjects.csv", "observations.csv"] {
      let folder = try folder("tables: observations\n")
      try folder.write(try folder.read("data.csv"), to: name)
      try folder.write(
        try folder.read("job.yaml").replacing("data.csv", with: name)
          .replacing("output: out", with: "output: ."), to: "job.yaml")
      let before = FolderImage(folder.path)
      let refused = try run(folder, "fit -q job.yaml --overwrite", code: 73, ranks: ranks)
      #expect(refused.errors.contains("\(name): is the data of this job"))
      #expect(refused.errors.split(separator: "\n").count { $0.contains("is the data") } == 1)
      #expect(FolderImage(folder.path) == before)
      // Where no such table is asked for it is not removed either.
      try folder.write(
        try folder.read("job.yaml").replacing("tables: observations\n", with: ""), to: "job.yaml")
      guard name == "observations.csv" else { continue }
      _ = try run(folder, "fit -q job.yaml")
      _ = try run(folder, "fit -q job.yaml --restart")
      #expect(FolderImage(folder.path).lost(since: before) == ["job.yaml"])
    }
  }

  @Test("files of NONMEM next to the control stream stay, and it is said where the others are")
  func nonmem() throws {
    let folder = try StrangerTests.folder(for: .importing)
    _ = try run(folder, "fit -q run1.ctl")
    let own = folder.files(in: ".").filter { $0.hasPrefix("run1.") || $0 == "sdtab1" }
    #expect(own.contains("run1.ext") && own.contains("sdtab1"))
    _ = try run(folder, "fit -q run1.ctl")
    #expect(folder.files(in: ".").filter { $0.hasPrefix("run1.") || $0 == "sdtab1" } == own)
    // NONMEM is run afterwards.
    for file in ["run1.ext", "run1.lst", "sdtab1"] { try folder.write("NONMEM", to: file) }
    for _ in 0..<2 {
      let gives = try run(folder, "fit -q run1.ctl")
      #expect(gives.errors.contains("run1.ext: is not of popmix and stays"), "\(gives.errors)")
      #expect(gives.output.contains("nonmem: results/run1/nonmem/data.ext"), "\(gives.output)")
      for file in ["run1.ext", "run1.lst", "sdtab1"] { #expect(try folder.read(file) == "NONMEM") }
      // Of the run before nothing is left next to them.
      #expect(!folder.files(in: ".").contains("run1.phi"))
      #expect(folder.files(in: "results/run1/nonmem").contains("sdtab1"))
    }
  }

  @Test("a glob leaves out results, and says so")
  func glob() throws {
    let folder = try folder(
      "nonmem: {root: run1, tables: [{file: tab.csv, columns: [ID, PRED]}]}\n")
    let text = try folder.read("job.yaml").replacing("output: out", with: "output: .")
      .replacing("data.csv", with: "'*.csv'")
    try folder.write(text, to: "job.yaml")
    _ = try run(folder, "fit -q job.yaml")
    let again = try run(folder, "fit -q job.yaml")
    #expect(again.output.contains("nothing to do"))
    #expect(
      again.errors.contains(
        "estimates.csv and 6 other files: are results of popmix, and no data that `data.files` finds; they are left out."
      ), "\(again.errors)")
    // One that has been changed is somebody's.
    let data = try folder.read("data.csv")
    try folder.write(data, to: "subjects.csv")
    let refused = try run(folder, "fit -q job.yaml", code: 73)
    #expect(refused.errors.contains("subjects.csv: is the data of this job"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/subjects.csv")
    try FileManager.default.removeItem(atPath: "\(folder.path)/data.csv")
    let none = try run(folder, "fit -q job.yaml", code: 78)
    #expect(none.errors.contains("\"*.csv\" finds no file but results of popmix"))
    // Drawn data are data.
    try folder.write(StudyTests.small, to: "drawn.yaml")
    _ = try run(folder, "simulate drawn.yaml -o drawn")
    try folder.write(StudyTests.small + "data: {files: 'drawn/small_?.csv'}\n", to: "drawn.yaml")
    #expect(try run(folder, "check drawn.yaml").output.contains("data set drawn/small_7.csv"))
  }

  @Test("after --restart nothing of the job before is left, and all that is the user's")
  func restart() throws {
    let folder = try folder("bootstrap: {replicates: 2}\n")
    _ = try run(folder, "bootstrap -q job.yaml")
    _ = try run(folder, "fit -q job.yaml --per-dataset --format nonmem")
    _ = try run(folder, "report -q out")
    #expect(folder.files(in: "out/bootstrap/ledger").contains("job.json"))
    for (file, text) in [
      ("notes.txt", "mine"), ("nonmem/notes.txt", "mine"), ("data-sets/data/mine.csv", "mine"),
      ("bootstrap.md", "edited"), ("report/mine.html", "mine"),
    ] { try folder.write(text, to: "out/\(file)") }
    try folder.write(
      try folder.read("job.yaml").replacing("V: 18", with: "V: 19"), to: "job.yaml")
    _ = try run(folder, "fit -q job.yaml", code: 77)
    let anew = try run(folder, "fit -q job.yaml --restart")
    #expect(anew.errors.contains("out/bootstrap.md: is of earlier results"), "\(anew.errors)")
    #expect(
      folder.files(in: "out")
        == (JobFolder.outputs + ["bootstrap.md", "data-sets", "nonmem", "notes.txt", "report"])
        .sorted())
    #expect(folder.files(in: "out/nonmem") == ["notes.txt"])
    #expect(folder.files(in: "out/data-sets/data") == ["mine.csv"])
    #expect(folder.files(in: "out/report") == ["mine.html"])
  }

  @Test("outputs of versions without a list are known by the ledger")
  func earlierVersion() throws {
    let folder = try folder()
    for options in ["", "--restart"] {
      _ = try run(folder, "fit -q job.yaml")
      try FileManager.default.removeItem(atPath: "\(folder.path)/out/popmix-files.json")
      _ = try run(folder, "fit -q job.yaml --per-dataset", options)
      #expect(folder.files(in: "out").contains("popmix-files.json"))
      _ = try run(folder, "fit -q job.yaml --restart")
      #expect(folder.files(in: "out") == JobFolder.outputs)
    }
    _ = try run(folder, "fit -q job.yaml --per-dataset")
    try FileManager.default.removeItem(atPath: "\(folder.path)/out/popmix-files.json")
    let unknown = try run(folder, "fit -q job.yaml --per-dataset", code: 77)
    #expect(unknown.errors.contains("a file is there that popmix has not written"))
    _ = try run(folder, "fit -q job.yaml --per-dataset --overwrite")
    _ = try run(folder, "fit -q job.yaml --restart")
    #expect(folder.files(in: "out") == JobFolder.outputs)
  }

  @Test("temporary files of dead runs are removed, and no others")
  func temporary() throws {
    let folder = try folder()
    _ = try run(folder, "fit -q job.yaml")
    var name = [CChar](repeating: 0, count: 65)
    gethostname(&name, 64)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    let dead = ".popmix-\(host)-4000000-1.tmp"
    let others = ["notes.tmp", "subjects.csv.new", ".popmix-notes.tmp", ".popmix-\(host)-1-1.tmp"]
    for folderName in ["out", "out/ledger"] {
      for file in [dead] + others.dropLast(folderName == "out" ? 0 : 2) {
        try folder.write("", to: "\(folderName)/\(file)")
      }
    }
    _ = try run(folder, "fit -q job.yaml --restart")
    for file in others { #expect(folder.files(in: "out").contains(file), "\(file)") }
    #expect(!folder.files(in: "out").contains(dead))
    #expect(!folder.files(in: "out/ledger").contains(dead))
    #expect(folder.files(in: "out/ledger").contains("notes.tmp"))
  }

  @Test(
    "a log of a rank takes another name where its own is somebody's", arguments: Stranger.allCases)
  func rankLog(stranger: Stranger) throws {
    let folder = try folder()
    try folder.write("precious", to: "precious")
    guard
      try stranger.make(
        at: "\(folder.path)/out/logs/rank-000000.log", precious: "\(folder.path)/precious",
        input: "\(folder.path)/data.csv")
    else { return }
    let before = FolderImage(folder.path)
    for _ in 0..<2 { _ = try run(folder, "fit -q job.yaml --rank-logs --restart") }
    #expect(FolderImage(folder.path).lost(since: before).isEmpty)
    #expect(folder.files(in: "out/logs") == ["rank-000000.2.log", "rank-000000.log"])
    #expect(try folder.read("out/logs/rank-000000.2.log").contains("ended with code 0"))
  }

  @Test("two outputs with one path, and paths of the records, are refused")
  func clashes() throws {
    for (table, message) in [
      ("../fit.json", "two outputs would be written there"),
      ("../ledger/job.json", "is a path of the records of popmix"),
      ("../popmix-files.json", "is a path of the records of popmix"),
    ] {
      let folder = try folder("nonmem: {tables: [{file: \(table), columns: [ID, PRED]}]}\n")
      let before = FolderImage(folder.path)
      #expect(try run(folder, "fit -q job.yaml", code: 78).errors.contains(message))
      #expect(FolderImage(folder.path) == before)
    }
  }

  @Test("what comes into the place of an output while the fit runs stays")
  func meanwhile() throws {
    let folder = try folder()
    try folder.write(
      try folder.read("job.yaml").replacing(
        "iterations: 5", with: "iterations: 3000"), to: "job.yaml")
    let run = try ChildProcess.run(
      shell: """
        "$0" fit "$1/job.yaml" --quiet --restart &
        until [ -e "$1/out/ledger/job.json" ]; do sleep 0.01; done
        echo mine >"$1/out/subjects.csv"
        wait $!
        """, "popmix", [folder.path])
    #expect(run.exitCode == 77, "\(run.errors)")
    #expect(try folder.read("out/subjects.csv") == "mine\n")
    try FileManager.default.removeItem(atPath: "\(folder.path)/out/subjects.csv")
    // Nothing is computed again.
    #expect(try !self.run(folder, "fit job.yaml").errors.contains("iteration 50"))
    #expect(folder.files(in: "out") == JobFolder.outputs)
  }
}
