import Foundation
import TestSupport
import Testing

/// Hosts are stood for by ranks that have mounts and a host name of their own, for which one has to
/// be root.
@Suite(
  "Folders and files that hosts do not share",
  .enabled(
    if: canMount,
    "not root, or mounts are forbidden here: what is refused on several hosts is NOT tested"))
struct FolderTests {
  /// A job with its data in a folder of their own, and an output folder.
  private func folder() throws -> JobFolder {
    let folder = try JobFolder()
    for name in ["data", "out"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
    }
    try folder.write(
      JobFolder.job().replacingOccurrences(of: "data.csv", with: "data/a.csv"), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 10), to: "data/a.csv")
    return folder
  }

  /// What comes before a rank so that it is on a host of its own, after a shell command.
  private static func host(_ name: String, _ command: String) -> [String] {
    [
      "unshare", "--mount", "--uts", "bash", "-c",
      "hostname \(name) && \(command) && exec \"$@\"", "bash",
    ]
  }

  /// Runs a command with two ranks here and two on a host where something is otherwise, and finds
  /// it refused once.
  private func refused(
    _ folder: JobFolder, command: String = "fit", by otherwise: String, code: Int32,
    _ message: String
  ) throws {
    let run = try ChildProcess.run(
      "popmix", [command, "\(folder.path)/job.yaml"] + (command == "fit" ? ["--quiet"] : []),
      ranksBy: [[], [], Self.host("n2", otherwise)])
    #expect(run.exitCode == code, "\(run.errors)")
    #expect(run.output.isEmpty)
    let own = run.errors.split(separator: "\n").filter { $0.hasPrefix(folder.path) }
    #expect(own.count == 1, "\(run.errors)")
    #expect(own.first.map(String.init) == "\(folder.path)/\(message)")
  }

  private let here = ProcessInfo.processInfo.hostName

  @Test("an output folder that another host does not see is refused, and nothing stays in it")
  func notShared() throws {
    let folder = try folder()
    try refused(
      folder, by: "mount -t tmpfs none \(folder.path)/out", code: 73,
      "out: is another folder on n2 (rank 2) than on \(here) (rank 0): a file that was made there is not seen "
        + "(No such file or directory), expected a folder that all hosts share; give one by --output."
    )
    #expect(folder.files(in: "out").isEmpty)
  }

  @Test("an output folder that another host cannot write is refused")
  func readOnly() throws {
    let folder = try folder()
    let out = "\(folder.path)/out"
    try refused(
      folder, by: "mount --bind \(out) \(out) && mount -o remount,bind,ro \(out)", code: 73,
      "out: the output folder cannot be written on n2 (rank 2) (Read-only file system); give one that all hosts "
        + "can write by --output.")
    #expect(folder.files(in: "out").isEmpty)
  }

  @Test(
    "a data file that is missing on another host, or is another one there, is refused",
    arguments: ["fit", "check"])
  func data(command: String) throws {
    let folder = try folder()
    try refused(
      folder, command: command, by: "mount -t tmpfs none \(folder.path)/data", code: 66,
      "data/a.csv: the data file cannot be read on n2 (rank 2) (No such file or directory), but on \(here) (rank 0); "
        + "put it on a file system that all hosts share.")
    try folder.write("another\n", to: "other")
    let bytes = try JobFolder.exampleData(subjects: 10).utf8.count
    try refused(
      folder, command: command, by: "mount --bind \(folder.path)/other \(folder.path)/data/a.csv",
      code: 66,
      "data/a.csv: the data file has 8 bytes on n2 (rank 2) and \(bytes) on \(here) (rank 0), expected the same file; "
        + "put it on a file system that all hosts share.")
    #expect(folder.files(in: "out").isEmpty)
  }

  @Test("check looks above an output folder that is not there yet")
  func preview() throws {
    let folder = try folder()
    try FileManager.default.removeItem(atPath: "\(folder.path)/out")
    // The first rank reads the job file for all.
    try refused(
      folder, command: "check", by: "mount -t tmpfs none \(folder.path)",
      code: 73,
      "out: is another folder on n2 (rank 2) than on \(here) (rank 0): a file that was made there is not seen "
        + "(No such file or directory), expected a folder that all hosts share; give one by --output."
    )
    #expect(folder.files(in: ".") == ["data", "job.yaml"])
  }

  @Test("hosts that share everything give the same files as one process")
  func shared() throws {
    let folder = try folder()
    let alone = try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/job.yaml", "-q", "-o", "\(folder.path)/alone"])
    let hosts = try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"],
      ranksBy: [[], Self.host("n2", "true"), Self.host("n3", "true")])
    #expect(alone.exitCode == 0 && hosts.exitCode == 0, "\(alone.errors)\(hosts.errors)")
    #expect(try folder.results(in: "out") == folder.results(in: "alone"))
    #expect(folder.files(in: "out") == JobFolder.outputs)
    #expect(folder.files(in: "out/ledger").allSatisfy { !$0.hasSuffix(".tmp") })
  }

  @Test("a disk on which the results clearly do not fit is refused, and nothing stays on it")
  func room() throws {
    let folder = try folder()
    let out = "\(folder.path)/out"
    let job = try String(
      contentsOfFile: "\(JobFolder.jobs)/wang2007-simulated.yaml", encoding: .utf8)
    try folder.write(job, to: "job.yaml")
    let script = Self.host(
      "n2", "mount -t tmpfs -o size=64k none \(out)"
    ).map { "'\($0)'" }.joined(separator: " ")
    let run = try ChildProcess.run(
      shell: "\(script) bash -c '\"$0\" \"$@\"; code=$?; ls -A \(out); exit $code' \"$0\" \"$@\"",
      "popmix", ["fit", "\(folder.path)/job.yaml", "-o", out])
    #expect(run.exitCode == 73, "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(
      run.errors
        == "\(out): 61 kB are free in the output folder on n2, expected at least 240 kB for the results; free some space "
        + "or give --output.\n")
  }
}

private let canMount =
  (try? ChildProcess.run(shell: "unshare --mount --uts true", "popmix", []))?.exitCode == 0
