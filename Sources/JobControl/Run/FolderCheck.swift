import DataSets
import FoundationEssentials
import Glibc
package import MessagePassing
import OutputFolders
import PopulationData
import Report

/// Whether all hosts see the output folder and the data as the first rank does; asked before
/// anything is computed.
///
/// One rank looks for each host, or for each container or namespace with mounts of its own.
package struct FolderCheck {
  /// Name of this rank's machine.
  let host: String
  let communicator: any Communicator
  /// Seconds between looks at a file that is not there yet, as network file systems show some
  /// changes late.
  let pauses: [Double]

  package init(_ host: String, _ communicator: any Communicator) {
    self.init(
      host: host, communicator: communicator,
      pauses: [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2, 2, 2])
  }

  init(host: String, communicator: any Communicator, pauses: [Double]) {
    self.host = host
    self.communicator = communicator
    self.pauses = pauses
  }

  /// Refuses to begin a fit that would fail for lack of files, folders or room; takes the ledger
  /// away again if it is new. Collective.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  func require(_ ledger: Ledger, _ pieces: [JobPiece]) throws {
    do {
      let toDo = pieces.filter { ledger.found[$0.key] == nil }
      try requireRoom(in: ledger.folder, for: toDo, of: ledger.output)
      guard let looker = try looker() else { return }
      try looker.requireShared(ledger.folder, of: ledger.output)
      try looker.requireData(pieces.filter { $0.start == 1 }.map(\.source))
    } catch let failure as JobFailure {
      if communicator.rank == 0 { try? ledger.withdraw() }
      throw failure
    }
  }

  /// Looks at what a fit would need; nothing stays. Collective.
  /// - Throws: as `require`.
  package func preview(_ job: LoadedJob, output: String) throws {
    guard let looker = try looker() else { return }
    // The output may not be there yet; what is above it is to be shared then.
    let folder = try communicator.shared(Self.existing(output))
    try looker.requireShared(folder, of: output)
    try looker.requireData(job.sources)
  }

  /// The folder, or the lowest one above it that there is.
  private static func existing(_ path: String) -> String {
    var path = path
    while true {
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return path }
      while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
      guard let slash = path.lastIndex(of: "/") else { return "." }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }

  /// `nil` where all ranks see the same files.
  private func looker() throws -> Looker? {
    guard communicator.size > 1 else { return nil }
    let views = try communicator.allGather(ProgramFile.viewOfFiles(host: host))
    guard views.contains(where: { $0 != views[0] }) else { return nil }
    return Looker(
      check: self, looks: views.firstIndex(of: views[communicator.rank]) == communicator.rank,
      firstHost: try communicator.shared(host))
  }

  // MARK: - Room

  /// Refuses if the results clearly do not fit on the disk: what is asked for is less than they
  /// will take.
  private func requireRoom(in folder: String, for pieces: [JobPiece], of output: String) throws {
    _ = try communicator.onFirstRank(failingWith: .cannotCreate) {
      let needed = pieces.reduce(0) { $0 + Self.bytes($1.source) }
      var status = statvfs()
      guard needed > 0, statvfs(folder, &status) == 0 else { return }
      let free = Int(
        clamping: UInt64(status.f_bavail).multipliedReportingOverflow(
          by: UInt64(status.f_frsize)
        ).partialValue)
      // Some file systems do not tell their size.
      guard status.f_blocks > 0, free < needed else { return }
      throw JobFailure(
        message: "\(output): \(Self.size(free)) are free in the output folder on \(host), expected "
          + "at least \(Self.size(needed)) for the results; free some space or give --output.",
        code: .cannotCreate)
    }
  }

  /// A lower bound of what the results of a data set take, in the ledger and in the output files.
  private static func bytes(_ source: DataSetSource) -> Int {
    // Its part of fit.json and iterations.csv, twice; and a row of subjects.csv of each subject is
    // about as long as half of its data.
    let fixed = 16_000
    guard let path = source.path else { return fixed }
    var status = stat()
    return fixed + (stat(path, &status) == 0 ? Int(status.st_size) : 0)
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(bytes / 1000) kB" : "\(significant(Double(bytes) * 1e-6, 3)) MB"
  }
}

/// Looks for one host, or for nobody.
private struct Looker {
  let check: FolderCheck
  /// Whether this rank is the one that looks for its host.
  let looks: Bool
  let firstHost: String

  private var communicator: any Communicator { check.communicator }
  private var isFirst: Bool { communicator.rank == 0 }
  private var here: String { "\(check.host) (rank \(communicator.rank))" }

  /// Refuses a folder that is not the same on all hosts, or cannot be written on some.
  func requireShared(_ folder: String, of output: String) throws {
    let mark = try communicator.shared(UUID().uuidString)
    // The ledger removes files of such names which a killed run has left.
    let path = "\(folder)/.popmix-seen-\(mark).tmp"
    let made = Result {
      try communicator.onFirstRank(failingWith: .cannotCreate) { try make(path, mark, output) }
    }
    defer { if isFirst { unlink(path) } }
    _ = try made.get()
    try onEachHost(failingWith: .cannotCreate) {
      if let reason = reasonNotSeen(path, mark) {
        throw JobFailure(
          message:
            "\(output): is another folder on \(here) than on \(firstHost) (rank 0): a file that was made there "
            + "is not seen (\(reason)), expected a folder that all hosts share; give one by --output.",
          code: .cannotCreate)
      }
      let own = "\(folder)/.popmix-seen-\(mark)-\(communicator.rank).tmp"
      try make(own, mark, output)
      unlink(own)
    }
  }

  private func make(_ path: String, _ text: String, _ output: String) throws(JobFailure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    let isWritten = descriptor >= 0 && write(descriptor, text, text.utf8.count) == text.utf8.count
    let code = errno
    let isKept = descriptor < 0 || (fsync(descriptor) == 0 || errno == EINVAL)
    if descriptor >= 0 { close(descriptor) }
    guard isWritten, isKept else {
      unlink(path)
      throw JobFailure(
        message:
          "\(output): the output folder cannot be written on \(here) (\(String(cString: strerror(code)))); "
          + "give one that all hosts can write by --output.",
        code: .cannotCreate)
    }
  }

  /// Why a file with this text is not seen; `nil` if it is.
  private func reasonNotSeen(_ path: String, _ text: String) -> String? {
    var reason = ""
    for pause in [0] + check.pauses {
      usleep(UInt32(pause * 1e6))
      // To open a folder makes NFS ask the server what is in it.
      for end in path.indices where path[end] == "/" {
        if let folder = opendir(String(path[..<end]) + "/.") { closedir(folder) }
      }
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        reason = String(cString: strerror(errno))
        continue
      }
      let bytes = FileRange.bytes(descriptor, at: 0, count: 64)
      close(descriptor)
      if let bytes, !bytes.isEmpty, String(decoding: bytes, as: UTF8.self) == text { return nil }
      reason = "it has other contents"
    }
    return reason
  }

  /// Refuses data files that are not there on all hosts, or are others there.
  func requireData(_ sources: [DataSetSource]) throws {
    // One that is not seen is one of a folder that is not seen: it need not be every one of ten
    // thousand.
    let all = sources.compactMap(\.path)
    let step = max(1, all.count / 256)
    let paths = stride(from: 0, to: all.count, by: step).map { all[$0] }
    let sizes = try communicator.shared(paths.map(Self.size))
    try onEachHost(failingWith: .noInput) {
      // What the first rank cannot read either is told of when it is read.
      for (path, size) in zip(paths, sizes) {
        guard let size else { continue }
        guard let found = Self.size(path) else {
          throw JobFailure(
            message:
              "\(path): the data file cannot be read on \(here) (\(String(cString: strerror(errno)))), "
              + "but on \(firstHost) (rank 0); put it on a file system that all hosts share.",
            code: .noInput)
        }
        guard found != size else { continue }
        throw JobFailure(
          message:
            "\(path): the data file has \(found) bytes on \(here) and \(size) on \(firstHost) (rank 0), expected "
            + "the same file; put it on a file system that all hosts share.",
          code: .noInput)
      }
    }
  }

  /// Bytes of a file; `nil` if it cannot be read.
  private static func size(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else { return nil }
    return Int(status.st_size)
  }

  /// Does something on the rank that looks for a host; if it fails on some, all throw what the
  /// first of them says.
  private func onEachHost(failingWith status: ExitStatus, _ look: () throws -> Void) throws {
    let result = Result { if looks { try look() } }
    var failing: [Int64] = [0]
    if case .failure = result { failing = [1] }
    try communicator.allReduceSum(&failing)
    guard failing[0] > 0 else { return }
    do { try communicator.onEveryRank(failingWith: status) { try result.get() } } catch {
      guard let failure = error as? JobFailure, failing[0] > 1 else { throw error }
      throw JobFailure(
        message: "\(failure.message) \(failing[0] - 1) more of the hosts cannot use it.",
        code: failure.code)
    }
  }
}
