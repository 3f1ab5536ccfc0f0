import DataPartition
import DataSets
import Estimation
import FoundationEssentials
import Glibc
import JobFiles
package import MessagePassing
package import OutputFolders
import PopulationData
import Report

/// Fits the data sets of a job by all ranks, and goes on where an earlier run was stopped.
package struct JobRunner {
  let job: LoadedJob
  let communicator: MeteredCommunicator
  let observer: any JobObserver
  let environment: RunEnvironment
  let stop: StopRequest
  let rankLog: RankLog
  /// Keeps the fits for the sequence of jobs that this one belongs to.
  var sequence: SequenceFits?

  /// - Parameter stop: asks for an early end.
  package init(
    job: LoadedJob, communicator: any Communicator, observer: any JobObserver,
    environment: RunEnvironment, stop: StopRequest = StopRequest(), rankLog: RankLog = .none
  ) {
    self.stop = stop
    self.job = job
    self.communicator = MeteredCommunicator(communicator)
    self.observer = observer
    self.environment = environment
    self.rankLog = rankLog
  }

  var isFirst: Bool { communicator.rank == 0 }

  /// Reads, fits and writes; collective.
  /// - Returns: the exit code, the same on all ranks.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package func fit(output folder: String, options: FitOptions = FitOptions()) throws -> ExitStatus {
    var stages = StageClock()
    let files = OutputFiles(
      folder, ledger: .ofFits, inputs: InputFiles(job), replaces: options.replacesForeign)
    try files.require(by: communicator) { job.targets(of: files, options) }
    if isFirst { for notice in job.notices { observer.warn(notice) } }
    let ledger = try Ledger(
      output: folder, owner: owner, startsAnew: options.startsAnew, part: options.part,
      communicator: communicator)
    try FolderCheck(environment.host, communicator).require(
      ledger, job.pieces(after: ledger.found))
    if options.startsAnew {
      _ = try communicator.onFirstRank(failingWith: .inputOutput) { try files.beginAnew() }
    }
    try rankLog.open(in: folder, communicator)
    try LedgerAudit(job: job, folder: ledger.folder).refuse(ledger.found, by: communicator)
    for file in ledger.damagedFiles {
      observer.warn(
        "\(ledger.folder)/\(file): has changed since it was written; the fits that cannot be read any more are done again."
      )
    }
    try refuseChangedData(ledger.found)
    try FormatOutputs(job: job, files: files, communicator: communicator).validate()
    var pieces = job.pieces(after: ledger.found)
    let isComplete = try options.part != nil || isComplete(ledger, files)
    if isFirst { tellOfTables(ledger) }
    var remaining = remaining(&pieces, ledger, options, isComplete: isComplete)
    if remaining.isEmpty, isComplete, !options.writesPerDataSet, options.part == nil {
      return try alreadyDone(pieces, ledger, files)
    }
    if isFirst { for warning in job.plan.warnings { observer.warn("\(warning)") } }
    var work = Work()
    var done = 0
    var entries: [Piece: [LedgerEntry]] = [:]
    let held = HeldFits<FittedShare>()
    let tally = communicator.tally
    // What other starts are needed is known when those before are done.
    repeat {
      let checkpoints = try Checkpoints(
        ledger: ledger, pieces: pieces, remaining: remaining, plan: job.plan,
        communicator: communicator)
      let control = try RunControl(
        stop: stop, limit: options.limit, interval: options.checkpointInterval,
        world: communicator, log: rankLog)
      let schedule = try schedule(remaining)
      if isFirst {
        observer.planned(
          pieces: pieces.count, toDo: remaining.count, ranks: communicator.size,
          schedule: schedule)
      }
      stages.planning += stages.lap()
      let part = try self.work(
        remaining, schedule, ledger, checkpoints, control, held)
      stages.fitting += stages.lap()
      work += part
      stop.beginSaving()
      if let report = try stopped(control, part, pieces: pieces.count, toDo: remaining.count) {
        try ledger.flush()
        if isFirst { observer.stopped(report) }
        stop.endSaving()
        if report.loss != nil { return .inputOutput }
        return report.hasProgress || done > 0 ? .stopped : .unavailable
      }
      entries = try ledger.allEntries()
      guard pieces.allSatisfy({ entries[$0.key] != nil }) else {
        throw JobFailure(
          message:
            "\(folder): some fits are neither done nor stopped, which is an error in popmix; what is "
            + "done is in the ledger, give the same command again.", code: .internal)
      }
      done += remaining.count
      pieces = job.pieces(after: entries)
      remaining = pieces.filter { entries[$0.key] == nil }
      if !remaining.isEmpty { stop.endSaving() }
    } while !remaining.isEmpty
    let messages = communicator.tally - tally
    defer { stop.endSaving() }
    let results = JobResults(sources: job.sources, entries: entries)
    try results.refuseMixedData()
    if let part = options.part {
      if isFirst { observer.partDone(part, statuses: results.statuses, failures: results.failures) }
      return results.code
    }
    guard results.hasAnyFit else {
      _ = try communicator.onFirstRank(failingWith: .inputOutput) { try ledger.withdraw() }
      return results.code
    }
    let outputs = JobOutputs(
      job: job, results: results, folder: folder, version: environment.version,
      assembly: Assembly(folder: ledger.folder, communicator: communicator), files: files)
    try outputs.write(perDataSet: options.writesPerDataSet)
    stages.writing = stages.lap()
    let run = try document(
      stages, work, messages, pieces: pieces.count, done: done)
    _ = try communicator.onFirstRank(failingWith: .inputOutput) {
      try files.write([(OutputTarget("\(folder)/run.json"), try run.text())], as: .fit)
      for note in try files.removeOthers(of: [.fit]) { observer.warn(note) }
      observer.wrote(
        tables: try outputs.tables(), statuses: results.statuses,
        idlePercent: communicator.size > 1 ? run.perRank.idlePercent : nil, folder: folder,
        files: outputs.names)
      try ledger.complete(outputs: outputs.names, dataSets: dataSets)
    }
    try writeFormats(results, held, ledger, files, run: run)
    try collectFits(results, ledger, writesDocument: true)
    // What is done of many data sets serves when others come or fail; the rows of one large one are
    // not kept twice. Formats and sequences may still have needed those of an earlier run.
    if pieces.count == 1, !results.hasAnyFailure {
      _ = try communicator.onFirstRank(failingWith: .inputOutput) {
        try ledger.dropTexts(keeping: results.firstEntries)
      }
    }
    return results.code
  }

  private var owner: Ledger.Owner {
    #if arch(x86_64)
      let architecture = "x86-64"
    #else
      let architecture = "aarch64"
    #endif
    return Ledger.Owner(
      popmixVersion: environment.version, architecture: architecture,
      job: sha256(
        Array(JobFileReader.canonicalText(of: job.text, method: job.method).utf8)
          // A model that stands in a file of its own.
          + Array(
            (job.plan.jobFile.model.equations.flatMap { $0.path == nil ? nil : $0.text } ?? "").utf8
          )
          + Array((job.origin.map { "\u{0}\($0)" } ?? "").utf8)))
  }

  /// The places of the pieces that are still to be done.
  private func remaining(
    _ pieces: inout [JobPiece], _ ledger: Ledger, _ options: FitOptions, isComplete: Bool
  ) -> [JobPiece] {
    let incomplete = fitsWithoutTables(ledger)
    func isDone(_ piece: JobPiece) -> Bool {
      guard let record = ledger.found[piece.key]?.first?.record else { return false }
      return !(record.hasFailed && options.retriesFailed) && !incomplete.contains(piece.key)
    }
    let remaining = pieces.filter { !isDone($0) }
    let needsTexts = !remaining.isEmpty || !isComplete || options.writesPerDataSet
    // The texts of one data set that was completed are not kept.
    let areTextsGone = ledger.found.values.contains { entries in
      !entries[0].record.hasFailed && entries[0].record.payloadLength == 0
    }
    if needsTexts && areTextsGone {
      ledger.forget()
      pieces = job.pieces
      return pieces
    }
    return remaining
  }

  /// Hash of the names of the data sets.
  private var dataSets: String {
    sha256(Array(job.sources.map { "\($0.name.utf8.count):\($0.name)" }.joined().utf8))
  }

  /// Whether the output files are there as they were made, of these data sets.
  private func isComplete(_ ledger: Ledger, _ files: OutputFiles) throws -> Bool {
    let answer = try communicator.onFirstRank(failingWith: .inputOutput) {
      try ledger.isComplete(dataSets: dataSets, with: job.tables.map(\.fileName))
        && files.areUnchanged((ledger.owner.outputs ?? [:]).map(\.key))
    }
    return try communicator.shared(answer ?? false)
  }

  private func alreadyDone(
    _ pieces: [JobPiece], _ ledger: Ledger, _ files: OutputFiles
  ) throws -> ExitStatus {
    let results = JobResults(sources: job.sources, entries: ledger.found)
    if isFirst {
      observer.foundDone(
        statuses: results.statuses, failures: results.failures, folder: ledger.output)
    }
    try collectFits(results, ledger, writesDocument: false)
    try writeFormats(results, HeldFits(), ledger, files, run: nil)
    return results.code
  }

  /// Refuses to mix results of files that have changed since with those of the others; each rank
  /// looks at some of them.
  private func refuseChangedData(_ found: [Piece: [LedgerEntry]]) throws {
    var before: [String: String] = [:]
    for entry in found.values.joined() where !entry.record.hasFailed {
      before[entry.record.name] = entry.record.sha256
    }
    try communicator.onEveryRank(failingWith: .occupied) {
      for (number, source) in job.sources.enumerated()
      where number % communicator.size == communicator.rank {
        guard case .file(let path, _) = source, let old = before[source.name],
          let new = fileDigest(path), new != old
        else { continue }
        throw JobFailure(
          message: "\(path): has changed since it was fitted (SHA-256 \(new.prefix(16))…, then "
            + "\(old.prefix(16))…), and results are not mixed; give --restart to fit all anew, or "
            + "--output for another folder.",
          code: .occupied)
      }
    }
  }

  /// Brings the fits together for a sequence of jobs; collective.
  /// - Parameter writesDocument: whether this run has written `fit.json`.
  private func collectFits(
    _ results: JobResults, _ ledger: Ledger, writesDocument: Bool
  ) throws {
    try sequence?.collect(
      results, run: ledger.writer.run,
      earlier: EarlierFits(job, ledger: ledger.folder, folder: ledger.output),
      document: writesDocument ? job.document(version: environment.version) : nil,
      by: communicator)
  }

  private func schedule(_ pieces: [JobPiece]) throws -> Schedule {
    let ranks = communicator.size
    // One rank has nothing to choose.
    let model =
      ranks > 1 && pieces.count > 1
      ? try CostModel(job: job, communicator: communicator) : CostModel()
    // Only the first rank looks at the sizes of the files.
    let costs = try communicator.shared(
      isFirst ? pieces.map { model.cost(of: $0.source, plan: job.plan) } : [])
    return Schedule(costs: costs, rankCount: ranks)
  }

  /// What this rank has done.
  private struct Work {
    var times = RankGroups.Times()
    /// Seconds in EM itself.
    var estimating = 0.0
    /// Pieces that groups have done of which this rank is the first.
    var pieces = 0

    static func += (a: inout Work, b: Work) {
      a.times += b.times
      a.estimating += b.estimating
      a.pieces += b.pieces
    }
  }

  /// Fits all pieces, and writes each into the ledger when it is done.
  private func work(
    _ pieces: [JobPiece], _ schedule: Schedule, _ ledger: Ledger, _ checkpoints: Checkpoints,
    _ control: RunControl, _ held: HeldFits<FittedShare>
  ) throws -> Work {
    let texts = PieceTexts(job)
    let settings = job.plan.settings
    let starts = StartCache()
    var work = Work()
    work.times = try RankGroups(schedule: schedule, world: communicator).run { seconds in
      !control.shouldStop(before: seconds)
    } _: { number, group in
      let piece = pieces[number]
      rankLog.begins(piece.key.name, start: piece.start, ranks: group.size, communicator.tally)
      let outcome: PieceFit.Outcome
      do {
        outcome = try PieceFit(
          plan: job.plan, piece: piece, group: group, checkpoints: checkpoints, run: control,
          starts: starts,
          searches: { text in
            if isFirst { observer.searching(text) }
            communicator.progress()
          }, warn: observer.warn
        ).outcome { share, iterations in
          rankLog.read(subjects: share.subjects.count, of: share.subjectCount)
          guard isFirst else { return }
          observer.begins(
            piece.key.name, start: piece.start, subjects: share.subjectCount,
            observations: share.observationCount, ranks: group.size, iterationsDone: iterations)
        } observe: { record in
          if isFirst { observer.iterated(record, settings: settings) }
          communicator.progress()
        }
      } catch is FitStopped {
        rankLog.ends("stopped", communicator.tally)
        return (false, nil)
      }
      work.estimating += outcome.seconds
      let result = outcome.result
      var record = LedgerRecord(
        result, code: outcome.code, part: group.rank, parts: group.size, tables: job.tables)
      rankLog.ends(record.status, communicator.tally)
      let output = try texts.output(of: result, isFirst: group.rank == 0)
      record.asksForOtherStarts = result.fit?.asksForOtherStarts ?? outcome.isLost
      if StartPlan(job.plan, source: piece.source).limit > 1, let place = output.maximaPlace {
        record.end = result.fit.flatMap { StartEnd($0) }
        record.maximaPlace = place
      }
      held.hold(output.share, record)
      sequence?.hold(result, output.dataSet, record)
      let isWritten = ledger.writer.append(record, sections: output.sections)
      if outcome.hasCheckpoint {
        try removeCheckpoint(piece.key, checkpoints, ledger, group, isWritten: isWritten)
      }
      if group.rank == 0, isWritten { work.pieces += 1 }
      return (isWritten, group.rank == 0 ? result : nil)
    } finished: { result, count in
      observer.finished(result, begun: count, of: pieces.count, onFirstRank: isFirst)
    }
    return work
  }

  /// Removes the checkpoint of a fit whose record is on the disk; collective over its group.
  private func removeCheckpoint(
    _ piece: Piece, _ checkpoints: Checkpoints, _ ledger: Ledger, _ group: any Communicator,
    isWritten: Bool
  ) throws {
    let isSafe = isWritten && ledger.writer.flush()
    let unsafe = try group.agree(isSafe ? nil : ("", ExitStatus.inputOutput.rawValue))
    if group.rank == 0, unsafe == nil { checkpoints.remove(piece) }
  }

  /// How the run was stopped before its work was done; collective.
  private func stopped(_ control: RunControl, _ work: Work, pieces: Int, toDo: Int) throws
    -> StopReport?
  {
    var report = try control.conclusion(world: communicator, host: environment.host)
    var done = [Int64(work.pieces)]
    try communicator.allReduceSum(&done)
    // A signal that comes when all is done stops nothing.
    if Int(done[0]) >= toDo { return nil }
    // Else what could not be written ends the run a little later.
    report?.pieces = pieces
    report?.done = pieces - toDo + Int(done[0])
    // A limit that is too near for anything would be too near the next time as well.
    let begun = done[0] > 0 || report?.stopped.isEmpty == false
    if try communicator.shared(begun) { report?.hasProgress = true }
    return report
  }

  private func document(
    _ stages: StageClock, _ work: Work, _ messages: CommunicationTally, pieces: Int, done: Int
  ) throws -> RunDocument {
    let times = work.times
    func all(_ seconds: Double) throws -> [Double] {
      try communicator.allGather(Int64(bitPattern: seconds.bitPattern))
        .map { Double(bitPattern: UInt64(bitPattern: $0)) }
    }
    return RunDocument(
      popmixVersion: environment.version, jobFile: job.plan.jobFile.path,
      ranks: communicator.size, host: environment.host, mpi: environment.mpi,
      started: stages.started.formatted(.iso8601), pieces: pieces, piecesDone: done,
      piecesFound: pieces - done,
      seconds: RunDocument.Seconds(
        all: stages.all, planning: stages.planning, fitting: stages.fitting,
        writing: stages.writing),
      perRank: RunDocument.RankTimes(
        working: try all(times.working), waiting: try all(times.waiting),
        idle: try all(times.idle), estimating: try all(work.estimating),
        peakMemory: try all(peakMemory)),
      messages: RunDocument.Messages(collectives: messages.collectives, bytes: messages.bytes))
  }
}

/// The largest memory that this process has had, in 10⁶ bytes.
private var peakMemory: Double {
  var usage = rusage()
  guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
  // Linux counts KiB.
  return Double(usage.ru_maxrss) * 1024e-6
}

/// A data set and one of its starts.
struct JobPiece: Sendable {
  let source: DataSetSource
  /// From 1.
  let start: Int

  var key: Piece { Piece(name: source.name, start: start) }
}

/// Wall time of the stages of a run.
private struct StageClock {
  let started = Date.now
  private let begin = ContinuousClock.now
  private var last = ContinuousClock.now
  var planning = 0.0
  var fitting = 0.0
  var writing = 0.0

  /// Seconds since the last call.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    return last.duration(to: now).seconds
  }

  var all: Double { begin.duration(to: .now).seconds }
}
