/// Finds where the rows of another subject begin, from any line of a file on.
///
/// The first record gives an ID; the boundary is before the first record after it with another ID.
/// Blank lines, comments and rows that a rule leaves out do not count. A row with a fault that hides
/// its ID is a boundary itself, so that whoever reads from there on finds the fault at once.
/// The boundary found from a line on is never before that from an earlier line on.
package struct SubjectBoundary {
  private let head: DatasetHead
  /// The key of the first record's ID, once there was one.
  private var first: [UInt8]?

  package init(_ head: DatasetHead) {
    self.head = head
  }

  /// Goes on through lines.
  ///
  /// - Parameter lines: whole lines, the first of which follows the last of the call before.
  /// - Returns: where among these bytes the row of another subject begins, or `nil` if none does.
  package mutating func find(in lines: UnsafeBufferPointer<UInt8>) -> Int? {
    var finder = RecordFinder(head, part: lines, linesBefore: 0)
    var key: [UInt8] = []
    do throws(DatasetError) {
      while try finder.advance() {
        finder.rows.scanner.key(of: try finder.idField(), into: &key)
        if first == nil { first = key }
        if first != key { return finder.rows.scanner.row.lowerBound }
      }
      return nil
    } catch {
      return finder.rows.scanner.row.lowerBound
    }
  }
}

/// Number of lines that end in a range of bytes; LF, CR LF and CR end a line.
package func lineEndCount(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
  guard let last = bytes.last else { return 0 }
  var count = last == 10 || last == 13 ? 1 : 0
  for index in 0..<(bytes.count - 1) {
    let byte = bytes[index]
    count &+= byte == 10 || (byte == 13 && bytes[index &+ 1] != 10) ? 1 : 0
  }
  return count
}
