import Foundation
import TestSupport
import Testing

/// Jobs that are stopped by signals and limits, and killed, in the middle of fits.
@Suite("Jobs that are stopped in the middle of a fit")
struct StopTests {
  /// A fit of some seconds on one rank, whose iterations take milliseconds.
  private static let long = JobFolder.job(
    method: "method: paper\n  samples: 1000\n  iterations: 4000")

  /// One long fit, or several at once.
  private func folder(dataSets: Int = 1, iterations: Int = 4000) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(
      Self.long.replacingOccurrences(of: "files: data.csv", with: "files: 'd*.csv'")
        .replacingOccurrences(of: "iterations: 4000", with: "iterations: \(iterations)"),
      to: "job.yaml")
    for number in 0..<dataSets {
      try folder.write(
        try JobFolder.exampleData(subjects: 40 + 3 * number), to: "d\(number).csv")
    }
    return folder
  }

  /// A fit was over before it was stopped, as on a machine that has held up the test but not the
  /// fit.
  private struct WasOver: Error {}

  /// Tries with longer fits where one was over before it was stopped.
  private func longEnough(
    dataSets: Int = 1, iterations: Int = 4000, _ body: (JobFolder) throws -> Void
  ) throws {
    for factor in [1, 4, 16] {
      do {
        return try body(try folder(dataSets: dataSets, iterations: factor * iterations))
      } catch is WasOver {}
    }
    Issue.record("fits of up to \(16 * iterations) iterations were over before they were stopped")
  }

  /// The same as `script`, of a fit that does not come to its end.
  private func stopped(
    _ text: String, _ folder: JobFolder, ranks: Int = 1, _ options: String = ""
  ) throws -> ChildProcess {
    let run = try script(text, folder, ranks: ranks, options)
    if run.exitCode == 0 { throw WasOver() }
    return run
  }

  /// Runs a shell script that has `run` to start the program in the background, with its process in
  /// `$!`.
  private func script(_ text: String, _ folder: JobFolder, ranks: Int = 1, _ options: String = "")
    throws -> ChildProcess
  {
    let launcher =
      ranks == 1
      ? "" : "mpirun --oversubscribe --bind-to none -n \(ranks)"
    return try ChildProcess.run(
      shell: """
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
        export OMPI_MCA_btl_vader_single_copy_mechanism=none
        command -v ssh >/dev/null || command -v rsh >/dev/null || export OMPI_MCA_plm_rsh_agent=
        folder=$1
        out=$folder/${2:-out}
        begin() { \(launcher) "$program" fit "$folder/job.yaml" -o "$out" \(options) "$@" & }
        program=$0
        # The processes that are ranks of this job, without mpirun.
        ranks() {
          for process in /proc/[0-9]*; do
            mapfile -d '' -t words <"$process/cmdline"
            [[ ${words[0]} = "$program" && " ${words[*]} " = *" -o $out "* ]] && echo "${process#/proc/}"
          done 2>/dev/null
        }
        # Until all ranks wait for signals, and some iterations are done.
        until_begun() {
          for i in {1..600}; do [ -e "$out/ledger/job.json" ] && [ -n "$(ranks)" ] && break; sleep 0.05; done
          sleep 0.5
        }
        \(text)
        """, "popmix", [folder.path])
  }

  private func whole(_ folder: JobFolder) throws -> [String: String] {
    let run = try ChildProcess.run(
      "popmix", ["fit", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/whole"])
    #expect(run.exitCode == 0, "\(run.errors)")
    return try folder.results(in: "whole")
  }

  private func expectDone(_ folder: JobFolder, _ whole: [String: String]) throws {
    #expect(try folder.results(in: "out") == whole)
    #expect(folder.files(in: "out") == JobFolder.outputs)
    // Nothing is left of checkpoints or of what was not finished.
    let left = folder.files(in: "out/ledger").filter { !$0.hasSuffix(".records") }
    #expect(left == ["job.json", "lock"])
  }

  @Test("each signal stops a fit in each of three runs, and the last goes on to the same bytes")
  func signals() throws {
    try longEnough { folder in
      let whole = try whole(folder)
      for (number, signal) in ["TERM", "INT", "USR1"].enumerated() {
        let run = try stopped(
          "begin; until_begun; kill -\(signal) $!; wait $!", folder)
        #expect(run.exitCode == 75, "\(run.errors)")
        #expect(run.errors.contains("stopped: SIG\(signal). 0 of 1 fit"), "\(run.errors)")
        #expect(run.errors.contains("d0.csv is saved after iteration "))
        #expect(run.errors.contains("goes on after iteration ") == (number > 0))
        #expect(folder.files(in: "out") == ["ledger"])
      }
      #expect(try script("begin; wait $!", folder).exitCode == 0)
      try expectDone(folder, whole)
    }
  }

  @Test("a signal to any rank stops all, in each of some runs with other numbers of ranks")
  func anyRank() throws {
    try longEnough { folder in
      let whole = try whole(folder)
      for (ranks, chosen, signal) in [
        (3, 1, "TERM"), (2, 0, "USR1"), (3, 3, "INT"), (4, 2, "USR1"),
      ] {
        let run = try stopped(
          "begin; until_begun; kill -\(signal) $(ranks | sort -n | sed -n \(chosen)p); wait $!"
            .replacingOccurrences(of: "sed -n 0p", with: "cat"), folder, ranks: ranks)
        #expect(run.exitCode == 75, "\(run.errors)")
        #expect(run.errors.contains("stopped: SIG\(signal) on rank "), "\(run.errors)")
      }
      #expect(try script("begin; wait $!", folder).exitCode == 0)
      try expectDone(folder, whole)
    }
  }

  @Test("mpirun passes SIGUSR1 on, and groups that work on other data sets stop too")
  func groups() throws {
    try longEnough(dataSets: 3) { folder in
      let whole = try whole(folder)
      let passed = try stopped("begin; until_begun; kill -USR1 $!; wait $!", folder, ranks: 2)
      #expect(passed.exitCode == 75, "\(passed.errors)")
      var savedAtOnce = 0
      var logs = ""
      for ranks in [3, 2, 3] {
        let run = try stopped(
          "begin; until_begun; kill -USR1 $(ranks | sort -n | tail -n 1); wait $!", folder,
          ranks: ranks)
        #expect(run.exitCode == 75, "\(run.errors)")
        #expect(run.errors.contains("stopped: SIGUSR1 on rank "), "\(run.errors)")
        // Not all groups may have begun by then.
        for count in 2...ranks where run.errors.contains("\(count) are saved in the middle") {
          savedAtOnce = max(savedAtOnce, count)
        }
        logs += run.errors
      }
      #expect(savedAtOnce >= 2, "\(logs)")
      #expect(try script("begin; wait $!", folder).exitCode == 0)
      try expectDone(folder, whole)
    }
  }

  @Test("--max-time ends in time, again and again, until all is done")
  func maxTime() throws {
    try longEnough(dataSets: 2, iterations: 2000) { folder in
      let whole = try whole(folder)
      var runs = 0
      var last: ChildProcess
      repeat {
        runs += 1
        // A machine with much else to do needs more.
        let limit = 1.2 * Double(1 + runs / 20)
        last = try script(
          "begin; wait $!", folder, ranks: [1, 2, 3][runs % 3], "--max-time \(limit)s")
        if last.exitCode != 0 {
          #expect([69, 75].contains(last.exitCode), "\(last.errors)")
          #expect(last.errors.contains("stopped: the end of --max-time is near"))
        }
      } while last.exitCode != 0 && runs < 200
      #expect(last.exitCode == 0)
      if runs == 1 { throw WasOver() }
      try expectDone(folder, whole)
    }
  }

  @Test("whenever the time ends, there are either all results or all that is needed to go on")
  func anyTime() throws {
    let folder = try folder(iterations: 300)
    let whole = try whole(folder)
    var codes: Set<Int32> = []
    // On a machine with much else to do, nothing can be begun in the shortest times, which is said
    // so and leaves nothing.
    for seconds in stride(from: 0.05, through: 0.6, by: 0.025) + [1, 2, 4, 8, 16]
    where seconds < 1 || !codes.contains(75) {
      let run = try script("begin; wait $!", folder, "--quiet --max-time \(seconds)s")
      codes.insert(run.exitCode)
      if run.exitCode != 0 {
        #expect(run.errors.contains("stopped: the end of --max-time is near"), "\(run.errors)")
        #expect(folder.files(in: "out").allSatisfy { $0 == "ledger" })
        #expect(try script("begin --quiet; wait $!", folder).exitCode == 0)
      }
      try expectDone(folder, whole)
      try FileManager.default.removeItem(atPath: "\(folder.path)/out")
    }
    #expect(codes.isSubset(of: [0, 69, 75]) && codes.contains(75))
  }

  @Test(
    "limits of time are written as people and Slurm write them",
    arguments: [
      ("1.5s", true), ("10m", true), ("2h", true), ("1d", true), ("9:59", true), ("1:00:00", true),
      ("1-12", true), ("1-12:30", true), ("1-12:30:05", true), ("600", false), ("10 m", false),
      ("", false), ("-5m", false), ("0s", false), ("1:2:3:4", false), ("1-", false),
      ("nan s", false),
      ("infs", false), ("1:-5", false),
    ])
  func timeTexts(text: String, isTime: Bool) throws {
    let run = try ChildProcess.run(
      "popmix", ["fit", "/nowhere/job.yaml", "--max-time=\(text)"])
    // The job file is looked for when the command line is right.
    #expect(run.exitCode == (isTime ? 66 : 64), "\(run.errors)")
  }

  @Test("a limit of minutes and seconds is not one of hours and minutes")
  func minutesAndSeconds() throws {
    try longEnough { folder in
      let run = try stopped("begin; wait $!", folder, "--max-time 0:01")
      #expect(run.exitCode == 75, "\(run.errors)")
    }
  }

  @Test("the end of a Slurm job is known")
  func slurmEnd() throws {
    try longEnough { folder in
      let run = try stopped(
        "export SLURM_JOB_ID=17 SLURM_JOB_END_TIME=$(($(date +%s) + 2)); begin; wait $!", folder)
      #expect(run.exitCode == 75, "\(run.errors)")
      #expect(run.errors.contains("stopped: the end of Slurm job 17 is near"), "\(run.errors)")
    }
  }

  @Test(
    "a limit that leaves no time for anything is told, and does not look like a job to go on with")
  func noTime() throws {
    let folder = try folder()
    let run = try script("begin; wait $!", folder, ranks: 2, "--max-time 0.000001s")
    #expect(run.exitCode == 69, "\(run.errors)")
    #expect(
      run.errors.contains(
        "0 of 1 fit is done; no fit could begin in the time that is left, give more."))
  }

  @Test("a second signal ends at once, and what was saved before is not lost")
  func twice() throws {
    let folder = try folder()
    let whole = try whole(folder)
    // While it is stopped it cannot answer the first.
    let run = try script(
      "begin; until_begun; kill -STOP $!; kill -TERM $!; kill -INT $!; kill -CONT $!; wait $!",
      folder, "--checkpoint-interval 0.05s")
    #expect(run.exitCode == 75)
    #expect(try script("begin; wait $!", folder).exitCode == 0)
    try expectDone(folder, whole)
  }

  @Test("a signal where nothing can be saved ends the program as ever")
  func elsewhere() throws {
    let folder = try folder()
    try folder.write(
      """
      popmix: 1
      job: drawn
      simulation:
        data-sets: 100000
        subjects: 100
        times: [1, 2, 3]
        doses: [{time: 0, amount: 100}]
        seed: 1
        values:
          weights: [0.5, 0.5]
          typical: {V: 18, k: [0.25, 0.7]}
          variance: {V: 9, k: 0.01}
          sigma: 0.2
      model:
        structure: one-compartment bolus
        random-effects:
          V: {distribution: normal, membership: shared}
          k: {distribution: normal, membership: mixture}
        residual-error: proportional
      mixture:
        components: 2

      """, to: "drawn.yaml")
    let run = try ChildProcess.run(
      shell: """
        "$0" simulate "$1/drawn.yaml" -o "$1/drawn" & sleep 0.3; kill -TERM $!; wait $!
        """, "popmix", [folder.path])
    #expect(run.exitCode == 128 + 15, "\(run.errors)")
  }

  @Test(
    "a random rank is killed at a hundred random moments: the same bytes each time, nothing left behind"
  )
  func killed() throws {
    var random = SystemRandomNumberGenerator()
    let seed = Int.random(in: 0..<1_000_000, using: &random)
    let folder = try folder(dataSets: 2, iterations: 1500)
    let whole = try whole(folder)
    var kills = 0
    var chains = 0
    var hung = 0
    while kills < 100, chains < 200 {
      chains += 1
      let run = try script(
        """
        RANDOM=\(seed + chains)
        # Nobody has to wait for ranks that have nothing to tell.
        export OMPI_MCA_odls_base_sigkill_timeout=0
        for i in {1..70}; do
          begin --quiet
          running=$!
          for j in {1..200}; do [ -n "$(ranks)" ] && break; sleep 0.02; done
          # On a busy machine ranks take long to start: later kills leave them more time, and the last runs are left alone.
          pause=$((RANDOM % (800 + 40 * i)))
          sleep $((pause / 1000)).$(printf %03d $((pause % 1000)))
          victim=
          [ $i -gt 60 ] || victim=$(ranks | shuf -n 1 --random-source=<(while :; do echo $RANDOM; done))
          if [ -n "$victim" ] && kill -KILL "$victim" 2>/dev/null; then killed=1; else killed=0; fi
          # A rank that dies while it starts can leave mpirun itself waiting for ever.
          ( sleep 20; kill -KILL $running && echo hung ) 2>/dev/null &
          guard=$!
          wait $running
          code=$?
          kill $guard 2>/dev/null
          [ "$code" = 0 ] && { echo done; break; }
          echo "killed $code"
          # Those that were killed too may take a moment to vanish.
          for j in {1..100}; do [ -z "$(ranks)" ] && break; sleep 0.05; done
          [ -z "$(ranks)" ] || { echo "left behind: $(ranks)"; break; }
        done
        """, folder, ranks: [2, 3][chains % 2], "--checkpoint-interval 0.03s")
      let lines = run.output.split(separator: "\n")
      #expect(
        lines.last { !$0.hasPrefix("results") } == "done",
        "seed \(seed), \(run.output) \(run.errors)")
      // mpirun says which rank on which machine has gone.
      let codes = lines.filter { $0.hasPrefix("killed ") }
      // mpirun itself may write to a rank that is no more.
      #expect(Set(codes).isSubset(of: ["killed 137", "killed 141"]), "\(codes)")
      hung += lines.count { $0 == "hung" }
      if !codes.isEmpty {
        #expect(run.errors.contains("exited on signal 9 (Killed)"))
        #expect(run.errors.contains("mpirun noticed that process rank "))
      }
      kills += codes.count
      try expectDone(folder, whole)
      try FileManager.default.removeItem(atPath: "\(folder.path)/out")
    }
    #expect(kills >= 100)
    #expect(hung <= kills / 10)
  }

  @Test(
    "a disk without room: periodic checkpoints warn, and a last one that fails says what is lost")
  func fullDisk() throws {
    try longEnough { folder in
      let whole = try whole(folder)
      // Files may not grow beyond 8 blocks of 512 bytes.
      let run = try stopped(
        "ulimit -f 8; begin; until_begun; sleep 0.5; kill -TERM $!; wait $!", folder,
        "--checkpoint-interval 0.1s")
      #expect(run.exitCode == 74, "\(run.errors)")
      #expect(run.errors.contains("warning: "), "\(run.errors)")
      #expect(run.errors.contains("some work is lost: "))
      #expect(!folder.files(in: "out/ledger").contains { $0.contains("checkpoint") })
      #expect(try script("begin; wait $!", folder).exitCode == 0)
      try expectDone(folder, whole)
    }
  }
}
