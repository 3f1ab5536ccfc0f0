import PopulationData

/// The rows of a file that one of several ranks has to read.
///
/// The bytes after the header are cut into as many even parts as there are ranks, and each cut is
/// moved on to the next row where another subject begins (`SubjectBoundary`). Both ranks beside a
/// cut find the same place for themselves.
struct FilePart {
  let head: DatasetHead
  /// The rows, from the beginning of a line on.
  let rows: [UInt8]

  /// Reads a part, the header and some rows beyond the part; nothing else.
  ///
  /// - Parameters:
  ///   - name: the path for messages.
  ///   - rank: which part, from 0 to `rankCount` − 1.
  init<Contents: FileContents>(
    of contents: Contents, name: String, format: DatasetFormat, rank: Int, rankCount: Int
  ) throws(DatasetError) {
    var window = ContentsWindow(contents, from: 0)
    let head = try Self.head(&window, name: name, format: format)
    let first = head.byteCount
    let length = contents.count - first
    /// Without the product of both, which could be too large.
    func cut(_ rank: Int) -> Int {
      first + length / rankCount * rank + length % rankCount * rank / rankCount
    }
    let from = cut(rank)
    let to = cut(rank + 1)
    window = ContentsWindow(contents, from: max(0, from - 1), capacity: to - from + (1 << 17))
    let begin =
      rank == 0 ? first : try Self.boundary(&window, from: from, first: first, head, keep: to - 1)
    window.drop(before: min(begin, to - 1))
    try window.extend(to: to)
    let end =
      rank == rankCount - 1
      ? contents.count : try Self.boundary(&window, from: to, first: first, head, keep: begin)
    window.drop(before: begin)
    window.drop(from: end)
    self.head = head
    rows = window.bytes
  }

  /// Reads from the beginning until the header is whole.
  private static func head<Contents: FileContents>(
    _ window: inout ContentsWindow<Contents>, name: String, format: DatasetFormat
  ) throws(DatasetError) -> DatasetHead {
    while true {
      try window.extend()
      let end = window.wholeLinesEnd(from: 0)
      guard end > 0 || window.reachesEnd else { continue }
      do throws(DatasetError) {
        return try window.withBytes(0..<end) { (bytes) throws(DatasetError) in
          try DatasetHead(name: name, bytes: bytes, format: format)
        }
      } catch {
        // Perhaps the header is yet to come.
        guard case .file(_, .noHeader) = error, !window.reachesEnd else { throw error }
      }
    }
  }

  /// Where the rows of another subject begin, after the first record at a place or after it.
  ///
  /// - Parameters:
  ///   - place: not before the first row.
  ///   - first: where the first row begins.
  ///   - keep: place from which on bytes are kept; those before it may be forgotten.
  private static func boundary<Contents: FileContents>(
    _ window: inout ContentsWindow<Contents>, from place: Int, first: Int, _ head: DatasetHead,
    keep: Int
  ) throws(DatasetError) -> Int {
    var line = place == first ? first : try window.lineStart(atOrAfter: place)
    var search = SubjectBoundary(head)
    while true {
      let end = window.wholeLinesEnd(from: line)
      if end > line {
        let found = window.withBytes(line..<end) { search.find(in: $0) }
        if let found { return line + found }
        line = end
      }
      if window.reachesEnd { return window.end }
      window.drop(before: min(line, keep))
      try window.extend()
    }
  }
}
