import FitReport
import Testing

@Suite("Texts on the page")
struct PageTextTests {
  @Test(
    "Texts cannot leave their place in HTML",
    arguments: [
      ("<b>&\"'`", "&lt;b&gt;&amp;&quot;&#39;&#96;"),
      // One character with its accent, but two code points, of which a browser takes the first for
      // the end of an attribute.
      ("<\u{301}script>", "&lt;\u{301}script&gt;"),
      ("\"\u{301} onerror=x", "&quot;\u{301} onerror=x"),
      ("a\u{0}b\u{202E}c\u{2066}d", "a\u{FFFD}b\u{FFFD}c\u{FFFD}d"),
      ("line\nline\t", "line\nline\t"),
      ("שלום 😀", "שלום 😀"),
    ])
  func escapes(text: String, expected: String) {
    let found = PageText().escapeText(text)
    #expect(Array(found.unicodeScalars) == Array(expected.unicodeScalars))
  }
}
