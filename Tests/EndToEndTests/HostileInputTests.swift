import Foundation
import TestSupport
import Testing

/// What nobody means well, or nobody means: extreme numbers, files that have been edited, odd
/// names.
@Suite("Inputs that no program expects")
struct HostileInputTests {
  private static let limit = "timeout -k 5 60 \"$0\""

  private func run(_ script: String, in folder: JobFolder) throws -> ChildProcess {
    try ChildProcess.run(
      shell: "cd \"$1\"; popmix() { \(Self.limit) \"$@\"; }; program=$0; \(script)", "popmix",
      [folder.path])
  }

  /// Whether a run has ended by itself, and not by a trap, an abort or a limit.
  private func expectEnded(_ run: ChildProcess, _ comment: Comment) {
    #expect(run.exitCode < 100, "\(comment): exit code \(run.exitCode), \(run.errors.suffix(500))")
  }

  private static let rows = """
    ID,TIME,AMT,DV,EVID,MDV
    1,0,100,.,1,1
    1,1,.,3.7,0,0
    1,2,.,2.8,0,0
    1,4,.,1.5,0,0
    2,0,AMOUNT,.,1,1
    2,1,.,VALUE,0,0
    2,TWO,.,2.8,0,0

    """

  private static func job(_ error: String, hasStart: Bool) -> String {
    let sigma = error == "combined" ? "{additive: 0.5, proportional: 0.1}" : "0.5"
    let start = "start: {typical: {V: 20, k: 0.3}, variance: {V: 0.1, k: 0.1}, sigma: \(sigma)}"
    return """
      popmix: 1
      job: b
      data: {files: [d.csv, good.csv]}
      model:
        structure: one-compartment bolus
        random-effects:
          V: {distribution: lognormal, membership: mixture}
          k: {distribution: lognormal, membership: mixture}
        residual-error: \(error)
        \(hasStart ? start : "")
      output: o

      """
  }

  @Test(
    "extreme values, times and doses end as a data set that fails or is fitted, and the others are fitted",
    arguments: ["additive", "proportional", "combined", "lognormal"])
  func extremes(error: String) throws {
    let values = [
      ("1e155", "100", "2"), ("-1e155", "100", "2"), ("1e300", "100", "2"), ("1e-300", "100", "2"),
      ("3.7", "1e300", "2"), ("3.7", "1e-300", "2"), ("3.7", "100", "1e300"),
      ("1.7976931348623157e308", "100", "2"),
    ]
    for (value, amount, time) in values {
      for hasStart in [true, false] {
        let folder = try JobFolder()
        let text = Self.rows.replacingOccurrences(of: "AMOUNT", with: amount)
          .replacingOccurrences(of: "VALUE", with: value)
          .replacingOccurrences(of: "TWO", with: time)
        try folder.write(text, to: "d.csv")
        try folder.write(try JobFolder.exampleData(subjects: 12), to: "good.csv")
        try folder.write(Self.job(error, hasStart: hasStart), to: "j.yaml")
        let run = try run("popmix fit -q j.yaml", in: folder)
        let what: Comment = "\(error), DV \(value), AMT \(amount), TIME \(time), start \(hasStart)"
        expectEnded(run, what)
        #expect([0, 1].contains(run.exitCode), "\(what): \(run.errors)")
        #expect(try folder.read("o/estimates.csv").contains("\ngood.csv,"), what)
      }
    }
  }

  @Test(
    "tables that were edited are refused by row and column when NONMEM's formats are made of them")
  func editedTables() throws {
    let edits = [
      ("iterations.csv", "s/^d.csv,1,0,/d.csv,x,0,/"),
      ("iterations.csv", "s/^d.csv,1,0,/d.csv,1,-7,/"),
      ("iterations.csv", "s/^d.csv,1,0,/d.csv,1,1e300,/"), ("iterations.csv", "2s/,[^,]*$//"),
      ("moments.csv", "2s/^\\(d.csv,[^,]*,[^,]*,[^,]*,\\)[^,]*/\\1nan/"),
      ("moments.csv", "2s/[0-9]$/x/"), ("moments.csv", "1s/prior.V/V/;1s/,ID,/,id,/"),
      ("fit.json", "0,/\"means\" : /s/\"means\" : \\[/\"means\" : [ [1],/"),
      ("fit.json", "0,/\"weights\" : /s/\"weights\" : \\[/\"weights\" : [0.5, /"),
    ]
    let original = try JobFolder()
    try original.write(try JobFolder.exampleData(subjects: 12), to: "d.csv")
    try original.write(
      Self.job("proportional", hasStart: true)
        .replacingOccurrences(of: "[d.csv, good.csv]", with: "d.csv"), to: "j.yaml")
    let first = try run("popmix fit -q --format nonmem j.yaml", in: original)
    #expect(first.exitCode == 0, "\(first.errors)")
    for (file, edit) in edits {
      let run = try run(
        "cp -r . ../copy-$$; cd ../copy-$$; sed -i '\(edit)' o/\(file); cmp -s o/\(file) \"$1\"/o/\(file) && exit 99; popmix fit -q --format nonmem j.yaml; code=$?; rm -rf ../copy-$$; exit $code",
        in: original)
      expectEnded(run, "\(file) \(edit)")
      // A table of another size is put together again.
      #expect(
        [0, 65, 74, 77].contains(run.exitCode), "\(file) \(edit): \(run.exitCode) \(run.errors)")
      #expect(run.errors.split(separator: "\n").count <= 3, "\(run.errors)")
    }
  }

  @Test("devices, endless aliases, deep lists and absurd ends of jobs end in a sentence")
  func oddFiles() throws {
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 5), to: "data.csv")
    try folder.write(JobFolder.job(), to: "j.yaml")
    try folder.write(
      JobFolder.job().replacingOccurrences(of: "data.csv", with: "/dev/zero"), to: "zero.yaml")
    var bomb = "popmix: 1\njob: s\na0: &a0 [x, x]\n"
    for i in 1..<40 { bomb += "a\(i): &a\(i) [*a\(i - 1), *a\(i - 1), *a\(i - 1)]\n" }
    try folder.write(bomb, to: "bomb.yaml")
    try folder.write(bomb + "? *a39\n: 1\n", to: "key.yaml")
    try folder.write(String(repeating: "- ", count: 100_000) + "x\n", to: "deep.yaml")
    try folder.write(
      (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(), to: "steps.yaml")
    try folder.write(JobFolder.job(), to: "-x.yaml")
    let cases: [(String, Int32, String)] = [
      ("popmix check bomb.yaml", 78, "aliases of 39 anchors"),
      ("popmix check key.yaml", 78, "aliases of 40 anchors"),
      ("popmix check deep.yaml", 78, "levels of lists and mappings"),
      ("popmix check steps.yaml", 78, "levels of lists and mappings"),
      ("popmix check /dev/zero", 66, "longer than 16 MiB"),
      ("popmix fit -q zero.yaml", 66, "it is a device, a file is needed"),
      ("popmix check -- -x.yaml", 0, ""),
      ("ln -s /dev/zero x.ctl; popmix import x.ctl", 66, "x.ctl: cannot be read"),
      ("SLURM_JOB_ID=1 SLURM_JOB_END_TIME=1e300 popmix fit -q -o a j.yaml", 0, ""),
      ("SLURM_JOB_ID=1 SLURM_JOB_END_TIME=nan popmix fit -q -o b j.yaml", 0, ""),
    ]
    for (script, code, text) in cases {
      let run = try run(script, in: folder)
      #expect(run.exitCode == code, "\(script): \(run.exitCode) \(run.errors.prefix(500))")
      #expect(run.errors.contains(text) || text.isEmpty, "\(script): \(run.errors.prefix(500))")
    }
  }

  @Test("a rank without memory says so, and what to do")
  func memory() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "j.yaml")
    var rows = "ID,TIME,AMT,DV\n"
    for id in 1...60_000 {
      rows += "\(id),0,100,.\n\(id),1,.,3.7\n\(id),2,.,2.8\n\(id),3,.,2.1\n\(id),4,.,1.5\n"
    }
    try folder.write(rows, to: "data.csv")
    let run = try run("ulimit -v 200000; popmix fit -q j.yaml", in: folder)
    #expect(run.exitCode == 69, "\(run.exitCode) \(run.errors.suffix(500))")
    #expect(run.errors.contains("the memory of this rank does not suffice"))
    #expect(run.errors.contains("memory-limit"))
  }

  private static let stream = """
    $INPUT ID TIME AMT DV
    $DATA data.csv IGNORE=@
    $SUBROUTINE ADVAN1 TRANS2
    $PK
    CL = THETA(1)*EXP(ETA(1))
    V = THETA(2)*EXP(ETA(2))
    S1 = V
    $ERROR
    Y = F*(1 + EPS(1))
    $THETA (0,5) (0,20)
    $OMEGA 0.1 0.1
    $SIGMA 0.02
    $ESTIMATION METHOD=1 INTER

    """

  @Test("titles of any encoding become comments of jobs that can be read")
  func titles() throws {
    let titles: [[UInt8]] = [
      Array("PK \u{96} model".unicodeScalars.map { UInt8($0.value) }), [0xB5, 0x67, 0x2F, 0x4C],
      [0x85] + Array("bootstrap: {replicates: 3}".utf8) + [0x85],
      Array("x\u{85}bootstrap: {replicates: 3}\u{85}#".utf8),
      Array("x\u{2028}bootstrap: {replicates: 3}\u{2029}tables: [moments]".utf8),
      Array("x\u{0B}\u{0C}\u{01}\u{7F}bootstrap: {replicates: 3}".utf8),
      Array("\u{FEFF}x\u{FFFE}".utf8),
    ]
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 5), to: "data.csv")
    for title in titles {
      let bytes = Array("$PROBLEM ".utf8) + title + Array("\n".utf8) + Array(Self.stream.utf8)
      try Data(bytes).write(to: URL(filePath: "\(folder.path)/r.ctl"))
      let run = try run("popmix import --force r.ctl && popmix check r.yaml", in: folder)
      #expect(run.exitCode == 0, "\(title): \(run.errors)")
      let other = try self.run("popmix bootstrap -q r.yaml", in: folder)
      #expect(other.exitCode == 78, "\(title): the title has become a key")
    }
  }

  @Test("names that are not UTF-8 are refused with their bytes, and found by a link")
  func names() throws {
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 5), to: "data.csv")
    try folder.write(JobFolder.job(), to: "job.yaml")
    let name = "$'caf\\xe9.yaml'"
    let run = try run("mv job.yaml \(name) && popmix check \(name)", in: folder)
    #expect(run.exitCode == 64)
    #expect(
      run.errors.contains("word 2 of the command line, 'caf\\xE9.yaml', is not UTF-8 text"),
      "\(run.errors)")
    let link = try self.run("ln -s \(name) job.yaml && popmix check job.yaml", in: folder)
    #expect(link.exitCode == 0, "\(link.errors)")
  }

  @Test("IDs of any encoding are texts, and those that look like formulas are not run")
  func ids() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "j.yaml")
    let ids: [[UInt8]] = [
      Array("=1+1".utf8), Array("-x".utf8), Array("@SUM(A1)".utf8), Array("-5".utf8), [0xB5, 0x31],
      [0x96, 0x32], Array("'=2".utf8), Array("é".utf8),
    ]
    var bytes = Array("ID,TIME,AMT,DV\n".utf8)
    for (place, id) in ids.enumerated() {
      bytes += id + Array(",0,100,.\n".utf8)
      for time in 1...4 {
        bytes += id + Array(",\(time),.,\(5.0 / Double(time + place % 3))\n".utf8)
      }
    }
    try Data(bytes).write(to: URL(filePath: "\(folder.path)/data.csv"))
    let run = try run("popmix fit -q --format nonmem j.yaml", in: folder)
    #expect(run.exitCode == 0, "\(run.errors)")
    let found = try folder.read("out/subjects.csv").split(separator: "\n").dropFirst()
      .map { String($0.split(separator: ",")[2]) }
    #expect(found == ["'=1+1", "'-x", "'@SUM(A1)", "-5", "µ1", "–2", "''=2", "é"])
    let report = try self.run("popmix report -q out --subjects '=1+1,-x,é'", in: folder)
    #expect(report.exitCode == 0 && report.errors.isEmpty, "\(report.errors)")
  }
}
