import FoundationEssentials
import Glibc
import Report

/// The list of what popmix has written, `popmix-files.json` in an output folder: what is in it, and
/// unchanged since, may be replaced and removed; nothing else may.
package struct WrittenFiles: Codable {
  package static let name = "popmix-files.json"

  /// What has written a file: a command, or a format of another program by its name.
  package struct Kind: RawRepresentable, Codable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let fit = Kind(rawValue: "fit")
    package static let bootstrap = Kind(rawValue: "bootstrap")
    package static let components = Kind(rawValue: "components")
    package static let study = Kind(rawValue: "study")
    package static let simulation = Kind(rawValue: "simulation")
    package static let report = Kind(rawValue: "report")
  }

  package struct Entry: Codable {
    package var kind: Kind
    var state: FileState
    /// What takes its place at the moment: a run that is killed meanwhile leaves one or the other.
    var next: FileState?
    /// Whether it is of a job that was begun anew since.
    var isStale: Bool?

    package func holds(_ state: FileState) -> Bool { state == self.state || state == next }
  }

  package var schema = "popmix-files"
  package var schemaVersion = 1
  /// By the path from the folder of the list.
  package var files: [String: Entry] = [:]
  /// Output folders of fits that belong to these results, such as `bootstrap`, and whether they are
  /// of a job that was begun anew since.
  package var folders: [String: Bool] = [:]

  /// Reads the list of a folder.
  /// - Returns: `nil` without one.
  /// - Throws: `JobFailure` if what is there is none.
  package static func read(in folder: String) throws(JobFailure) -> WrittenFiles? {
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

  package func write(in folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try OutputFile.write(
      Array(try encoder.encode(self)) + [UInt8(ascii: "\n")], to: "\(folder)/\(Self.name)")
  }

  /// What is known of a folder without a list: the files of its ledger that are as long as it says,
  /// and `run.json`.
  package static func without(listIn folder: String, _ ledger: FolderLedger) -> WrittenFiles {
    var list = WrittenFiles()
    for (file, bytes) in ledger.outputs(folder) {
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

/// What the ledger of an output folder does for its files, where there may be one.
package struct FolderLedger: Sendable {
  /// The output files that it names, with their bytes; nothing without a ledger.
  package let outputs: @Sendable (_ folder: String) -> [String: Int]
  /// Removes it, as the results are not of use any more.
  package let remove: @Sendable (_ folder: String) throws -> Void

  package init(
    outputs: @escaping @Sendable (_ folder: String) -> [String: Int],
    remove: @escaping @Sendable (_ folder: String) throws -> Void
  ) {
    self.outputs = outputs
    self.remove = remove
  }

  /// Of folders that are no fit's.
  package static let none = FolderLedger(outputs: { _ in [:] }, remove: { _ in })
}
