import FoundationEssentials
import Glibc
import Report

/// The list of what popmix has written, `popmix-files.json` in an output folder: what is in it, and unchanged since, may be replaced
/// and removed; nothing else may.
struct WrittenFiles: Codable {
  static let name = "popmix-files.json"

  /// What has written a file.
  enum Kind: String, Codable {
    case fit, nonmem, bootstrap, components, study, simulation, report
  }

  struct Entry: Codable {
    var kind: Kind
    var state: FileState
    /// What takes its place at the moment: a run that is killed meanwhile leaves one or the other.
    var next: FileState?
    /// Whether it is of a job that was begun anew since.
    var isStale: Bool?

    func holds(_ state: FileState) -> Bool { state == self.state || state == next }
  }

  var schema = "popmix-files"
  var schemaVersion = 1
  /// By the path from the folder of the list.
  var files: [String: Entry] = [:]
  /// Output folders of fits that belong to these results, such as `bootstrap`, and whether they are of a job that was begun anew since.
  var folders: [String: Bool] = [:]

  /// Reads the list of a folder.
  /// - Returns: `nil` without one.
  /// - Throws: `JobFailure` if what is there is none.
  static func read(in folder: String) throws(JobFailure) -> WrittenFiles? {
    let path = "\(folder)/\(name)"
    guard let stamp = FileStamp(path) else { return nil }
    guard stamp.isRegular, let bytes = FileBytes.read(path),
      let list = try? JSONDecoder().decode(WrittenFiles.self, from: Data(bytes)),
      list.schema == "popmix-files", list.schemaVersion == 1
    else {
      throw JobFailure(
        message:
          "\(path): \(stamp.isRegular ? "a file" : stamp.kind) that is no list of this popmix, expected the list of what it "
          + "has written; move it away, or give --output.", code: .occupied)
    }
    return list
  }

  func write(in folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try OutputFile.write(
      Array(try encoder.encode(self)) + [UInt8(ascii: "\n")], to: "\(folder)/\(Self.name)")
  }

  /// What an earlier version without a list has written: the files of the ledger that are as long as it says, and `run.json`.
  static func ofEarlierVersion(in folder: String) -> WrittenFiles {
    var list = WrittenFiles()
    for (file, bytes) in Ledger.outputs(of: folder) {
      guard let state = FileState(ofFile: "\(folder)/\(file)"), state.bytes == bytes else {
        continue
      }
      list.files[file] = Entry(kind: .fit, state: state)
    }
    let run = "\(folder)/run.json"
    if let state = FileState(ofFile: run), let bytes = FileBytes.read(run),
      (try? RunDocument(json: bytes, path: run)) != nil
    {
      list.files["run.json"] = Entry(kind: .fit, state: state)
    }
    return list
  }
}
