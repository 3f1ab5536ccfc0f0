import Foundation
import TestSupport
import Testing

@Suite("Wrong input to the program")
struct FaultTests {
  /// A job and its data with one thing wrong, and what the program says and returns.
  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    var job = JobFolder.job()
    var data: String?
    let code: Int32
    /// With FOLDER for the folder of the job.
    let message: String

    var testDescription: String { name }
  }

  static let header = "ID,TIME,AMT,DV,EVID,MDV\n"

  static func job(_ old: String, _ new: String) -> String {
    let job = JobFolder.job()
    precondition(job.contains(old))
    return job.replacingOccurrences(of: old, with: new)
  }

  static let faults: [Fault] = [
    Fault(
      name: "misspelt key", job: job("residual-error", "residual-eror"), code: 78,
      message: "FOLDER/job.yaml:10:3: "),
    Fault(
      name: "wrong type", job: job("components: 2", "components: two"), code: 78,
      message: "FOLDER/job.yaml:17:15: "),
    Fault(
      name: "no YAML", job: job("  components: 2", "\tcomponents: 2"), code: 78,
      message: "FOLDER/job.yaml:17:1: "),
    Fault(
      name: "unknown structure", job: job("one-compartment bolus", "five-compartment oral"),
      code: 78, message: "FOLDER/job.yaml:6:14: "),
    Fault(
      name: "rule that is none",
      job: job("files: data.csv", "files: data.csv\n  ignore: ['#', 'WT.XX.3']"), code: 78,
      message: "FOLDER/job.yaml:5:17: "),
    Fault(
      name: "data file that does not exist", job: job("files: data.csv", "files: missing.csv"),
      code: 78, message: "FOLDER/job.yaml:4:10: "),
    Fault(name: "empty job", job: "", code: 78, message: "FOLDER/job.yaml:1:1: "),
    Fault(
      name: "text in a number", data: header + "1,0,100,.,1,1\n1,1,.,abc,0,0\n", code: 65,
      message: "FOLDER/data.csv:3:7: subject 1: "),
    Fault(
      name: "time that goes back",
      data: header + "1,0,100,.,1,1\n1,2,.,5,0,0\n1,1,.,5,0,0\n", code: 65,
      message: "FOLDER/data.csv:4:3: subject 1: "),
    Fault(name: "empty data", data: "", code: 65, message: "FOLDER/data.csv:1:1: "),
    Fault(
      name: "missing column", data: "ID,TIME,AMT\n1,0,100\n", code: 65,
      message: "FOLDER/data.csv:1:"),
    Fault(
      name: "compartment that the model has not",
      data: "ID,TIME,AMT,DV,CMT\n1,0,100,.,1\n1,1,.,5,2\n", code: 65,
      message: "FOLDER/data.csv:3: subject 1: CMT of an observation is 2"),
    Fault(
      name: "infusion that the model does not follow",
      data: "ID,TIME,AMT,DV,RATE\n1,0,100,.,50\n1,1,.,5,.\n", code: 65,
      message: "FOLDER/data.csv:2: subject 1: the dose is an infusion (RATE, DUR), beyond"),
    Fault(
      name: "observation before the dose under proportional error",
      data: header + "7,0,.,5,0,0\n7,0,100,.,1,1\n7,1,.,5,0,0\n", code: 65,
      message: "FOLDER/data.csv:2: subject 7: the observation at TIME 0"),
    Fault(
      name: "start under which the data are impossible",
      job: job("k: [0.25, 0.7]", "k: [1000, 2000]"), code: 76,
      message: "data.csv: the data of 10 subjects 1, 2, 3, 4, 5, … have probability 0"),
  ]

  @Test("is refused with one message, and nothing is touched", arguments: faults)
  func alone(fault: Fault) throws { try refused(fault, ranks: nil) }

  @Test("is refused by three ranks as by one process", arguments: [0, 7, 11, 13])
  func ranks(number: Int) throws { try refused(Self.faults[number], ranks: 3) }

  private func refused(_ fault: Fault, ranks: Int?) throws {
    let folder = try JobFolder()
    try folder.write(fault.job, to: "job.yaml")
    try folder.write(
      try fault.data ?? JobFolder.exampleData(subjects: 10), to: "data.csv")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/out", withIntermediateDirectories: false)
    for file in ["fit-1.json", "estimates-1.csv", "subjects-1.csv"] {
      try folder.write("earlier", to: "out/\(file)")
    }
    let arguments = ["fit", "\(folder.path)/job.yaml", "--quiet"]
    let run =
      try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
    #expect(run.exitCode == fault.code, "\(run.errors)")
    let message = fault.message.replacingOccurrences(of: "FOLDER", with: folder.path)
    let ours = run.errors.split(separator: "\n").filter { $0.hasPrefix(message) }
    #expect(ours.count == 1, "\(run.errors)")
    if ranks == nil { #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)") }
    #expect(run.output.isEmpty)
    #expect(folder.files(in: "out") == ["estimates-1.csv", "fit-1.json", "subjects-1.csv"])
    for file in folder.files(in: "out") { #expect(try folder.read("out/\(file)") == "earlier") }
  }

  @Test("one bad data set does not stop the others, whose results are as without it")
  func oneOfSeveral() throws {
    let folder = try JobFolder()
    try folder.write(Self.job("data.csv", "[a.csv, b.csv, c.csv]"), to: "job.yaml")
    let rows = try JobFolder.exampleData(subjects: 30)
    try folder.write(rows, to: "a.csv")
    try folder.write(Self.header + "1,0,x,.,1,1\n", to: "b.csv")
    try folder.write(try JobFolder.exampleData(subjects: 25), to: "c.csv")
    let run = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("b.csv:2:5: subject 1: "))
    let lines = try folder.read("out/estimates.csv").split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[2].hasPrefix("b.csv,1,failed,"))

    try folder.write(Self.job("data.csv", "[a.csv, c.csv]"), to: "others.yaml")
    _ = try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/others.yaml", "-o", "\(folder.path)/others"])
    let others = try folder.read("others/estimates.csv").split(separator: "\n")
    #expect(others[1] == lines[1] && others[2] == lines[3])
  }

  @Test("a fit that degenerates keeps its last regular estimates, without standard errors")
  func degenerate() throws {
    let folder = try JobFolder()
    try folder.write(Self.job("k: [0.25, 0.7]", "k: [0.25, 7000]"), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 10), to: "data.csv")
    let run = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(run.exitCode == 0)
    #expect(run.output.contains("Warning: iteration 1: "))
    let row = try folder.read("out/estimates.csv").split(separator: "\n")[1]
    #expect(row.hasPrefix("data.csv,1,degenerate,10,50,1,"))
    #expect(!(try folder.read("out/fit.json")).contains("standard_error"))
  }

  @Test("an output that is a file is refused before the fit")
  func outputIsAFile() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 5), to: "data.csv")
    try folder.write("a file", to: "out")
    let run = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(run.exitCode == 73)
    #expect(run.errors.contains("there is a file of that name"))
    #expect(try folder.read("out") == "a file")
  }

  @Test("a disk that is full ends the run, and the same command goes on when there is room")
  func fullDisk() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(), to: "data.csv")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/out", withIntermediateDirectories: false)
    try folder.write("earlier", to: "out/earlier.json")
    // Files of at most 4 KiB; the signal that comes with the limit is ignored, as on a full disk
    // there is none.
    let run = try ChildProcess.run(
      shell: "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"", "popmix",
      ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(run.exitCode == 74, "\(run.errors)")
    #expect(run.errors.contains("the ledger cannot be written (File too large)"))
    #expect(run.errors.contains("give the same command again"))
    #expect(folder.files(in: "out") == ["earlier.json", "ledger"])
    #expect(try folder.read("out/earlier.json") == "earlier")
    try FileManager.default.removeItem(atPath: "\(folder.path)/out/earlier.json")

    let again = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(folder.files(in: "out") == JobFolder.outputs)
  }

  @Test("a reader of the table that goes away does not cost the results")
  func closedOutput() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 10), to: "data.csv")
    let run = try ChildProcess.run(
      shell: "set -o pipefail; \"$0\" \"$@\" | true", "popmix",
      ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(folder.files(in: "out") == JobFolder.outputs)
  }

  @Test("a plan that cannot be printed is a failure")
  func fullOutput() throws {
    let run = try ChildProcess.run(
      shell: "\"$0\" \"$@\" > /dev/full", "popmix", ["check", "\(JobFolder.jobs)/wang2007.yaml"])
    #expect(run.exitCode == 74)
    #expect(run.errors.contains("standard output could not be written"))
  }

  @Test(
    "true values that overflow are refused when data are simulated", arguments: ["simulate", "fit"])
  func overflow(command: String) throws {
    let folder = try JobFolder()
    let job = try String(
      contentsOfFile: "\(JobFolder.jobs)/wang2007-simulated.yaml", encoding: .utf8)
    try folder.write(
      job.replacingOccurrences(of: "sigma: 0.1", with: "sigma: 1e308"), to: "job.yaml")
    let run = try ChildProcess.run(
      "popmix", [command, "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
    #expect(run.exitCode == 78, "\(run.errors)")
    #expect(run.errors.contains("correct 'simulation.values'"))
    #expect(folder.files(in: "out").isEmpty)
  }

  @Test("a data set that a glob finds and that cannot be opened counts as failed")
  func danglingLink() throws {
    let folder = try JobFolder()
    try folder.write(Self.job("data.csv", "'*.csv'"), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 10), to: "a.csv")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/b.csv", withDestinationPath: "nowhere")
    let run = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"])
    #expect(run.exitCode == 1)
    #expect(run.errors.contains("b.csv: the data file cannot be read"))
  }

  @Test("control characters of a user's names are shown, not sent to the terminal")
  func controlCharacters() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "job.yaml")
    try folder.write(Self.header + "\u{1B}[31m,0,x,.,1,1\n", to: "data.csv")
    let run = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml"])
    #expect(run.exitCode == 65)
    #expect(!run.errors.contains("\u{1B}"))
    #expect(run.errors.contains("\\u{1b}[31m"))
  }

  @Test(
    "a wrong command line is refused with exit code 64, by one process and by ranks",
    arguments: [["fit"], ["fitt", "job.yaml"], ["fit", "job.yaml", "--outptu", "x"], []])
  func commandLine(arguments: [String]) throws {
    let run = try ChildProcess.run("popmix", arguments)
    // Without a command there is the help, which is no error.
    #expect(run.exitCode == (arguments.isEmpty ? 0 : 64))
    #expect(run.errors.contains("USAGE") || run.errors.contains("Usage") || arguments.isEmpty)
    if !arguments.isEmpty {
      let ranks = try ChildProcess.run("popmix", arguments, ranks: 2)
      #expect(ranks.exitCode == 64)
      #expect(ranks.errors.components(separatedBy: "Error:").count == 2)
    }
  }

  @Test("a job file that is not there is exit code 66")
  func missingJob() throws {
    let run = try ChildProcess.run("popmix", ["check", "/nowhere/job.yaml"])
    #expect(run.exitCode == 66)
    #expect(run.errors.hasPrefix("/nowhere/job.yaml: the job file cannot be read"))
  }
}
