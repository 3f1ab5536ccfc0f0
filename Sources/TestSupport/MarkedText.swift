/// A text that shows, by the mark `▸`, the place where an error is expected: the mark stands just
/// before the offending character and is not part of the text.
package struct MarkedText: Sendable {
  /// The text without its mark.
  package let text: String
  /// Line of the mark, counted from 1.
  package let line: Int
  /// Column of the mark in its line, counted in characters from 1.
  package let column: Int

  /// - Parameter marked: a text with exactly one `▸`.
  package init(_ marked: String) {
    let parts = marked.split(separator: "▸", omittingEmptySubsequences: false)
    precondition(parts.count == 2, "a marked text has exactly one mark")
    text = String(parts[0] + parts[1])
    let lines = parts[0].split(separator: "\n", omittingEmptySubsequences: false)
    line = lines.count
    column = lines.last!.count + 1
  }
}
