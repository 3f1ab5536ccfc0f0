/// Columns of a table as wide as they need to be, the first to the left, the others to the right; a
/// line for each row.
func textTable(_ rows: [[String]]) -> [String] {
  guard let header = rows.first else { return [] }
  let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    row.enumerated().map { padded($1, widths[$0], right: $0 > 0) }.joined(separator: "  ")
  }
}

/// The same as Markdown.
func markdownTable(_ rows: [[String]]) -> [String] {
  guard let header = rows.first else { return [] }
  func line(_ cells: [String]) -> String {
    "| " + cells.map(markdownText).joined(separator: " | ") + " |"
  }
  return [line(header), "|---|" + String(repeating: "---:|", count: header.count - 1)]
    + rows.dropFirst().map(line)
}
