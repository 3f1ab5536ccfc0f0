import Glibc
package import MessagePassing

/// What a rank runs, which has to be the same on all of them.
package struct RankDescription: Sendable, Equatable {
  /// Name of the machine.
  package var host: String
  /// Version of popmix.
  package var version: String
  /// A fingerprint of the program's file.
  package var build: String
  /// Name and version of the MPI library.
  package var mpi: String
  /// The kind of processor, in the words of the system.
  package var architecture: String

  package init(host: String, version: String, build: String, mpi: String, architecture: String) {
    self.host = host
    self.version = version
    self.build = build
    self.mpi = mpi
    self.architecture = architecture
  }

  /// The kind of processor of this machine.
  package static var architecture: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return withUnsafePointer(to: &names.machine) {
      $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
    }
  }

  /// Tells what is not the same on all ranks, if anything is.
  /// - Parameter all: by rank.
  package static func difference(_ all: [RankDescription]) -> String? {
    // A build is part of a version: the first that differs says most.
    let aspects: [(String, (RankDescription) -> String, remedy: String)] = [
      ("kinds of processors", \.architecture, "ask for hosts of one kind"),
      (
        "versions of popmix", \.version,
        "install the same on all hosts, or put it on a file system that they share"
      ),
      (
        "builds of popmix", \.build,
        "install the same on all hosts, or put it on a file system that they share"
      ),
      ("MPI libraries", \.mpi, "load the same on all hosts"),
    ]
    for (what, value, remedy) in aspects {
      var values: [(value: String, host: String, ranks: [Int])] = []
      for (rank, description) in all.enumerated() {
        let found = value(description)
        if let place = values.firstIndex(where: { $0.value == found }) {
          values[place].ranks.append(rank)
        } else {
          values.append((found, description.host, [rank]))
        }
      }
      guard values.count > 1 else { continue }
      let list = values.prefix(3).map { "\($0.value) on \($0.host) (\(Self.words($0.ranks)))" }
      return "the ranks have different \(what): " + list.joined(separator: ", ")
        + (values.count > 3 ? " and \(values.count - 3) more" : "")
        + ", expected the same everywhere; \(remedy)."
    }
    return nil
  }

  /// Ranks in words: the first, and how many more.
  private static func words(_ ranks: [Int]) -> String {
    ranks.count == 1
      ? "rank \(ranks[0])"
      : ranks.count == 2
        ? "ranks \(ranks[0]) and \(ranks[1])" : "rank \(ranks[0]) and \(ranks.count - 1) more"
  }
}

extension RankDescription {
  private var fields: [String] { [host, version, build, mpi, architecture] }

  /// Compares what the ranks run; collective.
  /// - Parameters:
  ///   - own: of this rank, whose `build` is found here.
  ///   - file: a number that two ranks have in common only if their program is the same file on the
  ///     same machine.
  ///   - fingerprint: reads the program's file; asked on one of the ranks that have a file in
  ///     common.
  /// - Returns: what is not the same, on all ranks the same text; `nil` if all is.
  package static func difference(
    _ own: RankDescription, file: Int64, fingerprint: () -> String, _ communicator: any Communicator
  ) throws(CommunicationError) -> String? {
    let files = try communicator.allGather(file)
    let first = files.map { files.firstIndex(of: $0)! }
    var own = own
    own.build = first[communicator.rank] == communicator.rank ? fingerprint() : ""
    let texts = try communicator.gather(Array(own.fields.joined(separator: "\0").utf8), root: 0)
    var all: [RankDescription] = []
    for (rank, bytes) in (texts ?? []).enumerated() {
      let fields = String(decoding: bytes, as: UTF8.self)
        .split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
      all.append(
        RankDescription(
          host: fields[0], version: fields[1],
          build: first[rank] < rank ? all[first[rank]].build : fields[2], mpi: fields[3],
          architecture: fields[4]))
    }
    var message = Array((difference(all) ?? "").utf8)
    try communicator.broadcast(&message, root: 0)
    return message.isEmpty ? nil : String(decoding: message, as: UTF8.self)
  }
}
