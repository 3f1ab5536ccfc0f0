import Glibc
import MessagePassing
import Report
import Spelling

/// The files of an output folder, and those elsewhere that belong to it. All that popmix writes
/// there or removes goes through it, on the first rank, and by one rule: a file is replaced or
/// removed if the folder's list names it and it is as it was written.
package final class OutputFiles {
  package let folder: String
  private let findInputs: () -> InputFiles
  /// Whether the user wants files replaced that popmix has not written.
  package let replaces: Bool
  package lazy var paths = OutputPaths(folder)
  package lazy var inputs = findInputs()
  /// Digests of files, as long as they are unchanged.
  private var digests: [FileStamp: FileState] = [:]
  package let ledger: FolderLedger
  private var withoutList: WrittenFiles?
  /// What this run has written.
  package var written: Set<String> = []

  /// Nothing is looked at yet, as there is one on each rank.
  /// - Parameter inputs: what no output may replace.
  package init(
    _ folder: String, ledger: FolderLedger,
    inputs: @escaping @autoclosure () -> InputFiles = InputFiles(), replaces: Bool = false
  ) {
    self.folder = folder
    self.ledger = ledger
    self.replaces = replaces
    findInputs = inputs
  }

  /// Of a report.
  /// - Parameter inputs: files that it is made of, each with what it is for the job.
  package convenience init(
    report folder: String, inputs: [(path: String, name: String)], replaces: Bool
  ) {
    self.init(folder, ledger: .none, inputs: InputFiles(inputs), replaces: replaces)
  }

  /// Writes all files of a report, and removes those of earlier ones.
  /// - Returns: what to tell of files that stay.
  package func writeReport(
    _ files: [(target: OutputTarget, bytes: [UInt8])]
  ) throws -> [String] {
    try write(files, as: .report)
    return try removeOthers(of: [.report])
  }

  // MARK: - What is there

  package func list() throws -> WrittenFiles {
    if let list = try WrittenFiles.read(in: folder) { return list }
    // Looked for once, as a ledger that begins anew forgets it.
    let known = withoutList ?? WrittenFiles.without(listIn: folder, ledger)
    withoutList = known
    return known
  }

  package func inPlace(_ path: String, _ entry: WrittenFiles.Entry?) -> FileInPlace {
    guard let stamp = FileStamp(path) else { return .nothing }
    guard stamp.isRegular else { return .special(stamp.kind) }
    if let name = inputs.name(of: stamp) { return .input(name) }
    guard let entry else { return .foreign }
    guard [entry.state.bytes, entry.next?.bytes].contains(stamp.bytes) else { return .edited(nil) }
    let state = digests[stamp] ?? FileState(ofFile: path)
    digests[stamp] = state
    guard let state, entry.holds(state) else { return .edited(state) }
    return .own(state)
  }

  /// Refuses paths that hold what is not to be replaced.
  /// - Parameter sweeps: whether to remove what dead runs have left in the folders.
  /// - Throws: `JobFailure` about the gravest of them; `OutputError`.
  package func require(_ targets: [OutputTarget], sweeps: Bool = true) throws {
    let list = try list()
    try refuseFolders(of: targets, sweeps: sweeps)
    var seen: Set<String> = []
    var failures: [JobFailure] = []
    for target in targets {
      let key = paths.key(target.path)
      try refuseReserved(target, key, isTwice: !seen.insert(key).inserted)
      let found = inPlace(target.path, list.files[key])
      if !found.isFree(replacing: replaces) {
        failures.append(found.failure(target, entry: list.files[key]))
      }
    }
    guard let first = failures.first(where: { $0.code != .occupied }) ?? failures.first else {
      return
    }
    let more = failures.count - 1
    throw JobFailure(
      message: first.message + (more > 0 ? " \(counted(more, "more path")) cannot be used." : ""),
      code: first.code)
  }

  /// Whether nothing is at a path, or a file as popmix has written it.
  package func isFree(_ path: String) throws -> Bool {
    inPlace(path, try list().files[paths.key(path)]).isFree(replacing: false)
  }

  /// Whether files of the folder are as popmix has written them.
  package func areUnchanged(_ names: [String]) throws -> Bool {
    let list = try list()
    return names.allSatisfy { name in
      let path = "\(folder)/\(name)"
      if case .own = inPlace(path, list.files[paths.key(path)]) { return true }
      return false
    }
  }

  private func refuseReserved(
    _ target: OutputTarget, _ key: String, isTwice: Bool
  ) throws(JobFailure) {
    let isKept =
      key == WrittenFiles.name || ["ledger/", "logs/"].contains(where: key.hasPrefix)
    guard isKept || isTwice else { return }
    throw JobFailure(
      message: "\(target.path): "
        + (isTwice
          ? "two outputs would be written there"
          : "is a path of the records of popmix, and an output would be written there")
        + "; \(target.origin.remedy).", code: .jobFile)
  }

  /// Refuses folders that cannot be made or written; sweeps those that can.
  private func refuseFolders(of targets: [OutputTarget], sweeps: Bool) throws(OutputError) {
    var seen: Set<String> = []
    for parent in [folder] + targets.map({ OutputPaths.split($0.path).parent })
    where seen.insert(parent).inserted {
      var path = parent
      while true {
        if let stamp = FileStamp(path, followsLinks: true) {
          guard stamp.mode == S_IFDIR else {
            let kind = stamp.isRegular ? "there is a file of that name" : "\(stamp.kind) is there"
            throw .folder(path: path, reason: kind)
          }
          guard access(path, W_OK | X_OK) == 0 else {
            throw .folder(path: path, reason: String(cString: strerror(errno)))
          }
          if path == parent, sweeps { OutputFile.sweep(path) }
          break
        }
        let code = errno
        // What is above says more.
        let above = OutputPaths.split(path).parent
        guard code == ENOENT || code == ENOTDIR, FileStamp(path) == nil, above != path else {
          throw .folder(path: path, reason: String(cString: strerror(code)))
        }
        path = above
      }
    }
  }

  // MARK: - Writing

  /// Writes files that appear all together.
  /// - Throws: `JobFailure`; `OutputError`.
  package func write(
    _ files: [(target: OutputTarget, bytes: [UInt8])], as kind: WrittenFiles.Kind
  ) throws {
    var staged: [StagedFile] = []
    do {
      for file in files { staged.append(try Self.stage(file.bytes, for: file.target.path)) }
    } catch {
      Self.discard(staged)
      throw error
    }
    try place(staged, origins: files.map(\.target.origin), as: kind)
  }

  /// Writes a temporary file, whose folder is made.
  package static func stage(_ bytes: [UInt8], for path: String) throws -> StagedFile {
    let parent = OutputPaths.split(path).parent
    try OutputFile.makeFolder(parent)
    return StagedFile(
      path: path, temporary: try OutputFile.stage(bytes, for: path), state: FileState(bytes))
  }

  package static func discard(_ staged: [StagedFile]) {
    for file in staged { unlink(file.temporary) }
  }

  /// Gives temporary files their names, and lists them.
  /// - Parameter origins: of each; of all if it is one.
  /// - Throws: `JobFailure` if something has come into their place that is not to be replaced; then
  ///   none has got its name.
  package func place(
    _ staged: [StagedFile], origins: [OutputTarget.Origin], as kind: WrittenFiles.Kind
  ) throws {
    guard !staged.isEmpty else { return }
    var isPlaced = false
    defer { if !isPlaced { Self.discard(staged) } }
    var list = try list()
    let keys = staged.map { paths.key($0.path) }
    var replacing: [Bool] = []
    for (number, file) in staged.enumerated() {
      let found = inPlace(file.path, list.files[keys[number]])
      guard found.isFree(replacing: replaces) else {
        let target = OutputTarget(file.path, origins[origins.count > 1 ? number : 0])
        throw found.failure(target, entry: list.files[keys[number]])
      }
      if case .nothing = found { replacing.append(false) } else { replacing.append(true) }
      var entry = WrittenFiles.Entry(kind: kind, state: file.state)
      if case .own(let state) = found { (entry.state, entry.next) = (state, file.state) }
      list.files[keys[number]] = entry
    }
    // A run that is killed from here on leaves files that the list knows.
    try list.write(in: folder)
    for (number, file) in staged.enumerated() {
      try OutputFile.move(file.temporary, to: file.path, replacing: replacing[number])
      list.files[keys[number]] = WrittenFiles.Entry(kind: kind, state: file.state)
      if let stamp = FileStamp(file.path) { digests[stamp] = file.state }
    }
    isPlaced = true
    written.formUnion(keys)
    try list.write(in: folder)
  }
}
