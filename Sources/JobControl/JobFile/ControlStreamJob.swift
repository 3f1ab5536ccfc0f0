import ControlStreams
import PopulationData
import Report

/// The job that a NONMEM control stream is translated into, a file beside it.
public struct ControlStreamJob {
  public let path: String
  public let text: String
  public let notes: [String]

  /// Endings of control streams.
  static let endings = [".ctl", ".mod", ".nmctl", ".con"]

  /// Whether a file is a control stream, by its name.
  public static func isControlStream(_ path: String) -> Bool {
    endings.contains { path.lowercased().hasSuffix($0) }
  }

  /// The job's file: of `run1.ctl` `run1.yaml`; a job's own path otherwise.
  public static func jobPath(_ path: String) -> String {
    guard isControlStream(path), let dot = path.lastIndex(of: ".") else { return path }
    return path[..<dot] + ".yaml"
  }

  /// Reads and translates a control stream.
  /// - Throws: `JobFailure` if it cannot be read; `ControlStreamError` with all that cannot be translated.
  public init(_ path: String) throws {
    guard let bytes = FileBytes.read(path) else {
      throw JobFailure(message: "\(path): cannot be read (\(SystemError())).", code: .noInput)
    }
    // Comments of old files are often Windows-1252.
    let text = plainText(bytes)
    let prefix = String(path[..<(path.lastIndex(of: ".") ?? path.endIndex)])
    let job = try ControlStreamImport.job(from: text, path: path) { name in
      // Outputs of NONMEM itself are kept.
      guard let list = FileBytes.read("\(prefix).lst") else {
        return ["ext", "phi", "cov"].contains { FileBytes.read("\(prefix).\($0)") != nil }
          ? "\(name)-popmix" : name
      }
      return String(decoding: list, as: UTF8.self).contains("popmix") ? name : "\(name)-popmix"
    }
    self.path = Self.jobPath(path)
    self.text = job.text
    notes = job.notes
  }

  /// Writes the job beside the control stream.
  /// - Parameter replacing: whether a file that is there and says something else is written over.
  /// - Throws: `JobFailure` where it is not; `OutputError`.
  public func write(to other: String? = nil, replacing: Bool = false) throws {
    let path = other ?? self.path
    if let there = FileBytes.read(path) {
      if there == Array(text.utf8) { return }
      guard replacing else {
        throw JobFailure(
          message:
            "\(path): there is a job of that name, and it differs from what the control stream says now; fit it as it is, or have it written anew by `popmix import --force`.",
          code: .cannotCreate)
      }
    }
    try OutputFile.write(text, to: path)
  }
}
