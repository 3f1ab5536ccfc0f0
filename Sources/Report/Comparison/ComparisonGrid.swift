/// A table of texts: the first column is left-aligned, the others are numbers.
struct ComparisonGrid {
  /// Of the other columns.
  let columns: [String]
  private(set) var blocks: [[(name: String, cells: [String])]] = [[]]

  init(columns: [String]) { self.columns = columns }

  mutating func add(_ name: String, _ cells: [String]) {
    blocks[blocks.count - 1].append((name, cells))
  }

  /// What follows stands apart.
  mutating func separate() {
    if !blocks[blocks.count - 1].isEmpty { blocks.append([]) }
  }

  var lines: [String] {
    let rows = blocks.joined()
    let first = rows.map(\.name.count).max() ?? 0
    let widths = columns.indices.map { i in
      max(columns[i].count, rows.map { $0.cells[i].count }.max() ?? 0)
    }
    func line(_ name: String, _ cells: [String]) -> String {
      var text = "  " + padded(name, first)
      for (cell, width) in zip(cells, widths) { text += "  " + padded(cell, width, right: true) }
      return text
    }
    let texts = blocks.filter { !$0.isEmpty }.map { $0.map { line($0.name, $0.cells) } }
    return [line("", columns)] + Array(texts.joined(separator: [""]))
  }

  var markdown: [String] {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(markdownText).joined(separator: " | ") + " |"
    }
    return [line([""] + columns), "|---|" + String(repeating: "---:|", count: columns.count)]
      + blocks.joined().map { line([$0.name] + $0.cells) }
  }
}

/// A text in which nothing is markup: names in a user's files may hold anything.
func markdownText(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\\", "|", "*", "_", "`", "[", "]", "#", "~", "$": result += "\\\(character)"
    case _ where character.isNewline: result += " "
    default: result.append(character)
    }
  }
  return result
}
