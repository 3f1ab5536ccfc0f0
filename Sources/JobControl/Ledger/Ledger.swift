import FoundationEssentials
import Glibc
package import MessagePassing
import OutputFolders
import Report

/// The record of the pieces of a job that are done, in the folder `ledger` of its output: what lets
/// the same command go on where it was stopped, with any number of ranks.
///
/// Each rank of each run has a file of its own, to which it appends; `job.json` says whose results
/// they are.
package final class Ledger {
  /// Whose results these are.
  package struct Owner: Codable, Equatable, Sendable {
    var schema = "popmix-ledger"
    var schemaVersion = Owner.version
    var popmixVersion: String
    /// Processors of another kind give other last digits.
    var architecture: String
    /// Hash of what the job file asks for.
    var job: String
    /// The output files that were made of these records, with their bytes; `nil` while they are
    /// not.
    var outputs: [String: Int]?
    /// Hash of the names of the data sets that are in them.
    var dataSets: String?
    /// SHA-256 of all that is above as JSON with sorted keys.
    var checksum: String?

    static let version = 2

    package init(popmixVersion: String, architecture: String, job: String) {
      self.popmixVersion = popmixVersion
      self.architecture = architecture
      self.job = job
    }
  }

  /// Of the output.
  let output: String
  package let folder: String
  private(set) var owner: Owner
  /// What earlier runs have done: of each piece one group's records, in the order of its parts.
  package private(set) var found: [Piece: [LedgerEntry]] = [:]
  /// Files in which records have changed since they were written; what was in these is done again.
  /// On the first rank.
  package private(set) var damagedFiles: [String] = []
  package let writer: LedgerWriter
  private let communicator: any Communicator
  /// Whether this run has made the folders.
  private let isNew: (output: Bool, ledger: Bool)
  private var locks: [Int32] = []
  /// Whether other runs may work on it at the same time.
  private let isShared: Bool
  static let partLock = "lock-of-part-"

  private var ownerPath: String { "\(folder)/job.json" }

  /// Opens the ledger of an output folder, or begins one; collective.
  /// - Parameters:
  ///   - startsAnew: forgets what was done before.
  ///   - part: that this run does, while others do the others.
  /// - Throws: `JobFailure` if it belongs to another job, or another program works on it;
  ///   `CommunicationError`.
  package init(
    output: String, owner: Owner, startsAnew: Bool, part: JobPart? = nil,
    communicator: any Communicator
  ) throws {
    let folder = "\(output)/ledger"
    self.output = output
    self.folder = folder
    self.communicator = communicator
    isShared = part != nil
    var owner = owner
    var isNew = (output: false, ledger: false)
    var locks: [Int32] = []
    struct State: Codable {
      var run = 1
      var files: [String] = []
    }
    let state = try communicator.onFirstRank(failingWith: .cannotCreate) { () -> State in
      isNew = (!Self.exists(output), !Self.exists(folder))
      try Self.refuseForeign(in: output)
      try OutputFile.makeFolder(output)
      try OutputFile.makeFolder(folder)
      locks.append(try Self.lock(folder, "lock", isShared: part != nil))
      var isOurs = false
      defer { if !isOurs { locks.forEach(Self.unlock) } }
      if let part {
        locks.append(try Self.lock(folder, Self.partLock + "\(part.number)-of-\(part.count)"))
      } else {
        // What killed runs have not finished; nobody else is here.
        OutputFile.sweep(folder, isAlone: true)
        try Self.removePartLocks(of: folder)
      }
      if startsAnew { try Self.removeFiles(of: folder) }
      if let before = try Self.owner(in: folder) {
        try Self.refuse(before, unlike: owner, output: output)
        (owner.outputs, owner.dataSets) = (before.outputs, before.dataSets)
      } else {
        guard try Self.files(of: folder).isEmpty else {
          throw JobFailure(
            message: "\(folder): there are records, but no job.json that says of which job; give "
              + "--restart to begin anew, or --output.",
            code: .occupied)
        }

        try OutputFile.write(try Self.text(owner), to: "\(folder)/job.json")
      }
      let files = try Self.files(of: folder)
      var run = 1 + (files.compactMap { Int($0.dropFirst(4).prefix(6)) }.max() ?? 0)
      // Parts may begin at once: who makes the file has the number.
      while part != nil, !Self.claim("\(folder)/\(LedgerWriter.name(run: run, rank: 0))") {
        guard errno == EEXIST else {
          throw OutputError.folder(path: folder, reason: "\(SystemError())")
        }
        run += 1
      }
      isOurs = true
      return State(run: run, files: files)
    }
    self.isNew = isNew
    self.locks = locks
    let shared = try communicator.shared(state ?? State())
    self.owner = owner
    writer = LedgerWriter(
      folder: folder, name: LedgerWriter.name(run: shared.run, rank: communicator.rank),
      isClaimed: part != nil && communicator.rank == 0)
    found = Self.whole(try read(shared.files))
  }

  deinit { locks.forEach(Self.unlock) }

  /// Reads files, each rank some of them, and lets all ranks know.
  private func read(_ files: [String]) throws -> [LedgerEntry] {
    guard !files.isEmpty else { return [] }
    let reader = LedgerReader(folder: folder)
    var own: [LedgerEntry] = []
    var damaged: [String] = []
    for number in files.indices where number % communicator.size == communicator.rank {
      let contents = reader.contents(of: files[number])
      own += contents.entries
      if contents.isDamaged { damaged.append(files[number]) }
    }
    damagedFiles = try communicator.gathered(damaged).joined().sorted()
    return try Self.gatherAll(own, communicator)
  }

  /// The entries of all ranks on all ranks, in the order of their files.
  private static func gatherAll(_ entries: [LedgerEntry], _ communicator: any Communicator) throws
    -> [LedgerEntry]
  {
    guard communicator.size > 1 else { return entries }
    return try communicator.collected(entries).joined()
      .sorted { ($0.file, $0.offset) < ($1.file, $1.offset) }
  }

  /// The pieces all of whose parts are there; of those that were done more than once the last.
  private static func whole(_ entries: [LedgerEntry]) -> [Piece: [LedgerEntry]] {
    // Parts of one piece by the run that did it.
    var runs: [Piece: [(run: String, entries: [LedgerEntry])]] = [:]
    for entry in entries {
      let run = String(entry.file.prefix(10))
      if let place = runs[entry.record.piece]?.firstIndex(where: { $0.run == run }) {
        runs[entry.record.piece]?[place].entries.append(entry)
      } else {
        runs[entry.record.piece, default: []].append((run, [entry]))
      }
    }
    return runs.compactMapValues { runs in
      let whole = runs.filter { run in
        run.entries.count == run.entries[0].record.parts
          && Set(run.entries.map(\.record.part)).count == run.entries.count
      }
      return whole.max { $0.run < $1.run }?.entries.sorted { $0.record.part < $1.record.part }
    }
  }

  /// Counts what earlier runs have done for nothing.
  func forget() { found = [:] }

  /// Everything that is done, by earlier runs and this one; collective.
  /// - Throws: `JobFailure` if a rank could not write all that it had to.
  package func allEntries() throws -> [Piece: [LedgerEntry]] {
    try flush()
    let own = Self.whole(try Self.gatherAll(writer.entries, communicator))
    return found.merging(own) { $1 }
  }

  /// Brings all that the ranks have done to the disk; collective.
  /// - Throws: `JobFailure` if a rank could not write all that it had to.
  func flush() throws {
    let isWritten = writer.flush()
    let failure = isWritten ? nil : (writer.failure ?? "", ExitStatus.inputOutput.rawValue)
    if let agreed = try communicator.agree(failure) {
      throw JobFailure(
        message: agreed.message
          + "; what is in it is safe: free some space and give the same command again.",
        code: .inputOutput)
    }
  }

  /// Whether the output files are those of the records and of these data sets; on the first rank.
  /// - Parameter files: that have to be among them.
  func isComplete(dataSets: String, with files: [String]) -> Bool {
    guard let outputs = owner.outputs, owner.dataSets == dataSets,
      files.allSatisfy({ outputs[$0] != nil })
    else { return false }
    return outputs.allSatisfy { Self.size(of: "\(output)/\($0.key)") == $0.value }
  }

  private static func size(of path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Notes that the output files are made. On the first rank.
  func complete(outputs: [String], dataSets: String) throws {
    owner.outputs = Dictionary(
      uniqueKeysWithValues: outputs.map { ($0, Self.size(of: "\(output)/\($0)") ?? -1) })
    owner.dataSets = dataSets
    try OutputFile.write(try Self.text(owner), to: ownerPath)
  }

  /// Removes the texts of pieces, where the output files that are made of them are all that is
  /// needed. On the first rank.
  /// - Parameter summary: records that are kept without their texts.
  func dropTexts(keeping summary: [LedgerEntry]) throws {
    let spent = "run-000000-rank-000000.records"
    var lines: [UInt8] = []
    for var entry in summary {
      entry.record.lengths = LedgerSection.allCases.map { _ in 0 }
      entry.record.checksum = sha256([UInt8]())
      (entry.record.part, entry.record.parts) = (0, 1)
      lines += try entry.record.line()
      lines.append(UInt8(ascii: "\n"))
    }
    try OutputFile.write(lines, to: "\(folder)/\(spent)")
    for file in try Self.files(of: folder) where file != spent { unlink("\(folder)/\(file)") }
  }

  /// Takes back what this run has made, where nothing came of it. On the first rank.
  package func withdraw() throws {
    // Other parts may have put their work into it.
    guard isNew.ledger, !isShared else { return }
    try Self.removeFiles(of: folder)
    unlink("\(folder)/lock")
    rmdir(folder)
    if isNew.output { rmdir(output) }
  }
}

// MARK: - Files

extension Ledger {
  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Of the records, sorted.
  private static func files(of folder: String) throws -> [String] {
    try names(in: folder).filter(LedgerFileName.isRecords).sorted()
  }

  /// Of fits that were stopped in the middle, also those before the last.
  static func checkpointFiles(in folder: String) throws -> [String] {
    try names(in: folder).filter(LedgerFileName.isCheckpoint)
  }

  static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else {
      throw OutputError.folder(path: folder, reason: "\(SystemError())")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }

  static func removeFiles(of folder: String) throws {
    // What says whose they are goes last, so that records never belong to nobody.
    for file in try files(of: folder) + checkpointFiles(in: folder) {
      unlink("\(folder)/\(file)")
    }
    unlink("\(folder)/job.json")
  }

  /// Makes a file that nobody else has made; else `errno` says why.
  private static func claim(_ path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return false }
    close(descriptor)
    return true
  }

  /// Keeps other runs of popmix away from this output until this process ends; those that share a
  /// lock only from those that do not.
  static func lock(_ folder: String, _ name: String, isShared: Bool = false) throws -> Int32 {
    let path = "\(folder)/\(name)"
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw OutputError.folder(path: folder, reason: "\(SystemError())")
    }
    // Some file systems know no locks; then there is none.
    if flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw JobFailure(
        message: "\(folder): another popmix works on this output at the moment; wait for it, or "
          + "give --output.",
        code: .occupied)
    }
    return descriptor
  }

  /// A process that is being started may still have the descriptor for a moment, and would keep the
  /// lock with it.
  static func unlock(_ descriptor: Int32) {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func owner(in folder: String) throws -> Owner? {
    guard exists("\(folder)/job.json") else { return nil }
    let bytes = try Data(contentsOf: URL(filePath: "\(folder)/job.json"))
    guard let owner = try? JSONDecoder().decode(Owner.self, from: bytes),
      owner.schema == "popmix-ledger", owner.schemaVersion == Owner.version
    else {
      throw JobFailure(
        message: "\(folder)/job.json: not the head of a ledger that this popmix knows; give "
          + "--restart to begin anew, or --output.",
        code: .occupied)
    }
    // Layout is no matter of the checksum; so the file as a whole is compared.
    guard try text(owner) == Array(bytes) else {
      throw JobFailure(
        message:
          "\(folder)/job.json: has changed since it was written, so that nobody knows whose the "
          + "results are; give --restart to begin anew, or --output.",
        code: .occupied)
    }
    return owner
  }

  private static func text(_ owner: Owner) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    var owner = owner
    owner.checksum = nil
    owner.checksum = sha256(Array(try encoder.encode(owner)))
    return Array(try encoder.encode(owner)) + [UInt8(ascii: "\n")]
  }

  /// Refuses to mix results of different jobs.
  private static func refuse(_ before: Owner, unlike owner: Owner, output: String) throws {
    let differences = [
      ("the job file", before.job, owner.job),
      ("popmix", before.popmixVersion, owner.popmixVersion),
      ("the kind of processor", before.architecture, owner.architecture),
    ].filter { $0.1 != $0.2 }
    guard let (what, old, new) = differences.first else { return }
    let values =
      what == "the job file"
      ? "the job file asks for something else (fingerprint \(new.prefix(16)), there \(old.prefix(16)))"
      : "\(what) is another one (\(new), there \(old))"
    throw JobFailure(
      message: "\(output): has results of another job: \(values), and results are not mixed; give "
        + "--restart to fit all anew and replace them, or --output for another folder.",
      code: .occupied)
  }
}
