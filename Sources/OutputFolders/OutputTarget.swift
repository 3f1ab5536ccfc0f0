import MessagePassing

/// A path that popmix is going to write.
package struct OutputTarget {
  /// Who has chosen the path.
  package enum Origin: Sendable {
    case output, simulation, report
    /// Results in the format of another program.
    case format(remedy: String)
    /// The job that a control stream says.
    case job

    /// What gives another path.
    package var remedy: String {
      switch self {
      case .output: "give another folder by `output` or --output"
      case .simulation, .report: "give another folder by --output"
      case .job: "give another path by `popmix import --output`"
      case .format(let remedy): remedy
      }
    }
  }

  package let path: String
  package let origin: Origin

  package init(_ path: String, _ origin: Origin = .output) {
    self.path = path
    self.origin = origin
  }
}

/// What is at a path that popmix is going to write.
package enum FileInPlace {
  case nothing
  /// As popmix has written it.
  case own(FileState)
  /// Of the list, but other than it was written.
  case edited(FileState?)
  case foreign
  /// One that the job reads.
  case input(String)
  /// A folder, link, pipe, socket or device.
  case special(String)

  /// Whether it may be replaced.
  /// - Parameter replacing: whether the user wants files replaced that popmix has not written.
  package func isFree(replacing: Bool) -> Bool {
    switch self {
    case .nothing, .own: true
    case .edited, .foreign: replacing
    case .input, .special: false
    }
  }

  /// What to tell of a path that is not free.
  package func failure(_ target: OutputTarget, entry: WrittenFiles.Entry?) -> JobFailure {
    let remedy = target.origin.remedy
    switch self {
    case .input(let name):
      return JobFailure(
        message:
          "\(target.path): is \(name) of this job, and an output would replace it; \(remedy).",
        code: .cannotCreate)
    case .special(let kind):
      return JobFailure(
        message:
          "\(target.path): \(kind) is there, expected nothing, or a file that popmix has written; remove it, or \(remedy).",
        code: .cannotCreate)
    case .edited(let state):
      let digests = (state?.sha256).flatMap { new in
        entry.map { " (SHA-256 \(new.prefix(16))…, written \($0.state.sha256.prefix(16))…)" }
      }
      return JobFailure(
        message:
          "\(target.path): has been changed since popmix wrote it\(digests ?? ""), and an output would replace it; move it "
          + "away to have it written again, \(remedy), or --overwrite to replace it.",
        code: .occupied)
    case .foreign, .nothing, .own:
      return JobFailure(
        message:
          "\(target.path): a file is there that popmix has not written, and an output would replace it; move it away, "
          + "\(remedy), or --overwrite to replace it.", code: .occupied)
    }
  }
}
