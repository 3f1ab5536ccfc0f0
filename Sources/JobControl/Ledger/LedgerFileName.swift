import FoundationEssentials
import Glibc
import OutputFolders
import Report

/// The names of a ledger's files; others in its folder are not popmix's.
enum LedgerFileName {
  static func isRecords(_ name: String) -> Bool {
    name.hasPrefix("run-") && name.hasSuffix(".records")
      && name.dropFirst(4).dropLast(8).split(separator: "-", omittingEmptySubsequences: false)
        .enumerated().allSatisfy { $0.offset == 1 ? $0.element == "rank" : isNumber($0.element) }
  }

  static func isCheckpoint(_ name: String) -> Bool {
    let suffixes = [Checkpoints.suffix, Checkpoints.suffix + CheckpointFile.previousSuffix]
    return name.hasPrefix("fit-")
      && suffixes.contains { suffix in
        name.hasSuffix(suffix) && name.utf8.count == 4 + 16 + suffix.utf8.count
          && name.dropFirst(4).prefix(16).allSatisfy(\.isHexDigit)
      }
  }

  static func isLock(_ name: String) -> Bool {
    guard name.hasPrefix(Ledger.partLock) else { return name == "lock" }
    let parts = name.dropFirst(Ledger.partLock.count)
      .split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[1] == "of" && isNumber(parts[0]) && isNumber(parts[2])
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// What such a file begins with; nothing is a lock, and what a killed run may have left.
  fileprivate static func start(of name: String) -> String {
    isCheckpoint(name) ? CheckpointFile.magic : isLock(name) ? "" : "{"
  }
}

// What of a ledger's folder is popmix's.
extension Ledger {
  /// Refuses a folder `ledger` in which files have the names of a ledger's and are none; on the
  /// first rank.
  /// - Throws: `JobFailure`; `OutputError`.
  static func refuseForeign(in output: String) throws {
    let folder = "\(output)/ledger"
    guard let stamp = FileStamp(folder) else { return }
    guard FileStamp(folder, followsLinks: true)?.mode == S_IFDIR else {
      throw OutputError.folder(
        path: folder,
        reason: stamp.isRegular ? "there is a file of that name" : "\(stamp.kind) is there")
    }
    for name in try names(in: folder).sorted()
    where name == "job.json" || LedgerFileName.isRecords(name) || LedgerFileName.isCheckpoint(name)
      || LedgerFileName.isLock(name)
    {
      let path = "\(folder)/\(name)"
      guard let stamp = FileStamp(path) else { continue }
      guard stamp.isRegular else {
        throw JobFailure(
          message:
            "\(path): \(stamp.kind) is there, expected nothing, or a file that popmix has written; remove it, or give "
            + "--output.", code: .cannotCreate)
      }
      guard stamp.bytes == 0 || isOwn(name, path) else {
        throw JobFailure(
          message:
            "\(path): a file is there that popmix has not written, in the place of one of its ledger; move it away, or "
            + "give --output.", code: .occupied)
      }
    }
  }

  /// Whether a file begins as one of its name does.
  private static func isOwn(_ name: String, _ path: String) -> Bool {
    guard name != "job.json" else { return isHead(path) }
    let start = Array(LedgerFileName.start(of: name).utf8)
    guard !start.isEmpty, let file = fopen(path, "re") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: start.count)
    let count = fread(&bytes, 1, bytes.count, file)
    return bytes[..<count].elementsEqual(start)
  }

  /// Whether a file is the head of a ledger, of any version.
  private static func isHead(_ path: String) -> Bool {
    struct Head: Decodable { var schema: String }
    guard let bytes = FileBytes.read(path),
      let head = try? JSONDecoder().decode(Head.self, from: Data(bytes))
    else { return false }
    return head.schema == "popmix-ledger"
  }

  /// The output files that a ledger names, with their bytes; nothing without a ledger.
  static func outputs(of output: String) -> [String: Int] {
    let path = "\(output)/ledger/job.json"
    guard FileStamp(path)?.isRegular == true, let bytes = FileBytes.read(path),
      let owner = try? JSONDecoder().decode(Owner.self, from: Data(bytes)),
      owner.schema == "popmix-ledger"
    else { return [:] }
    return owner.outputs ?? [:]
  }

  /// Removes the locks of parts, which nobody holds while all is locked.
  static func removePartLocks(of folder: String) throws {
    for name in try names(in: folder)
    where name.hasPrefix(partLock) && LedgerFileName.isLock(name) {
      let path = "\(folder)/\(name)"
      if let stamp = FileStamp(path), stamp.isRegular, stamp.bytes == 0 { unlink(path) }
    }
  }

  /// Removes the ledger of an output folder, whose results are not of use any more; on the first
  /// rank.
  /// - Throws: `JobFailure` if another run works on it, or what is there is no ledger.
  static func remove(in output: String) throws {
    let folder = "\(output)/ledger"
    guard FileStamp(folder) != nil else { return }
    try refuseForeign(in: output)
    let descriptor = try lock(folder, "lock")
    defer { unlock(descriptor) }
    OutputFile.sweep(folder, isAlone: true)
    try removePartLocks(of: folder)
    try removeFiles(of: folder)
    unlink("\(folder)/lock")
    rmdir(folder)
  }
}
