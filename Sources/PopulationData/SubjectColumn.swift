/// A column of a data file without a meaning for the fit, such as a covariate, with its value in
/// the first row of each subject.
package struct SubjectColumn: Sendable, Equatable {
  /// As the header has it.
  package let name: String
  /// By subject; empty where it is missing.
  package let texts: [String]

  package init(name: String, texts: [String]) {
    self.name = name
    self.texts = texts
  }

  /// The values as numbers, if all that are not missing are numbers.
  package var numbers: [Double?]? {
    var numbers: [Double?] = []
    for text in texts {
      guard !text.isEmpty else {
        numbers.append(nil)
        continue
      }
      guard let value = DecimalNumber.value(text), value.isFinite else { return nil }
      numbers.append(value)
    }
    return numbers.contains { $0 != nil } ? numbers : nil
  }

  /// The columns without a meaning, in their order.
  /// - Parameters:
  ///   - bytes: of the file from which the subjects were read, inflated.
  ///   - subjects: with the lines of their first rows.
  package static func read(
    bytes: [UInt8], name: String, format: DatasetFormat, subjects: [Subject]
  ) throws(DatasetError) -> [SubjectColumn] {
    try bytes.withUnsafeBufferPointer { (bytes) throws(DatasetError) in
      let head = try DatasetHead(name: name, bytes: bytes, format: format)
      let used = Set(StandardColumn.allCases.compactMap { head.columns[$0] })
      let places = head.columns.names.indices.filter {
        !used.contains($0) && !head.columns.names[$0].isEmpty
      }
      guard !places.isEmpty else { return [] }
      var texts = places.map { _ in [String](repeating: "", count: subjects.count) }
      let byLine = Dictionary(
        subjects.enumerated().map { ($1.line, $0) }, uniquingKeysWith: { first, _ in first })
      var scanner = RowScanner(
        name: name, part: UnsafeBufferPointer(rebasing: bytes[head.byteCount...]),
        linesBefore: head.lineCount, delimiter: head.delimiter)
      while try scanner.advance() {
        guard let subject = byLine[scanner.line] else { continue }
        try scanner.split()
        for (column, place) in places.enumerated() where place < scanner.fieldCount {
          let text = scanner.text(scanner.fields[place])
          texts[column][subject] = text == "." || format.missing.contains(text) ? "" : text
        }
      }
      return zip(places, texts).map { SubjectColumn(name: head.columns.names[$0], texts: $1) }
    }
  }
}
