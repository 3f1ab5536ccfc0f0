import Foundation
import Report
import TestSupport
import Testing

@Suite("Jobs that go on where they were stopped")
struct ContinuationTests {
  /// A job with several small data sets of unequal size, and the folder of its data.
  private func folder(dataSets: Int, job: (String) -> String = { $0 }) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(
      job(
        JobFolder.job(method: "method: exact").replacingOccurrences(
          of: "files: data.csv", with: "files: 'd*.csv'")), to: "job.yaml")
    let rows = try JobFolder.exampleData().split(separator: "\n")
    for number in 0..<dataSets {
      let subjects = 12 + number * 7 % 60
      let first = 1 + 6 * (number % 20)
      let text = ([rows[0]] + rows[first..<first + 6 * subjects]).joined(separator: "\n")
      try folder.write(text + "\n", to: "d\(10 + number).csv")
    }
    return folder
  }

  private func fit(
    _ folder: JobFolder, _ options: [String] = [], output: String = "out", ranks: Int? = nil
  ) throws -> ChildProcess {
    let arguments =
      ["fit", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/\(output)"] + options
    return try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
  }

  @Test("a job that is killed again and again ends with the same files as one that is not")
  func killed() throws {
    let folder = try folder(dataSets: 160)
    #expect(try fit(folder, output: "whole").exitCode == 0)
    // Each run is killed after a while that becomes longer, on another number of ranks.
    var runs = 0
    var lastCode: Int32 = 0
    for milliseconds in stride(from: 60, through: 2000, by: 35) {
      runs += 1
      let ranks = [1, 3, 2][runs % 3]
      let run = try ChildProcess.run(
        shell:
          "timeout -s KILL \(Double(milliseconds) / 1000) setsid -w \(ranks == 1 ? "" : "mpirun --oversubscribe --bind-to none -n \(ranks)") \"$0\" \"$@\"",
        "popmix", ["fit", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/out"])
      lastCode = run.exitCode
      // Ranks outlive their mpirun by a second, in which they hold the lock.
      _ = try ChildProcess.run(
        shell: """
          for process in /proc/[0-9]*; do
            if tr '\\0' ' ' <"$process/cmdline" | grep -qF -- "-o $1"; then
              kill -KILL "${process#/proc/}"
            fi
          done 2>/dev/null
          sleep 0.1
          """, "popmix", ["\(folder.path)/out"])
      if lastCode == 0 { break }
    }
    #expect(lastCode == 0)
    #expect(runs > 3)
    #expect(try folder.results(in: "out") == folder.results(in: "whole"))
    #expect(folder.files(in: "out") == JobFolder.outputs)
  }

  @Test("a second time there is nothing to do, and --restart does all again")
  func twice() throws {
    let folder = try folder(dataSets: 3)
    #expect(try fit(folder).exitCode == 0)
    let before = try folder.results(in: "out")
    let again = try fit(folder, ranks: 2)
    #expect(again.exitCode == 0)
    #expect(again.output.contains("3 data sets: 2 converged, 1 at boundary"))
    #expect(again.output.contains("nothing to do"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/out/estimates.csv")
    #expect(try fit(folder).exitCode == 0)
    #expect(try folder.results(in: "out") == before)
    let restarted = try fit(folder, ["--restart"])
    #expect(restarted.exitCode == 0 && !restarted.output.contains("nothing to do"))
    #expect(try folder.results(in: "out") == before)
  }

  @Test("bad data sets are told apart, and --retry does them again when they are mended")
  func retry() throws {
    let folder = try folder(dataSets: 8)
    let good = try folder.read("d12.csv")
    let goodToo = try folder.read("d15.csv")
    try folder.write("ID,TIME,AMT,DV,EVID,MDV\n1,0,x,.,1,1\n", to: "d12.csv")
    try FileManager.default.removeItem(atPath: "\(folder.path)/d15.csv")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/d15.csv", withDestinationPath: "nowhere")
    let run = try fit(folder, ranks: 3)
    #expect(run.exitCode == 1, "\(run.errors)")
    #expect(run.output.contains("8 data sets: 5 converged, 1 at boundary, 2 failed"))
    #expect(run.errors.contains("d12.csv:2:5: subject 1: "))
    #expect(run.errors.contains("d15.csv: the data file cannot be read"))
    let lines = try folder.read("out/estimates.csv").split(separator: "\n")
    #expect(lines.count == 9)
    #expect(
      lines[3].hasPrefix("d12.csv,1,failed,0,0,") && lines[6].hasPrefix("d15.csv,1,failed,0,0,"))

    // Without being asked for it nothing is done again, and the code is the same.
    let again = try fit(folder)
    #expect(again.exitCode == 1)
    #expect(again.errors.contains("d12.csv:2:5: subject 1: "))
    #expect(again.output.contains("--retry does what failed again"))

    try folder.write(good, to: "d12.csv")
    try FileManager.default.removeItem(atPath: "\(folder.path)/d15.csv")
    try folder.write(goodToo, to: "d15.csv")
    let mended = try fit(folder, ["--retry"], ranks: 2)
    #expect(mended.exitCode == 0, "\(mended.errors)")
    #expect(mended.output.contains("8 data sets: 7 converged, 1 at boundary"))
    #expect(try fit(folder, output: "whole").exitCode == 0)
    #expect(try folder.results(in: "out") == folder.results(in: "whole"))
  }

  @Test("one of the files that the job names is not there: the others are fitted")
  func missingFile() throws {
    let folder = try folder(dataSets: 2) {
      $0.replacingOccurrences(of: "'d*.csv'", with: "[d10.csv, none.csv, d11.csv]")
    }
    let run = try fit(folder)
    #expect(run.exitCode == 1, "\(run.errors)")
    #expect(
      run.errors.contains("none.csv: the data file cannot be read (No such file or directory)"))
    #expect(run.output.contains("3 data sets: 1 converged, 1 at boundary, 1 failed"))
  }

  @Test("a changed job and changed data are refused with both fingerprints, and nothing is touched")
  func changed() throws {
    let folder = try folder(dataSets: 3)
    #expect(try fit(folder).exitCode == 0)
    let before = try folder.results(in: "out")
    let job = try folder.read("job.yaml")
    try folder.write(
      job.replacingOccurrences(of: "method: exact", with: "method: exact\n  seed: 2"),
      to: "job.yaml")
    let otherJob = try fit(folder, ranks: 2)
    #expect(otherJob.exitCode == 77, "\(otherJob.errors)")
    #expect(
      otherJob.errors.contains(
        "has results of another job: the job file asks for something else (fingerprint "))
    // A comment is no change.
    try folder.write("# a comment\n" + job, to: "job.yaml")
    #expect(try fit(folder).exitCode == 0)

    let old = try ChildProcess.run(shell: "sha256sum \"$1\"", "popmix", ["\(folder.path)/d11.csv"])
    try folder.write(try folder.read("d11.csv") + "9999,0,100,.,1,1\n", to: "d11.csv")
    let new = try ChildProcess.run(shell: "sha256sum \"$1\"", "popmix", ["\(folder.path)/d11.csv"])
    let otherData = try fit(folder)
    #expect(otherData.exitCode == 77, "\(otherData.errors)")
    #expect(otherData.errors.contains("d11.csv: has changed since it was fitted"))
    #expect(
      otherData.errors.contains(old.output.prefix(16))
        && otherData.errors.contains(new.output.prefix(16)))
    #expect(try folder.results(in: "out") == before)
    #expect(try fit(folder, ["--restart"]).exitCode == 0)
    #expect(try folder.results(in: "out") != before)
  }

  @Test("each data set has a folder of its own where that is asked for")
  func perDataSet() throws {
    let folder = try folder(dataSets: 4)
    #expect(try fit(folder, ["--per-dataset"], ranks: 2).exitCode == 0)
    #expect(folder.files(in: "out/data-sets") == ["d10", "d11", "d12", "d13"])
    let all = try folder.results(in: "out")
    for (file, text) in all where file.hasSuffix(".csv") {
      // The header once, and the rows of one data set after the other.
      let parts = try ["d10", "d11", "d12", "d13"].map {
        try folder.read("out/data-sets/\($0)/\(file)").split(separator: "\n")
      }
      #expect(
        text.split(separator: "\n") == [parts[0][0]] + parts.flatMap { $0.dropFirst() }, "\(file)")
    }
    let one =
      try JSONSerialization.jsonObject(
        with: Data(try folder.read("out/data-sets/d12/fit.json").utf8)) as? [String: Any]
    #expect((one?["data_sets"] as? [Any])?.count == 1)
  }

  @Test("of several starts the best end is kept, and all are told")
  func starts() throws {
    let folder = try folder(dataSets: 2) {
      $0.replacingOccurrences(of: "method: exact", with: "method: exact\n  starts: 4")
    }
    let run = try fit(folder, ranks: 3)
    #expect(run.exitCode == 0)
    let starts = try folder.read("out/starts.csv").split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(
      starts[0] == ["data_set", "start", "status", "minus_two_log_likelihood", "kept", "maximum"])
    #expect(
      starts.dropFirst().map { "\($0[0]) \($0[1])" }
        == ["d10.csv", "d11.csv"].flatMap { name in (1...4).map { "\(name) \($0)" } })
    let estimates = try folder.read("out/estimates.csv").split(separator: "\n").map {
      $0.split(separator: ",")
    }
    for (place, name) in ["d10.csv", "d11.csv"].enumerated() {
      let own = starts.filter { $0[0] == name }
      let kept = own.filter { $0[4] == "1" }
      #expect(kept.count == 1)
      let best = own.filter { ["converged", "at boundary", "flat"].contains($0[2]) }.compactMap {
        Double($0[3])
      }
      .min()
      #expect(kept.first.flatMap { Double($0[3]) } == best)
      #expect(estimates[place + 1][1] == kept.first?[1])
      // The maxima are numbered from the best, and are those of fit.json and of the terminal.
      #expect(kept.first?[5] == "1")
      #expect(
        own.allSatisfy { ($0[5] != "") == ["converged", "at boundary", "flat"].contains($0[2]) })
      let maxima = try #require(
        try FitDocument(json: Array(try folder.read("out/fit.json").utf8), path: "fit.json")
          .dataSets[place].maxima)
      #expect(maxima.map { Optional($0.minusTwoLogLikelihood) }.first == best)
      #expect(
        maxima.map(\.starts) == (1...maxima.count).map { i in own.count { $0[5] == "\(i)" } })
      #expect(
        run.output.contains(
          maxima.count == 1
            ? "  4 starts: one maximum, -2 log L " : "  4 starts: \(maxima.count) maxima; the best")
      )
    }
    let iterations = try folder.read("out/iterations.csv").split(separator: "\n").dropFirst()
    #expect(
      Set(iterations.map { $0.split(separator: ",").prefix(2).joined(separator: " ") }).count == 8)
    #expect(try fit(folder, output: "alone").exitCode == 0)
    #expect(try folder.results(in: "alone") == folder.results(in: "out"))
  }

  @Test("compressed files are fitted as they are")
  func compressed() throws {
    let folder = try folder(dataSets: 1)
    #expect(try fit(folder, output: "plain").exitCode == 0)
    _ = try ChildProcess.run(shell: "gzip \"$1\"", "popmix", ["\(folder.path)/d10.csv"])
    try folder.write(
      try folder.read("job.yaml").replacingOccurrences(of: "d*.csv", with: "d*.csv.gz"),
      to: "job.yaml")
    #expect(try fit(folder, output: "packed", ranks: 3).exitCode == 0)
    #expect(
      try folder.read("packed/subjects.csv").replacingOccurrences(of: "d10.csv.gz", with: "d10.csv")
        == folder.read("plain/subjects.csv"))
  }

  @Test("results are those of the files that the job has now")
  func otherFiles() throws {
    let folder = try folder(dataSets: 5)
    #expect(try fit(folder, output: "five").exitCode == 0)
    let last = try folder.read("d14.csv")
    try FileManager.default.removeItem(atPath: "\(folder.path)/d14.csv")
    #expect(try fit(folder, output: "four").exitCode == 0)
    #expect(try fit(folder).exitCode == 0)
    #expect(try folder.results(in: "out") == folder.results(in: "four"))
    // One more is fitted, and the others are not fitted again.
    try folder.write(last, to: "d14.csv")
    #expect(try fit(folder, ranks: 2).exitCode == 0)
    #expect(try folder.results(in: "out") == folder.results(in: "five"))
    #expect(try folder.read("out/run.json").contains("\"pieces_done\" : 1,"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/d14.csv")
    #expect(try fit(folder).exitCode == 0)
    #expect(try folder.results(in: "out") == folder.results(in: "four"))
    #expect(try folder.read("out/run.json").contains("\"pieces_done\" : 0,"))
    // What is missing or has been cut is put together again, and what is asked for later too.
    try folder.write("cut", to: "out/subjects.csv")
    let changed = try fit(folder)
    #expect(changed.exitCode == 77)
    #expect(changed.errors.contains("out/subjects.csv: has been changed since popmix wrote it"))
    #expect(try folder.read("out/subjects.csv") == "cut")
    #expect(try fit(folder, ["--overwrite"]).exitCode == 0)
    #expect(try folder.results(in: "out") == folder.results(in: "four"))
    #expect(try fit(folder, ["--per-dataset"]).exitCode == 0)
    #expect(folder.files(in: "out/data-sets").count == 4)
    #expect(try folder.read("out/run.json").contains("\"pieces_done\" : 0,"))
  }

  @Test("a restart leaves nothing of the job before, and keeps others away while it runs")
  func restarted() throws {
    let folder = try folder(dataSets: 4) {
      $0.replacingOccurrences(of: "method: exact", with: "method: exact\n  starts: 2")
    }
    #expect(try fit(folder, ["--per-dataset"]).exitCode == 0)
    #expect(folder.files(in: "out").contains("starts.csv"))
    try folder.write(
      try folder.read("job.yaml").replacingOccurrences(of: "\n  starts: 2", with: "")
        .replacingOccurrences(of: "d*.csv", with: "d1[01].csv"), to: "job.yaml")
    #expect(try fit(folder, ["--restart", "--per-dataset"]).exitCode == 0)
    #expect(!folder.files(in: "out").contains("starts.csv"))
    #expect(folder.files(in: "out/data-sets") == ["d10", "d11"])
    #expect(folder.files(in: "out/ledger").contains("lock"))
    try FileManager.default.removeItem(atPath: "\(folder.path)/out/ledger/job.json")
    let headless = try fit(folder)
    #expect(headless.exitCode == 77, "\(headless.errors)")
    #expect(headless.errors.contains("there are records, but no job.json"))
  }

  @Test("a file that changes while its starts are fitted is noticed")
  func changedWhileFitted() throws {
    let folder = try folder(dataSets: 1) {
      $0.replacingOccurrences(of: "method: exact", with: "method: exact\n  starts: 60")
    }
    // As soon as the first start is in the ledger.
    let run = try ChildProcess.run(
      shell: """
        "$0" fit "$1/job.yaml" --quiet -o "$1/out" &
        until grep -q converged "$1"/out/ledger/*.records; do sleep 0.01; done 2>/dev/null
        head -n 61 "$1/d10.csv" >"$1/new"
        mv "$1/new" "$1/d10.csv"
        wait $!
        """, "popmix", [folder.path])
    #expect(run.exitCode == 77, "\(run.errors)")
    #expect(run.errors.contains("d10.csv: has changed while it was fitted (SHA-256 "))
    #expect(folder.files(in: "out") == ["ledger"])
  }

  @Test("data sets whose files have the same name have folders of their own")
  func sameNames() throws {
    let folder = try folder(dataSets: 1) {
      $0.replacingOccurrences(of: "'d*.csv'", with: "[a/b_c.csv, a_b/c.csv, a_b_c.csv]")
    }
    for name in ["a", "a_b"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
    }
    for name in ["a/b_c.csv", "a_b/c.csv", "a_b_c.csv"] {
      try folder.write(try folder.read("d10.csv"), to: name)
    }
    #expect(try fit(folder, ["--per-dataset"], ranks: 3).exitCode == 0)
    #expect(folder.files(in: "out/data-sets") == ["a_b_c", "a_b_c-2", "a_b_c-3"])
    let names = try folder.files(in: "out/data-sets").map {
      try folder.read("out/data-sets/\($0)/estimates.csv").split(separator: "\n")[1]
        .prefix { $0 != "," }
    }
    #expect(names == ["a/b_c.csv", "a_b/c.csv", "a_b_c.csv"])
  }

  @Test("a pipe is no data file, and nobody waits for it")
  func pipe() throws {
    let folder = try folder(dataSets: 2)
    _ = try ChildProcess.run(shell: "mkfifo \"$1\"", "popmix", ["\(folder.path)/d99.csv"])
    for ranks in [nil, 3] {
      let run = try fit(folder, ["--restart"], ranks: ranks)
      #expect(run.exitCode == 1)
      #expect(run.errors.contains("d99.csv: the data file cannot be read (it is a pipe"))
    }
  }

  @Test("nothing is written into files in the place of closed standard streams")
  func closedStreams() throws {
    let folder = try folder(dataSets: 2)
    let run = try ChildProcess.run(
      shell: "\"$0\" \"$@\" >&- 2>&-", "popmix",
      ["fit", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
    #expect(run.exitCode == 74)
    #expect(try folder.read("out/ledger/lock").isEmpty)
    #expect(folder.files(in: "out") == JobFolder.outputs)
  }

  @Test("runs that share a job do a part each, at once, and the last one writes the same files")
  func parts() throws {
    let folder = try folder(dataSets: 7)
    try folder.write("ID,TIME,AMT,DV,EVID,MDV\n1,0,x,.,1,1\n", to: "d14.csv")
    #expect(try fit(folder, output: "whole", ranks: 2).exitCode == 1)
    let run = try ChildProcess.run(
      shell: """
        for part in 1 2 3; do
          "$0" fit "$1/job.yaml" -o "$1/out" --quiet --part $part/3 >"$1/part$part" 2>&1 & pids+=($!)
        done
        for pid in ${pids[@]}; do wait $pid; echo $?; done
        """, "popmix", [folder.path])
    // The second part has the wrong file.
    #expect(run.output == "0\n1\n0\n")
    #expect(
      try folder.read("part1").contains("part 1 of 3: 3 data sets: 2 converged, 1 at boundary"))
    #expect(try folder.read("part2").contains("d14.csv:2:5: subject 1: "))
    #expect(folder.files(in: "out") == ["ledger"])
    let last = try fit(folder)
    #expect(last.exitCode == 1)
    #expect(try folder.read("out/run.json").contains("\"pieces_done\" : 0,"))
    #expect(try folder.results(in: "out") == folder.results(in: "whole"))
    #expect(
      folder.files(in: "out/ledger").filter { !$0.hasSuffix(".records") } == ["job.json", "lock"])
    for (options, text) in [
      (["--part", "4/3"], "'4/3' is invalid"), (["--part", "1/3", "--restart"], "for all parts"),
    ] {
      let wrong = try fit(folder, options)
      #expect(wrong.exitCode == 64 && wrong.errors.contains(text), "\(wrong.errors)")
    }
  }

  @Test("the plan tells groups, time and memory for ranks that are not here")
  func plan() throws {
    let folder = try folder(dataSets: 6)
    let run = try ChildProcess.run(
      "popmix", ["plan", "\(folder.path)/job.yaml", "--ranks", "1,2,64"])
    #expect(run.exitCode == 0, "\(run.errors)")
    for text in [
      "job small: 6 data sets", "measured on ", "1 rank: ", "2 ranks: ", "64 ranks: ",
      "6 fits by one rank each", "memory of a rank: up to ",
      "too small to be worth two ranks: all fits",
      "ranks without work: ",
    ] {
      #expect(run.output.contains(text), "\(text) in \(run.output)")
    }
    #expect(folder.files(in: "out").isEmpty)
    let wrong = try ChildProcess.run(
      "popmix", ["plan", "\(folder.path)/job.yaml", "--ranks", "none"])
    #expect(wrong.exitCode == 64)
  }
}
