import FoundationEssentials
import Glibc
import MessagePassing
package import OutputFolders
import Report
import Spelling
import Synchronization

/// What one rank has done and when, a line for each event in a file of its own; for those who look
/// for slow or lost hosts.
///
/// Nothing is opened, and no line is put together, unless logs are asked for. A log that cannot be
/// written ends no fit.
package final class RankLog: Sendable {
  /// Writes nothing.
  package static let none = RankLog(isWanted: false, host: "") { _ in }

  private let isWanted: Bool
  private let host: String
  /// Is told once if the log cannot be written.
  private let warn: @Sendable (String) -> Void
  private let file = Mutex(File())

  private struct File {
    var descriptor: Int32 = -1
    var path = ""
    var rank = 0
    let opened = ContinuousClock.now
    /// Of the piece of work at hand.
    var piece = ""
    var begun = ContinuousClock.now
    var waited = 0.0
  }

  /// - Parameter host: name of this rank's machine.
  package init(isWanted: Bool, host: String, warn: @escaping @Sendable (String) -> Void) {
    self.isWanted = isWanted
    self.host = host
    self.warn = warn
  }

  deinit { file.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

  /// Opens the log of this rank in the folder `logs` of the output, behind what earlier runs have
  /// written; collective.
  func open(in output: String, _ communicator: any Communicator) throws(CommunicationError) {
    guard isWanted else { return }
    let folder = "\(output)/logs"
    var path = folder
    var reason: String?
    do throws(OutputError) { try OutputFile.makeFolder(folder) } catch {
      if case .folder(_, let words) = error { reason = Self.text(folder, words) }
    }
    var descriptor: Int32 = -1
    if reason == nil {
      (path, descriptor) = Self.open(in: folder, rank: communicator.rank)
      if descriptor < 0 { reason = Self.words(path) }
    }
    // Of a thousand ranks without a folder one speaks.
    if let failure = try communicator.agree(reason.map { ($0, 0) }), communicator.rank == 0 {
      warn("Warning: \(failure.message) The fit goes on without the logs of ranks.")
    }
    file.withLock {
      $0.descriptor = descriptor
      $0.path = path
      $0.rank = communicator.rank
    }
    note("started as process \(getpid()) of \(communicator.size) ranks, \(Self.cores)")
  }

  /// Opens the first of `rank-000000.log`, `rank-000000.2.log` … that is not there, or is a log of
  /// that rank.
  private static func open(in folder: String, rank: Int) -> (path: String, descriptor: Int32) {
    let digits = "\(rank)"
    let name = "\(folder)/rank-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    var path = "\(name).log"
    var number = 1
    while FileStamp(path) != nil, !isLog(path, rank: rank), number < 1000 {
      number += 1
      path = "\(name).\(number).log"
    }
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    return (path, Glibc.open(path, flags, 0o666))
  }

  private static func isLog(_ path: String, rank: Int) -> Bool {
    guard FileStamp(path)?.isRegular == true, let file = fopen(path, "re") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return false }
    let text = String(
      decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.contains("Z rank \(rank) on ")
  }

  /// Writes a line about an event.
  package func note(_ event: @autoclosure () -> String) {
    guard isWanted else { return }
    file.withLock { write(event(), &$0) }
  }

  /// A piece of work begins.
  func begins(_ name: String, start: Int, ranks: Int, _ tally: CommunicationTally) {
    guard isWanted else { return }
    file.withLock {
      ($0.begun, $0.waited) = (.now, tally.seconds)
      $0.piece = name + (start > 1 ? ", start \(start)" : "")
      write("begins \($0.piece)" + (ranks > 1 ? ", one of \(ranks) ranks" : ""), &$0)
    }
  }

  /// The data of the piece are read.
  func read(subjects: Int, of all: Int) {
    guard isWanted else { return }
    file.withLock {
      write("has read \(subjects) of \(counted(all, "subject")), \(Self.seconds($0.begun))", &$0)
    }
  }

  /// A piece of work is done.
  func ends(_ status: String, _ tally: CommunicationTally) {
    guard isWanted else { return }
    file.withLock {
      let waited = tally.seconds - $0.waited
      let all = $0.begun.duration(to: .now).seconds
      write(
        "ends \($0.piece): \(status), \(fixed(all - waited, 3)) s working, \(fixed(waited, 3)) s waiting",
        &$0)
    }
  }

  /// Does all of the work, and writes how it ended.
  package func closing(_ work: () throws -> ExitStatus) throws -> ExitStatus {
    let result = Result { try work() }
    switch result {
    case .success(let code): note("ended with code \(code.rawValue)")
    case .failure(let failure as JobFailure):
      note("ended with code \(failure.code.rawValue): \(failure)")
    case .failure(let error): note("failed: \(error)")
    }
    return try result.get()
  }

  private func write(_ event: String, _ file: inout File) {
    guard file.descriptor >= 0 else { return }
    let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    // A name in a user's files may hold the end of a line.
    let text = event.split(separator: "\n", omittingEmptySubsequences: false).joined(
      separator: "\\n")
    let line = "\(time) rank \(file.rank) on \(host): \(text)\n"
    let count = line.utf8.count
    guard Glibc.write(file.descriptor, line, count) == count else {
      warn("Warning: \(Self.words(file.path)) The fit goes on without the log of this rank.")
      close(file.descriptor)
      file.descriptor = -1
      return
    }
  }

  /// What the system says of the last failure.
  private static func words(_ path: String) -> String {
    text(path, String(cString: strerror(errno)))
  }

  private static func text(_ path: String, _ reason: String) -> String {
    "\(path): the log cannot be written (\(reason))."
  }

  private static func seconds(_ begin: ContinuousClock.Instant) -> String {
    "\(fixed(begin.duration(to: .now).seconds, 3)) s"
  }

  /// The cores on which this process may run.
  private static var cores: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let label = "Cpus_allowed_list:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else {
      return "on unknown cores"
    }
    return "on cores \(line.dropFirst(label.count).drop { $0 == "\t" || $0 == " " })"
  }
}
