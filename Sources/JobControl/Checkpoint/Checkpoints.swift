import DataPartition
import DataSets
import Estimation
import Glibc
import JobFiles
import MessagePassing
import OutputFolders
import Report
import Spelling

/// The checkpoints of a job's fits, in the folder of its ledger.
struct Checkpoints {
  /// A checkpoint that an earlier run has left.
  struct Found {
    let path: String
    let iterations: Int
    let sha256: String?
  }

  let folder: String
  let owner: Ledger.Owner
  /// Of the pieces that were stopped in the middle.
  private(set) var found: [Piece: Found] = [:]

  /// Looks for checkpoints of pieces that remain to be done and checks them whole; those of the
  /// others are removed. Collective.
  /// - Throws: `JobFailure` if one is damaged or another job's.
  init(
    ledger: Ledger, pieces all: [JobPiece], remaining pieces: [JobPiece], plan: RunPlan,
    communicator: any Communicator
  ) throws {
    let shape = SavedFitShape(model: plan.model, settings: plan.settings)
    folder = ledger.folder
    owner = ledger.owner
    let folder = folder
    struct Listed: Codable {
      let piece: Int
      let file: String
    }
    let own = try communicator.onFirstRank(failingWith: .inputOutput) { () -> [Listed] in
      let there = Set(try Ledger.checkpointFiles(in: folder))
      var listed: [Listed] = []
      for (number, piece) in pieces.enumerated() where !there.isEmpty {
        let name = Self.name(of: piece.key)
        let chosen = [name, name + CheckpointFile.previousSuffix].first { there.contains($0) }
        if let chosen { listed.append(Listed(piece: number, file: chosen)) }
      }
      // A run that was killed when it had done a fit has left its checkpoint.
      let isOpen = Set(there.isEmpty ? [] : pieces.map(\.key))
      for piece in all where !there.isEmpty && !isOpen.contains(piece.key) {
        Self.remove(piece.key, in: folder)
      }
      return listed
    }
    let listed = try communicator.shared(own ?? [])
    guard !listed.isEmpty else { return }
    var found: [Piece: Found] = [:]
    try communicator.onEveryRank(failingWith: .occupied) {
      for one in listed {
        let piece = pieces[one.piece]
        let path = "\(folder)/\(one.file)"
        try Self.refusing(path, piece) { () throws(CheckpointFault) in
          let reader = try CheckpointReader(path: path)
          try Self.compare(reader.index.identity, owner, piece.key)
          try reader.verify(shape) { $0 % communicator.size == communicator.rank }
          found[piece.key] = Found(
            path: path, iterations: reader.index.iterations,
            sha256: reader.index.identity.sha256)
        }
      }
      // Each rank looks at some of the data.
      for (number, (piece, checkpoint)) in found.sorted(by: { $0.value.path < $1.value.path })
        .enumerated() where number % communicator.size == communicator.rank
      {
        guard let old = checkpoint.sha256,
          let path = pieces.first(where: { $0.key == piece })?.source.path,
          let new = fileDigest(path), new != old
        else { continue }
        throw JobFailure(
          message: "\(path): has changed since its fit was stopped in the middle (SHA-256 "
            + "\(new.prefix(16))…, then \(old.prefix(16))…); give --restart to fit all anew, or --output "
            + "for another folder.",
          code: .occupied)
      }
    }
    self.found = found
  }

  /// Makes of a fault what to tell the user.
  private static func refusing(
    _ path: String, _ piece: JobPiece, _ work: () throws(CheckpointFault) -> Void
  ) throws(JobFailure) {
    do { try work() } catch {
      let suffix = CheckpointFile.previousSuffix
      let previous = path.hasSuffix(suffix) ? nil : try? CheckpointReader(path: path + suffix)
      let wayOut =
        previous.map {
          "Remove it to go on from the one before it (\(path + suffix), after "
            + "\(counted($0.index.iterations, "iteration")))"
        } ?? "Remove it to begin this fit anew"
      throw JobFailure(
        message:
          "\(path): the checkpoint of \(piece.key.text) \(error). \(wayOut), or give --restart to fit "
          + "all anew.",
        code: .occupied)
    }
  }

  private static func compare(
    _ found: CheckpointFile.Identity, _ owner: Ledger.Owner, _ piece: Piece
  ) throws(CheckpointFault) {
    // With its type, which the compiler needs 16 seconds to find.
    let comparisons: [(what: String, found: String, own: String)] = [
      ("popmix", found.popmixVersion, owner.popmixVersion),
      ("the kind of processor", found.architecture, owner.architecture),
      ("the job, by its fingerprint,", String(found.job.prefix(16)), String(owner.job.prefix(16))),
      ("the data set", found.dataSet, piece.name),
      ("the start", "\(found.start)", "\(piece.start)"),
    ]
    guard let (what, other, own) = comparisons.first(where: { $0.found != $0.own }) else { return }
    throw CheckpointFault("is of another fit: \(what) is \(other) there, and \(own) here")
  }

  /// The name of a piece's file.
  static func name(of piece: Piece) -> String {
    "fit-\(sha256(Array("\(piece.name)\0\(piece.start)".utf8)).prefix(16))\(suffix)"
  }

  static let suffix = ".checkpoint"

  private func path(of piece: Piece) -> String { "\(folder)/\(Self.name(of: piece))" }

  /// A fit that was stopped, as the ranks of a group need it to go on; collective.
  /// - Parameter share: of this rank.
  /// - Throws: `JobFailure`.
  func saved(_ piece: Piece, share: DatasetShare, group: any Communicator) throws -> SavedFit? {
    guard let path = found[piece]?.path else { return nil }
    return try group.onEveryRank(failingWith: .occupied) {
      let reader = try CheckpointReader(path: path)
      guard reader.index.identity == identity(of: piece, share) else {
        throw JobFailure(
          message:
            "\(path): the checkpoint of \(piece.text) is of other data; give --restart to fit all anew.",
          code: .occupied)
      }
      guard reader.index.identity.subjects == share.subjectCount else {
        throw JobFailure(
          message: "\(path): the checkpoint of \(piece.text) is of other subjects; give --restart.",
          code: .occupied)
      }
      let own = share.firstIndex..<share.firstIndex + share.subjects.count
      return SavedFit(
        state: try reader.state(), subjectStates: try reader.states(own),
        keptRows: try reader.keptRows(own))
    }
  }

  /// Writes where a fit stands; collective over its group.
  func save(
    _ fit: FitSnapshot, of piece: Piece, share: DatasetShare, group: any Communicator
  ) throws {
    try CheckpointFile.write(
      fit, of: identity(of: piece, share), to: path(of: piece), by: group)
  }

  private func identity(of piece: Piece, _ share: DatasetShare) -> CheckpointFile.Identity {
    CheckpointFile.Identity(
      job: owner.job, popmixVersion: owner.popmixVersion, architecture: owner.architecture,
      dataSet: piece.name, start: piece.start, sha256: share.sha256,
      fingerprint: share.fingerprint, subjects: share.subjectCount)
  }

  /// Removes the files of a fit that is done.
  func remove(_ piece: Piece) { Self.remove(piece, in: folder) }

  private static func remove(_ piece: Piece, in folder: String) {
    let path = "\(folder)/\(name(of: piece))"
    for suffix in ["", CheckpointFile.previousSuffix] { unlink(path + suffix) }
  }
}

extension Piece {
  /// For messages.
  var text: String { start > 1 ? "\(name), start \(start)," : name }
}
