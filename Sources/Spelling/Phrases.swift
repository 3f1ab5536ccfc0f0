/// A text of the user in quotes, shortened, on one line.
package func quoted(_ text: String) -> String {
  let line = String(text.prefix(40).map { $0.isNewline ? " " : $0 })
  return "\"\(line)\(text.count > 40 ? "…" : "")\""
}

/// `1 subject`, `2 subjects`.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

/// `a`, `a or b`, `a, b or c`.
package func alternatives(_ words: [String]) -> String { enumerated(words, by: "or") }

/// `a`, `a and b`, `a, b and c`.
package func conjunction(_ words: [String]) -> String { enumerated(words, by: "and") }

private func enumerated(_ words: [String], by last: String) -> String {
  guard words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " \(last) \(words[words.count - 1])"
}
