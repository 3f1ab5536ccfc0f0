import Glibc
import PopulationData
import Report

/// A CSV file with a header such as popmix writes them, read row by row from its bytes: a hundred
/// thousand subjects take a second.
package struct TableFile {
  package let path: String
  package let columns: [String]
  private let bytes: [UInt8]
  private let firstRow: Int

  /// - Throws: `JobFailure` if it cannot be read.
  package init(path: String) throws {
    guard let bytes = FileBytes.read(path) else {
      throw JobFailure(
        message:
          "\(path): the table cannot be read (\(String(cString: strerror(errno)))); give the output folder of a finished fit.",
        code: .noInput)
    }
    self.init(path: path, bytes: bytes)
  }

  /// - Parameters:
  ///   - path: for messages.
  ///   - bytes: the header and rows.
  package init(path: String, bytes: [UInt8]) {
    self.path = path
    var bytes = bytes
    // A number ends before it, also in a file that was cut off.
    if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    self.bytes = bytes
    var fields: [Range<Int>] = []
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    firstRow = Self.split(bytes, from: bytes.starts(with: mark) ? mark.count : 0, into: &fields)
    columns = bytes.withUnsafeBufferPointer { bytes in fields.map { Self.text($0, bytes) } }
  }

  /// Place of a column.
  package func column(_ name: String) -> Int? { columns.firstIndex(of: name) }

  /// - Throws: `JobFailure` if the table lacks it.
  package func place(of name: String) throws -> Int {
    if let place = column(name) { return place }
    throw JobFailure(
      message:
        "\(path): the table has no column \(name), it is not of this version of popmix; fit again.",
      code: .data)
  }

  /// A row, as long as the table is being read.
  package struct Row {
    fileprivate let bytes: UnsafeBufferPointer<UInt8>
    fileprivate let fields: [Range<Int>]

    package func text(_ column: Int) -> String { TableFile.text(fields[column], bytes) }

    /// Whether a field is a text that needs no quotes.
    package func has(_ text: [UInt8], at column: Int) -> Bool {
      bytes[fields[column]].elementsEqual(text)
    }

    package func isEmpty(_ column: Int) -> Bool { fields[column].isEmpty }

    /// NaN where the field is empty or no number.
    package func number(_ column: Int) -> Double {
      let field = fields[column]
      guard !field.isEmpty else { return .nan }
      // The byte after a field is a comma or the end of a line, where a number ends.
      let start = UnsafeRawPointer(bytes.baseAddress! + field.lowerBound)
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(start.assumingMemoryBound(to: CChar.self), &end)
      return end.map { UnsafeRawPointer($0) == start + field.count } == true ? value : .nan
    }
  }

  /// Goes through the rows that have all columns.
  package func forEachRow(_ body: (Row) throws -> Void) rethrows {
    try forEachRow(short: { _ in }, body)
  }

  /// Goes through the rows that have all columns.
  /// - Parameter short: is told the number, from 1, of a row that has not as many fields as there
  ///   are columns, and is no empty line.
  package func forEachRow(
    short: (Int) throws -> Void, _ body: (Row) throws -> Void
  ) rethrows {
    try bytes.withUnsafeBufferPointer { buffer in
      var fields: [Range<Int>] = []
      var next = firstRow
      var number = 0
      while next < buffer.count {
        next = Self.split(bytes, from: next, into: &fields)
        number += 1
        guard fields.count == columns.count else {
          if fields.count > 1 || fields.first?.isEmpty == false { try short(number) }
          continue
        }
        try body(Row(bytes: buffer, fields: fields))
      }
    }
  }

  /// Splits a record; returns where the next one begins.
  private static func split(_ bytes: [UInt8], from start: Int, into fields: inout [Range<Int>])
    -> Int
  {
    fields.removeAll(keepingCapacity: true)
    return bytes.withUnsafeBufferPointer { bytes in
      var begin = start
      var place = start
      var isQuoted = false
      while place < bytes.count {
        let byte = bytes[place]
        if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if !isQuoted, byte == UInt8(ascii: ",") {
          fields.append(begin..<place)
          begin = place + 1
        } else if !isQuoted, byte == UInt8(ascii: "\n") {
          break
        }
        place += 1
      }
      // Of a file from Windows.
      let end = place > begin && bytes[place - 1] == UInt8(ascii: "\r") ? place - 1 : place
      fields.append(begin..<end)
      return place + 1
    }
  }

  private static func text(_ field: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> String {
    let quote = UInt8(ascii: "\"")
    guard field.count > 1, bytes[field.lowerBound] == quote, bytes[field.upperBound - 1] == quote
    else { return csvText(ofField: String(decoding: bytes[field], as: UTF8.self)) }
    // Of two quotes the first one is left out.
    var isSecond = false
    let text = bytes[field].dropFirst().dropLast().filter { byte in
      isSecond = byte == quote && !isSecond
      return !isSecond
    }
    return csvText(ofField: String(decoding: text, as: UTF8.self))
  }
}
