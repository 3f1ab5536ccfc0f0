package import Estimation
import FoundationEssentials
import Glibc
import OutputFolders
import PopulationData

/// Why a checkpoint is of no use.
package struct CheckpointFault: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Reads a checkpoint, and believes nothing that it has not checked.
package final class CheckpointReader {
  package let path: String
  package let index: CheckpointFile.Index
  private let descriptor: Int32

  /// Opens a file and checks all but its stretches.
  package init(path: String) throws(CheckpointFault) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CheckpointFault("cannot be read (\(SystemError()))") }
    do { index = try Self.index(descriptor) } catch {
      close(descriptor)
      throw error
    }
  }

  private static func index(_ descriptor: Int32) throws(CheckpointFault) -> CheckpointFile.Index {
    let first = Array(CheckpointFile.firstLine.utf8)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointFault("cannot be read (\(SystemError()))")
    }
    let length = Int(status.st_size)
    let begin = try bytes(descriptor, 0, min(first.count, length))
    guard begin == first else { throw foreign(begin) }
    guard length >= first.count + CheckpointFile.lastLineLength else { throw cut(length) }
    let lastOffset = length - CheckpointFile.lastLineLength
    let last = String(
      decoding: try bytes(descriptor, lastOffset, CheckpointFile.lastLineLength), as: UTF8.self)
    let fields = last.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 3, fields[0] == "index", last.hasSuffix("\n"), fields[1].utf8.count == 20,
      fields[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let offset = Int(fields[1]), offset >= first.count, offset <= lastOffset
    else { throw cut(length) }
    let text = try bytes(descriptor, offset, lastOffset - offset)
    try compare(
      sha256(text), String(fields[2].dropLast()), "the index, bytes \(offset) to \(lastOffset),")
    let index: CheckpointFile.Index
    do { index = try JSONDecoder().decode(CheckpointFile.Index.self, from: Data(text)) } catch {
      throw CheckpointFault("its index is not one that this popmix knows")
    }
    guard index.isConsistent(statesFrom: first.count, to: offset) else {
      throw CheckpointFault("has an index whose stretches are not all of the file")
    }
    return index
  }

  deinit { close(descriptor) }

  private static func foreign(_ begin: [UInt8]) -> CheckpointFault {
    let line = String(decoding: begin.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    if words.count == 2, words[0] == CheckpointFile.magic, begin.last == UInt8(ascii: "\n") {
      return CheckpointFault(
        "has format version \(words[1]), and this popmix reads version \(CheckpointFile.version)")
    }
    return CheckpointFault(
      "is no checkpoint: it begins with '\(line)', not with '\(CheckpointFile.firstLine.dropLast())'"
    )
  }

  private static func cut(_ length: Int) -> CheckpointFault {
    CheckpointFault("has been cut or changed: after \(length) bytes there is no end of an index")
  }

  private static func compare(_ found: String, _ expected: String, _ what: String)
    throws(CheckpointFault)
  {
    guard found != expected else { return }
    throw CheckpointFault(
      "is damaged: \(what) have SHA-256 \(found.prefix(16))…, and had \(expected.prefix(16))… when they were "
        + "written")
  }

  private static func bytes(_ descriptor: Int32, _ offset: Int, _ count: Int)
    throws(CheckpointFault) -> [UInt8]
  {
    guard let bytes = FileRange.bytes(descriptor, at: offset, count: count) else {
      throw CheckpointFault("cannot be read at byte \(offset) (\(SystemError()))")
    }
    guard bytes.count == count else {
      throw CheckpointFault("cannot be read at byte \(offset + bytes.count) (it ends there)")
    }
    return bytes
  }

  /// Checks some of the stretches.
  /// - Parameters:
  ///   - shape: that the fit has to have, if that is to be looked at.
  ///   - chosen: by their number.
  package func verify(_ shape: SavedFitShape? = nil, _ chosen: (Int) -> Bool)
    throws(CheckpointFault)
  {
    var state: FitState?
    if let shape {
      let found = try self.state()
      try require(shape, found)
      state = found
    }
    for (number, stretch) in (index.states + index.kept).enumerated() where chosen(number) {
      let values = try doubles(stretch)
      guard let shape, let state, number < index.states.count else { continue }
      guard shape.isPossible(subjectStates: values, of: state) else {
        throw CheckpointFault(
          "has states of subjects \(stretch.subject + 1) to \(stretch.subject + stretch.count) that are none of this model"
        )
      }
    }
    if chosen(index.states.count + index.kept.count) { _ = try stateBytes() }
  }

  /// Refuses a fit that this model cannot have come to.
  private func require(_ shape: SavedFitShape, _ state: FitState) throws(CheckpointFault) {
    let subjects = index.identity.subjects
    let hasWidths =
      index.states.allSatisfy { $0.width == shape.stateWidth }
      && index.kept.allSatisfy { $0.width == shape.keptWidth }
    let kept = index.kept.reduce(0) { $0 + $1.count }
    // Its counts are added up only when they are known to be small.
    guard hasWidths, kept == (state.hasKept ? subjects : 0),
      shape.isPossible(state, subjectCount: subjects), index.iterations == state.iterations
    else { throw CheckpointFault("has a state that is none of this model") }
  }

  /// What is the same for all subjects.
  func state() throws(CheckpointFault) -> FitState {
    let bytes = try stateBytes()
    do { return try PropertyListDecoder().decode(FitState.self, from: Data(bytes)) } catch {
      throw CheckpointFault("its state is not one that this popmix knows")
    }
  }

  private func stateBytes() throws(CheckpointFault) -> [UInt8] {
    let bytes = try Self.bytes(descriptor, index.stateOffset, index.stateCount)
    let end = index.stateOffset + index.stateCount
    try Self.compare(sha256(bytes), index.stateSHA256, "bytes \(index.stateOffset) to \(end)")
    return bytes
  }

  private func doubles(_ stretch: CheckpointFile.Stretch) throws(CheckpointFault) -> [Double] {
    let bytes = try Self.bytes(descriptor, stretch.offset, stretch.byteCount)
    try Self.compare(
      sha256(bytes), stretch.sha256,
      "bytes \(stretch.offset) to \(stretch.offset + stretch.byteCount)")
    return [Double](unsafeUninitializedCapacity: bytes.count / 8) { buffer, count in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      count = bytes.count / 8
    }
  }

  /// The states of some subjects.
  func states(_ subjects: Range<Int>) throws(CheckpointFault) -> [Double] {
    try doubles(subjects, index.states)
  }

  /// The kept rows of some subjects.
  func keptRows(_ subjects: Range<Int>) throws(CheckpointFault) -> [Double] {
    try doubles(subjects, index.kept)
  }

  private func doubles(_ subjects: Range<Int>, _ stretches: [CheckpointFile.Stretch])
    throws(CheckpointFault) -> [Double]
  {
    var values: [Double] = []
    for stretch in stretches where stretch.subjects.overlaps(subjects) {
      let wanted = stretch.subjects.clamped(to: subjects)
      let all = try doubles(stretch)
      values +=
        all[
          (wanted.lowerBound - stretch.subject)
            * stretch.width..<(wanted.upperBound
            - stretch.subject) * stretch.width]
    }
    return values
  }
}
