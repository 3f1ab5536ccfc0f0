/// Finds where the rows of another subject begin, from any line of a file on.
///
/// The first record gives an ID; the boundary is before the first record after it with another ID.
/// Blank lines, comments and rows that a rule leaves out do not count. A row with a fault that
/// hides its ID is a boundary itself, so that whoever reads from there on finds the fault at once.
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
  let end = bytes.count - 1
  var index = 0
  // Eight bytes at a time, each beside the byte after it.
  while end - index >= 8 {
    let start = UnsafeRawPointer(bytes.baseAddress!) + index
    let word = start.loadUnaligned(as: UInt64.self)
    var marks = marksOfBytes(10, in: word)
    let returns = marksOfBytes(13, in: word)
    if returns != 0 {
      marks |= returns & ~marksOfBytes(10, in: (start + 1).loadUnaligned(as: UInt64.self))
    }
    // The product has the sum of all bytes in its highest one.
    count &+= Int(((marks >> 7) &* 0x0101_0101_0101_0101) >> 56)
    index &+= 8
  }
  while index < end {
    let byte = bytes[index]
    if byte == 10 || (byte == 13 && bytes[index + 1] != 10) { count += 1 }
    index += 1
  }
  return count
}

/// The highest bit of each byte of a word that has a value, which is below 128.
private func marksOfBytes(_ value: UInt64, in word: UInt64) -> UInt64 {
  let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  let difference = word ^ (value &* 0x0101_0101_0101_0101)
  return ~(((difference & low) &+ low) | difference | low)
}
