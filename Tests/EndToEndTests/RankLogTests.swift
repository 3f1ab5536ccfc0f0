import Foundation
import TestSupport
import Testing

@Suite("Logs of ranks")
struct RankLogTests {
  private func folder() throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(
      JobFolder.job().replacingOccurrences(of: "data.csv", with: "'*.csv'"), to: "job.yaml")
    for name in ["a", "b", "c"] {
      try folder.write(try JobFolder.exampleData(subjects: 10), to: "\(name).csv")
    }
    return folder
  }

  private func fit(_ folder: JobFolder, _ options: [String], ranks: Int) throws -> ChildProcess {
    try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"] + options, ranks: ranks)
  }

  /// The events of a rank, without the time.
  private func events(_ folder: JobFolder, rank: Int) throws -> [String] {
    let lines = try folder.read("out/logs/rank-00000\(rank).log").split(separator: "\n")
    let host = ProcessInfo.processInfo.hostName
    for line in lines {
      // In UTC, to the millisecond.
      let time = try Regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z rank \(rank) on ")
      #expect(line.prefixMatch(of: time) != nil, "\(line)")
      #expect(line.contains(" on \(host): "))
    }
    return lines.map { String($0.split(separator: ": ", maxSplits: 1)[1]) }
  }

  @Test("each rank tells what it does, a line an event, and a later run goes on below")
  func events() throws {
    let folder = try folder()
    #expect(try fit(folder, ["--rank-logs"], ranks: 2).exitCode == 0)
    #expect(folder.files(in: "out/logs") == ["rank-000000.log", "rank-000001.log"])
    var done: [String] = []
    for rank in 0..<2 {
      let events = try events(folder, rank: rank)
      #expect(events[0].hasPrefix("started as process "))
      #expect(events[0].contains(" of 2 ranks, on cores "))
      #expect(events.last == "ended with code 0")
      let pieces = events.dropFirst().dropLast()
      for place in stride(from: pieces.startIndex, to: pieces.endIndex, by: 3) {
        let name = String(pieces[place].dropFirst("begins ".count).prefix(5))
        #expect(pieces[place].hasPrefix("begins \(name)"))
        #expect(pieces[place + 1].hasPrefix("has read "))
        #expect(pieces[place + 1].contains(" of 10 subjects, "))
        #expect(pieces[place + 2].hasPrefix("ends \(name): completed, "))
        #expect(
          pieces[place + 2].contains(" s working, ") && pieces[place + 2].hasSuffix(" s waiting"))
        done.append(name)
      }
    }
    #expect(Set(done) == ["a.csv", "b.csv", "c.csv"])

    #expect(try fit(folder, ["--rank-logs"], ranks: 1).exitCode == 0)
    let again = try events(folder, rank: 0)
    #expect(again.count { $0.hasPrefix("started") } == 2)
    #expect(again.suffix(2).first?.contains(" of 1 ranks, ") == true)
  }

  @Test("results are the same with logs, and without the option there are none")
  func sameResults() throws {
    let folder = try folder()
    #expect(try fit(folder, ["--rank-logs"], ranks: 3).exitCode == 0)
    #expect(try fit(folder, ["-o", "\(folder.path)/plain"], ranks: 3).exitCode == 0)
    #expect(folder.files(in: "plain") == JobFolder.outputs)
    #expect(
      try folder.results(in: "out") == folder.results(in: "plain"))
  }

  @Test("a failure stands at the end of the log")
  func failure() throws {
    let folder = try folder()
    for name in ["a", "b", "c"] { try folder.write("", to: "\(name).csv") }
    #expect(try fit(folder, ["--rank-logs"], ranks: 2).exitCode == 65)
    for rank in 0..<2 { #expect(try events(folder, rank: rank).last == "ended with code 65") }
  }

  @Test("what a run has saved and what stops it stand in the log")
  func stopped() throws {
    let folder = try folder()
    try folder.write(
      JobFolder.job(method: "method: paper\n  samples: 1000\n  iterations: 100000"), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(), to: "data.csv")
    // A signal when the log tells of a checkpoint, for which two minutes are enough on the busiest
    // machine.
    let run = try ChildProcess.run(
      shell: """
        "$0" "$@" &
        for i in {1..1200}; do
          grep -q "has saved" "\(folder.path)"/out/logs/*.log 2>/dev/null && break
          sleep 0.1
        done
        kill -USR1 $!
        wait $!
        """, "popmix",
      [
        "fit", "\(folder.path)/job.yaml", "--quiet", "--rank-logs", "--checkpoint-interval", "1s",
      ])
    #expect(run.exitCode == 75, "\(run.errors)")
    let events = try events(folder, rank: 0)
    #expect(events.count { $0.hasPrefix("has saved ") && $0.contains(" iterations, ") } >= 2)
    #expect(events.contains { $0.hasPrefix("has to stop: signal 10") })
    #expect(events.contains { $0.hasPrefix("ends data.csv: stopped, ") })
    #expect(events.last == "ended with code 75")
  }

  @Test("logs that cannot be written cost one warning, and not the fit")
  func unwritable() throws {
    let folder = try folder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/out", withIntermediateDirectories: false)
    try folder.write("a file", to: "out/logs")
    let run = try fit(folder, ["--rank-logs"], ranks: 3)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(
      run.errors
        == "Warning: \(folder.path)/out/logs: the log cannot be written (there is a file of that name). "
        + "The fit goes on without the logs of ranks.\n")
    #expect(try folder.read("out/logs") == "a file")
  }
}
