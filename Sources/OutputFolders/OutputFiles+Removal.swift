import Glibc

// What popmix removes.
extension OutputFiles {
  /// Marks all that earlier runs have written as that of another job: what is not written again is
  /// removed in the end.
  package func beginAnew() throws {
    var list = try list()
    for key in list.files.keys { list.files[key]?.isStale = true }
    for key in list.folders.keys { list.folders[key] = true }
    // That of the report is not in the list, as it can be anywhere.
    if FileStamp("\(folder)/report/\(WrittenFiles.name)") != nil { list.folders["report"] = true }
    guard !list.files.isEmpty || !list.folders.isEmpty else { return }
    try list.write(in: folder)
  }

  /// Removes what earlier runs have written and this one has not: files of that kind, and all that
  /// is of another job.
  /// - Parameters:
  ///   - kinds: of which this run has written all that there is.
  ///   - folders: output folders below this one that are still of use.
  /// - Returns: what to tell of files that have been changed since and stay.
  package func removeOthers(of kinds: [WrittenFiles.Kind], folders: [String] = []) throws
    -> [String]
  {
    var list = try list()
    for name in folders { list.folders[name] = false }
    let old = list.files.filter {
      !written.contains($0.key) && (kinds.contains($0.value.kind) || $0.value.isStale == true)
    }
    var notes: [String] = []
    for (key, entry) in old.sorted(by: { $0.key < $1.key }) {
      let path = paths.path(key)
      switch inPlace(path, entry) {
      case .nothing: break
      case .own:
        unlink(path)
        removeEmptyFolders(above: key)
      default:
        notes.append(
          "\(path): is of earlier results and would be removed, but has been changed since; it stays."
        )
      }
      list.files[key] = nil
    }
    for (name, isStale) in list.folders where isStale {
      notes += try removeAll(in: name)
      list.folders[name] = nil
    }
    try list.write(in: folder)
    return notes
  }

  /// Removes an output folder below this one, as far as it was written by popmix.
  private func removeAll(in name: String) throws -> [String] {
    let path = "\(folder)/\(name)"
    guard FileStamp("\(path)/\(WrittenFiles.name)") != nil else { return [] }
    let below = OutputFiles(path, ledger: ledger, inputs: self.inputs)
    try below.beginAnew()
    let notes = try below.removeOthers(of: [])
    try ledger.remove(path)
    unlink("\(path)/\(WrittenFiles.name)")
    rmdir(path)
    removeEmptyFolders(above: name)
    return notes
  }

  private func removeEmptyFolders(above key: String) {
    var parent = OutputPaths.split(key).parent
    while parent != ".", !parent.hasPrefix("..") {
      guard rmdir("\(folder)/\(parent)") == 0 else { return }
      parent = OutputPaths.split(parent).parent
    }
  }
}
