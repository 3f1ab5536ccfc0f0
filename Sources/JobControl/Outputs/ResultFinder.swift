import Glibc
import JobFiles
import OutputFolders
import Spelling

/// Tells results of popmix from data, among the files that a glob finds: those that the list of an
/// output folder names, and that are as they were written. Data that popmix has drawn are data.
struct ResultFinder {
  private let outputs: [String]
  /// Of the job file.
  private let folder: String
  private var lists: [String: (list: WrittenFiles, paths: OutputPaths)?] = [:]
  private(set) var found: Set<String> = []

  /// - Parameters:
  ///   - outputs: output folders to look in, in addition to those in which the files are.
  ///   - folder: of the job file, with a `/` at its end or empty.
  init(outputs: [String], folder: String) {
    self.outputs = outputs
    self.folder = folder
  }

  /// Whether a file is a result of popmix.
  mutating func isResult(_ path: String) -> Bool {
    for output in outputs + folders(above: path) where names(output, path) {
      found.insert(path)
      return true
    }
    return false
  }

  var notices: [String] {
    guard let first = found.min() else { return [] }
    return [
      found.count == 1
        ? "\(first): is a result of popmix, and no data that `data.files` finds; it is left out."
        : "\(first) and \(counted(found.count - 1, "other file")): are results of popmix, and no data that `data.files` finds; they are "
          + "left out."
    ]
  }

  private mutating func names(_ output: String, _ path: String) -> Bool {
    let known = lists[output] ?? read(output)
    lists[output] = .some(known)
    guard case (let list, var paths)? = known else { return false }
    let key = paths.key(path)
    lists[output] = .some((list, paths))
    guard let entry = list.files[key], entry.kind != .simulation else { return false }
    return FileState(ofFile: path).map(entry.holds) ?? false
  }

  private func read(_ output: String) -> (list: WrittenFiles, paths: OutputPaths)? {
    guard let list = try? WrittenFiles.read(in: output) ?? .without(listIn: output, .ofFits) else {
      return nil
    }
    return (list, OutputPaths(output))
  }

  /// That of the file and those above it, up to that of the job file.
  private func folders(above path: String) -> [String] {
    var folders: [String] = []
    var parent = OutputPaths.split(path).parent
    let top = folder.isEmpty ? "." : String(folder.dropLast())
    while folders.count < 8 {
      folders.append(parent)
      let above = OutputPaths.split(parent).parent
      if parent == top || above == parent { break }
      parent = above
    }
    return folders
  }
}
