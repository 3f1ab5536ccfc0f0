/// The rows of a part of a file as subjects, up to the first fault.
package struct PartReading: Sendable {
  /// Subjects with an observation, with places counted from 0 in this part.
  package let subjects: [Subject]
  /// IDs of subjects without any.
  package let unobservedSubjects: [String]
  /// Rows that no rule left out.
  package let rowCount: Int
  /// Counts of what was not used, without IDs and names of columns.
  package let counts: ReadingReport
  /// IDs that came back within the part, in the order of the rows.
  package let returns: [ReturnOfID]
  /// All IDs of the part.
  package let ids: IDTable
  /// What is wrong in the first row at fault.
  package let fault: DatasetError?
  /// Line of a clock time, at which the reading ended because the head knew of none: all of the
  /// data set are to be read again as such.
  package let lineOfClockTime: Int?

  private let head: DatasetHead

  /// Reads a part.
  ///
  /// - Parameters:
  ///   - rows: the part, from the beginning of a line on; no subject has rows outside.
  ///   - linesBefore: number of lines of the file before the part.
  package init(_ head: DatasetHead, rows: UnsafeBufferPointer<UInt8>, linesBefore: Int) {
    var parser = DatasetParser(head, part: rows, linesBefore: linesBefore)
    var fault: DatasetError?
    do throws(DatasetError) { try parser.readRows() } catch { fault = error }
    self.fault = fault
    lineOfClockTime = fault == nil ? parser.lineOfClockTime : nil
    self.head = head
    subjects = parser.subjects
    unobservedSubjects = parser.unobservedSubjects
    rowCount = parser.rowCount
    counts = parser.counts
    returns = parser.returns
    ids = parser.ids
  }
}

extension DatasetHead {
  /// What a report says of the lines up to the header, of columns and settings.
  package var report: ReadingReport {
    var report = ReadingReport()
    filter.write(to: &report)
    report.blankLines = blankLines
    report.joinsRepeatedIDs = format.repeatedIDs == .join
    report.unusedColumns = columns.unused(except: filter.positions)
    return report
  }
}

extension ReadingReport {
  /// Adds the counts of rows of a part.
  package mutating func addCounts(of part: ReadingReport) {
    var sums = countsOfRows
    for (index, count) in part.countsOfRows.enumerated() { sums[index] += count }
    countsOfRows = sums
  }

  /// All counts of rows, in an order of their own.
  package var countsOfRows: [Int64] {
    get {
      ([
        commentRows, blankLines, otherEventRows, unobservedRows, belowLimitRows,
        unacceptedRows?.rows ?? 0,
      ] + ignoredRows.map(\.rows)).map { Int64($0) }
    }
    set {
      commentRows = Int(newValue[0])
      blankLines = Int(newValue[1])
      otherEventRows = Int(newValue[2])
      unobservedRows = Int(newValue[3])
      belowLimitRows = Int(newValue[4])
      unacceptedRows?.rows = Int(newValue[5])
      for index in ignoredRows.indices { ignoredRows[index].rows = Int(newValue[6 + index]) }
    }
  }
}
