/// Some columns of a CSV file with a header, such as those of this program's own tables.
package struct CSVTable {
  /// The names in the header.
  package let header: [String]
  /// Values by name of the column; a field that is no number, or is missing, is NaN.
  package private(set) var numbers: [String: [Double]] = [:]
  /// Texts by name of the column.
  package private(set) var texts: [String: [String]] = [:]
  package private(set) var rowCount = 0

  /// Reads the columns that are there among those that are asked for.
  /// - Parameters:
  ///   - name: of the file, for messages.
  ///   - numbers: whether a column is wanted as numbers.
  ///   - texts: names of those wanted as texts.
  /// - Throws: `DatasetError` if the file is not of this form.
  package init(
    _ bytes: [UInt8], name: String, numbers isNumber: (String) -> Bool, texts: [String]
  ) throws(DatasetError) {
    var header: [String] = []
    var columns: [(name: String, place: Int, values: [Double])] = []
    var textColumns: [(name: String, place: Int, values: [String])] = []
    var rowCount = 0
    let fault: DatasetError? = bytes.withUnsafeBufferPointer { bytes in
      do throws(DatasetError) {
        var rows = try RowScanner(name: name, bytes: bytes)
        guard try rows.advance() else { return nil }
        try rows.split()
        header = rows.fields[..<rows.fieldCount].map(rows.text)
        for (place, name) in header.enumerated() {
          if texts.contains(name) {
            textColumns.append((name, place, []))
          } else if isNumber(name) {
            columns.append((name, place, []))
          }
        }
        while try rows.advance() {
          if rows.row.isEmpty { continue }
          try rows.split()
          let count = rows.fieldCount
          for c in columns.indices {
            let place = columns[c].place
            columns[c].values.append(place < count ? rows.number(rows.fields[place]) ?? .nan : .nan)
          }
          for c in textColumns.indices {
            let place = textColumns[c].place
            textColumns[c].values.append(place < count ? rows.text(rows.fields[place]) : "")
          }
          rowCount += 1
        }
        return nil
      } catch { return error }
    }
    if let fault { throw fault }
    self.header = header
    self.rowCount = rowCount
    for column in columns { self.numbers[column.name] = column.values }
    for column in textColumns { self.texts[column.name] = column.values }
  }
}
