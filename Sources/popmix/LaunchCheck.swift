import Glibc
import JobControl
import MPIBackend
import MessagePassing
import OutputFolders

/// Refuses what cannot go well before anything is read: ranks that do not see each other, hosts
/// that run different programs.
struct LaunchCheck {
  let launch = Launch.current

  /// Ends this process if it is one of several that do not see each other; the first of them says
  /// why.
  func refuseStrangers() {
    guard case .stranger(let stranger) = launch else { return }
    if stranger.number ?? 0 == 0 {
      Program.complain(
        "popmix: \(stranger.launcher) has started \(stranger.count) processes that do not see each other, "
          + "expected ranks of \(library); \(remedy) "
          + "For runs of one process each set \(Launch.separateVariable)=1.")
    }
    exit(ExitStatus.unavailable.rawValue)
  }

  /// Compares what the ranks are; collective.
  /// - Throws: `JobFailure` if they cannot work together, `CommunicationError`.
  func compare(_ communicator: any Communicator) throws {
    try refuseMissingRanks(communicator)
    guard communicator.size > 1 else { return }
    try refuseOtherCommands(communicator)
    let own = RankDescription(
      host: MPIEnvironment.hostName, version: PopmixCommand.version, build: "",
      mpi: MPIEnvironment.libraryVersion.firstWords, architecture: RankDescription.architecture)
    let difference = try RankDescription.difference(
      own, file: ProgramFile.identity(host: own.host), fingerprint: { ProgramFile.fingerprint },
      communicator)
    if let difference {
      throw JobFailure(message: "popmix: \(difference)", code: .unavailable)
    }
  }

  /// Refuses ranks with another command line than the first one's: they would wait for messages
  /// that nobody sends, or take one for another.
  private func refuseOtherCommands(_ communicator: any Communicator) throws {
    let own = CommandLine.arguments.dropFirst().joined(separator: " ")
    // A short message of one size, whatever the others do.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for argument in CommandLine.arguments.dropFirst() {
      for byte in Array(argument.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    let hashes = try communicator.allGather(Int64(bitPattern: hash))
    guard let other = hashes.firstIndex(where: { $0 != hashes[0] }) else { return }
    let commands = try communicator.gathered(own)
    let texts = [0, other].map { rank in
      let text = rank < commands.count ? commands[rank] : ""
      return "'popmix \(text.prefix(200))' on rank \(rank)"
    }
    throw JobFailure(
      message:
        "popmix: the ranks have different commands: \(texts.joined(separator: ", ")); start all of "
        + "them with the same command line.",
      code: .usage)
  }

  /// Refuses words of the command line that are not UTF-8: what stands in their place is the name
  /// of another file, or of none.
  /// - Throws: `JobFailure`, on all ranks, as all have the same command line.
  static func refuseOtherEncodings() throws(JobFailure) {
    for number in 1..<max(Int(CommandLine.argc), 1) {
      guard let word = CommandLine.unsafeArgv[number], String(validatingCString: word) == nil
      else { continue }
      let bytes = UnsafeBufferPointer(start: word, count: strlen(word)).map {
        UInt8(bitPattern: $0)
      }
      let shown = bytes.map { byte in
        (0x20..<0x7F).contains(byte)
          ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
      }.joined()
      throw JobFailure(
        message:
          "popmix: word \(number) of the command line, '\(shown)', is not UTF-8 text; rename the file, "
          + "or give it a second name in ASCII: ln -s $'\(shown)' NAME.",
        code: .usage)
    }
  }

  /// Refuses to work as fewer ranks than the launcher has started, where the MPI library does not
  /// understand it.
  private func refuseMissingRanks(_ communicator: any Communicator) throws {
    guard case .rank(let number, let count?) = launch, communicator.size < count else { return }
    let message =
      "popmix: the launcher has started \(count) ranks, but MPI counts \(communicator.size), so they do not see each "
      + "other, expected ranks of \(library); \(remedy)"
    // Those that are alone would all say so.
    throw JobFailure(
      message: communicator.size == 1 && (number ?? 0) > 0 ? "" : message, code: .unavailable)
  }

  private var library: String { MPIEnvironment.libraryVersion.firstWords }

  private var remedy: String {
    let usesPMIx = Launch.Library(version: MPIEnvironment.libraryVersion) == .pmix
    let command = usesPMIx ? "mpirun" : "mpiexec"
    let isInSlurm = getenv("SLURM_JOB_ID") != nil
    return isInSlurm
      ? "start them by srun --mpi=\(usesPMIx ? "pmix" : "pmi2"), or by the \(command) of that library."
      : "start them by the \(command) of that library."
  }
}

extension String {
  /// The library's name and version, without who has built it.
  fileprivate var firstWords: String {
    String(prefix { $0 != "," && $0 != "\n" }.map { $0 == "\t" ? " " : $0 })
  }
}
