import Foundation
import JobControl
import OutputFolders
import PopulationData
import Testing

@Suite("Reading tables")
struct TableFileTests {
  private func with<Result>(_ text: String, _ body: (TableFile) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(TableFile(path: file.path))
  }

  @Test(
    "Ends of lines and marks of Windows are no part of fields, and rows that are cut off are told")
  func endsOfLines() throws {
    try with("\u{FEFF}a,b\r\n1,x\r\n2\r\n\r\n3,y") { table in
      #expect(table.columns == ["a", "b"])
      var rows: [String] = []
      var short: [Int] = []
      table.forEachRow {
        short.append($0)
      } _: {
        rows.append("\($0.number(0)) \($0.text(1))")
      }
      #expect(rows == ["1.0 x", "3.0 y"])
      #expect(short == [2])
    }
  }

  @Test(
    "Quotes, commas, ends of lines within texts, and fields without a value come back as they were written"
  )
  func roundTrip() throws {
    let texts = [
      "plain", "a,b", "say \"so\"", "two\nlines", "", "'; DROP", "😀", "\"\u{301}x\"", "\"\"",
      "a\"\u{301},\n\"\u{301}",
    ]
    var text = CSVText()
    text.row(["name", "value", "no, \"x\""])
    for (i, entry) in texts.enumerated() {
      text.add(entry)
      text.add(i == 2 ? nil : 1.5 * Double(i) - 1e-7)
      text.add("end")
      text.endRow()
    }
    try with(String(decoding: text.bytes, as: UTF8.self)) { table in
      #expect(table.columns == ["name", "value", "no, \"x\""])
      var found: [String] = []
      var numbers: [Double] = []
      table.forEachRow { row in
        found.append(row.text(0))
        numbers.append(row.number(1))
        #expect(row.number(2).isNaN)
      }
      #expect(found == texts)
      #expect(
        numbers.enumerated().allSatisfy { $0 == 2 ? $1.isNaN : $1 == 1.5 * Double($0) - 1e-7 })
    }
  }

  @Test("A last line without an end is read, and one that is cut off is not")
  func ends() throws {
    try with("a,b\n1,2\n3,4") { table in
      var rows = 0
      table.forEachRow { _ in rows += 1 }
      #expect(rows == 2)
    }
    try with("a,b\n1,2\n3") { table in
      var rows = 0
      table.forEachRow { _ in rows += 1 }
      #expect(rows == 1)
    }
  }

  @Test("All of a hundred thousand rows of twenty columns are read")
  func large() throws {
    var text = CSVText()
    text.row((0..<20).map { "c\($0)" })
    var expected = 0.0
    for row in 0..<100_000 {
      text.add("data.csv")
      for column in 1..<20 {
        let value = Double(row) * 0.1234567 / Double(column)
        text.add(value)
        expected += value
      }
      text.endRow()
    }
    try with(String(decoding: text.bytes, as: UTF8.self)) { table in
      var sum = 0.0
      table.forEachRow { row in for column in 1..<20 { sum += row.number(column) } }
      #expect(sum == expected)
    }
  }
}
