import Estimation
import FoundationEssentials
import Glibc
import MessagePassing
import OutputFolders
import Report

/// A fit in the middle, as a file that any number of ranks writes together and any other number
/// reads.
///
/// It begins with the line `popmix-checkpoint 2`, whose number is the format's version. The states
/// of all subjects follow as doubles of the machine, in the order of the data set; rows of
/// posteriors that are kept from an earlier attempt; what is the same for all subjects as a binary
/// property list; the index in JSON, with the SHA-256 of each stretch; and a last line with the
/// place and SHA-256 of the index. It is read in stretches of up to `stretchSubjects` subjects,
/// which are checked as a whole.
package struct CheckpointFile {
  static let version = 2
  static let magic = "popmix-checkpoint"
  static var firstLine: String { "\(magic) \(version)\n" }
  /// Bytes of the last line: `index`, 20 digits, 64 hexadecimal digits.
  static let lastLineLength = 5 + 1 + 20 + 1 + 64 + 1
  private static let stretchSubjects = 1024

  /// Whose fit it is.
  package struct Identity: Codable, Equatable {
    /// Hash of what the job file asks for.
    var job: String
    var popmixVersion: String
    var architecture: String
    var dataSet: String
    var start: Int
    /// Of the data file, where there is one.
    var sha256: String?
    /// Of the subjects' records.
    var fingerprint: UInt64
    package var subjects: Int
  }

  /// Some doubles that are checked together.
  package struct Stretch: Codable {
    /// Of the first and number of them.
    var subject: Int
    package var count: Int
    package var offset: Int
    /// Doubles of one subject.
    var width: Int
    var sha256: String

    package var byteCount: Int { 8 * width * count }
    var subjects: Range<Int> { subject..<subject + count }
  }

  package struct Index: Codable {
    package var identity: Identity
    /// Iterations that are done.
    package var iterations: Int
    package var states: [Stretch]
    package var kept: [Stretch]
    package var stateOffset: Int
    package var stateCount: Int
    package var stateSHA256: String

    /// Whether states, kept rows and the rest follow each other without a gap, of all subjects
    /// each.
    /// - Parameters:
    ///   - start: where the states begin.
    ///   - end: where the index begins, and all else ends.
    func isConsistent(statesFrom start: Int, to end: Int) -> Bool {
      var next = start
      for stretches in [states, kept] {
        var subject = 0
        for stretch in stretches {
          guard stretch.subject == subject, stretch.offset == next, stretch.width > 0,
            stretch.count > 0, stretch.width <= (end - next) / 8,
            stretch.count <= (end - next) / (8 * stretch.width)
          else { return false }
          subject += stretch.count
          next += stretch.byteCount
        }
        // What is kept of an earlier attempt may be nothing.
        guard subject == identity.subjects || stretches.isEmpty else { return false }
      }
      return identity.subjects > 0 && !states.isEmpty && iterations >= 0 && stateOffset == next
        && stateCount == end - next
    }
  }

  // MARK: Writing

  /// Writes a fit; collective. The file appears whole, in the place of one before, which stays as
  /// `path.previous`.
  /// - Throws: `JobFailure`, the same on all ranks; what there was is then as it was.
  static func write(
    _ fit: FitSnapshot, of identity: Identity, to path: String, by group: any Communicator
  ) throws {
    var temporary: String?
    do {
      var stretches: (states: [Stretch], kept: [Stretch]) = ([], [])
      let statesStart = firstLine.utf8.count
      let keptStart = statesStart + 8 * fit.stateWidth * identity.subjects
      var keptCount = [Int64(fit.keptCount)]
      try group.allReduceSum(&keptCount)
      let end = keptStart + 8 * fit.keptWidth * Int(keptCount[0])
      let filled = try OutputFile.fill(for: path, size: end, by: group) { file in
        if group.rank == 0 {
          try file.write(Array(firstLine.utf8), at: 0)
        }
        stretches.states = try write(
          fit.firstSubject, fit.subjectCount, width: fit.stateWidth, start: statesStart, to: file,
          fit.subjectStates)
        stretches.kept = try write(
          fit.firstKept, fit.keptCount, width: fit.keptWidth, start: keptStart, to: file,
          fit.keptRows)
      }
      temporary = filled
      let states = try gathered(stretches.states, group)
      let kept = try gathered(stretches.kept, group)
      _ = try group.onFirstRank(failingWith: .inputOutput) {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        let state = Array(try encoder.encode(fit.state))
        let index = Index(
          identity: identity, iterations: fit.state.iterations, states: states, kept: kept,
          stateOffset: end, stateCount: state.count, stateSHA256: OutputFolders.sha256(state))
        try finish(filled, at: end, state: state, index: index)
        try replace(path, by: filled)
      }
    } catch {
      if group.rank == 0, let temporary { unlink(temporary) }
      throw error
    }
  }

  private static func write(
    _ first: Int, _ count: Int, width: Int, start: Int, to file: RangeFile,
    _ values: (Range<Int>) -> [Double]
  ) throws -> [Stretch] {
    try stride(from: 0, to: count, by: stretchSubjects).map { begin in
      let range = begin..<min(begin + stretchSubjects, count)
      let bytes = values(range).withUnsafeBytes { Array($0) }
      let offset = start + 8 * width * (first + begin)
      try file.write(bytes, at: offset)
      return Stretch(
        subject: first + begin, count: range.count, offset: offset, width: width,
        sha256: OutputFolders.sha256(bytes))
    }
  }

  /// The stretches of all ranks on the first one.
  private static func gathered(_ own: [Stretch], _ group: any Communicator) throws -> [Stretch] {
    try group.gathered(own).flatMap { $0 }
  }

  /// Adds what stands behind the subjects, and brings all to the disk.
  private static func finish(_ path: String, at end: Int, state: [UInt8], index: Index) throws {
    let text = Array(try JSONEncoder().encode(index))
    let digits = "\(end + state.count)"
    let last =
      "index " + String(repeating: "0", count: 20 - digits.count) + digits + " "
      + OutputFolders.sha256(text) + "\n"
    let file = try RangeFile(path)
    try file.write(state + text + Array(last.utf8), at: end)
    try file.flush()
  }

  private static func replace(_ path: String, by temporary: String) throws {
    if rename(path, path + previousSuffix) != 0, errno != ENOENT {
      throw OutputError.file(path: path, reason: "\(SystemError())")
    }
    guard rename(temporary, path) == 0 else {
      throw OutputError.file(path: path, reason: "\(SystemError())")
    }
    // The folder too, so that the new names outlive the machine.
    let folder = open(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".", O_RDONLY)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  static let previousSuffix = ".previous"
}
