#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads NONMEM-style data files.
///
/// A file is a table in text with one header: columns in any order, separated by commas, tabs,
/// semicolons or blanks, and one record for each row. `ID`, `TIME` and `DV` are required; the other
/// columns of ``StandardColumn`` are used if they are there, with NONMEM's meaning and NONMEM's
/// value if they are not, and so are covariates that the format names.
public enum DatasetReader {
  /// Reads the bytes of a file.
  ///
  /// - Parameter name: the path for messages, and the name of the data set.
  /// - Throws: `DatasetError` with line and column of the first thing that is wrong.
  public static func read(
    bytes: UnsafeBufferPointer<UInt8>, name: String, format: DatasetFormat = .standard
  ) throws(DatasetError) -> Dataset {
    var head = try DatasetHead(name: name, bytes: bytes, format: format)
    let rows = UnsafeBufferPointer(rebasing: bytes[head.byteCount...])
    var part = PartReading(head, rows: rows, linesBefore: head.lineCount)
    if part.lineOfClockTime != nil {
      head.hasClockTimes = true
      part = PartReading(head, rows: rows, linesBefore: head.lineCount)
    }
    if let fault = part.fault { throw fault }
    try head.checkContents(rows: part.rowCount, subjects: part.subjects.count)
    var report = head.report
    report.addCounts(of: part.counts)
    report.unobservedSubjects = part.unobservedSubjects
    report.repeatedIDs = part.returns.map(\.id)
    return Dataset(name: name, subjects: part.subjects, report: report)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameter name: the path for messages, and the name of the data set.
  /// - Throws: `DatasetError` with line and column of the first thing that is wrong.
  public static func read(
    bytes: [UInt8], name: String, format: DatasetFormat = .standard
  ) throws(DatasetError) -> Dataset {
    try bytes.withUnsafeBufferPointer { (bytes) throws(DatasetError) in
      try read(bytes: bytes, name: name, format: format)
    }
  }

  /// Reads a file.
  ///
  /// - Throws: `DatasetError.unreadable` with the system's reason if there is no such file, it is a
  ///   folder or may not be read; else as `read(bytes:name:format:)`.
  public static func read(
    path: String, format: DatasetFormat = .standard
  ) throws(DatasetError) -> Dataset {
    try read(bytes: contents(of: path), name: path, format: format)
  }
}

extension DatasetReader {
  /// All bytes of a file.
  /// - Throws: `DatasetError.unreadable` with the system's reason.
  public static func contents(of path: String) throws(DatasetError) -> [UInt8] {
    try bytes(of: path)
  }
}

private func bytes(of path: String) throws(DatasetError) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw unreadable(path) }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw unreadable(path) }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(Int(status.st_size) + 1)
  guard FileRange.forEachPiece(file, { bytes.append(contentsOf: $0) }) else {
    throw unreadable(path)
  }
  return bytes
}

private func unreadable(_ path: String) -> DatasetError {
  .unreadable(path: path, reason: String(cString: strerror(errno)))
}
