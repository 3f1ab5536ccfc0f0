/// A text from somebody's data, made fit to stand in a script of gnuplot, where it is nothing but a
/// text.
///
/// Between single quotes gnuplot runs no commands and expands no macros, and nothing but such a
/// quote ends a text. To write it twice is the documented way to have one within, but at the
/// beginning of a text gnuplot 5.4 takes it for an empty text with another behind it; so the curly
/// one, ’, stands in its place. `%` begins a format in the texts of ticks only.
package enum PlotText {
  /// Longer texts end with "…".
  package static let longest = 60

  /// The text without what a reader could not see or what would change the direction of its
  /// neighbours, and not too long.
  package static func visible(_ text: String, longest: Int = longest) -> String {
    var result = String.UnicodeScalarView()
    // A character can have any number of marks.
    var marks = 0
    for scalar in text.unicodeScalars {
      guard result.count < 4 * longest else { break }
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
        result.append("\u{FFFD}")
      case .format where scalar != "\u{200D}" && scalar != "\u{200C}":
        result.append("\u{FFFD}")
      case .nonspacingMark, .enclosingMark, .spacingMark:
        marks += 1
        if marks <= 3 { result.append(scalar) }
        continue
      default: result.append(scalar)
      }
      marks = 0
    }
    let shown = String(result)
    return shown.count > longest || result.count >= 4 * longest
      ? shown.prefix(longest - 1) + "…" : shown
  }

  /// A quoted text for labels and titles.
  static func quoted(_ text: String, longest: Int = longest) -> String {
    "'" + replacing("'", by: "’", in: visible(text, longest: longest)) + "'"
  }

  /// A quoted text for ticks, where gnuplot would put numbers in place of formats.
  static func quotedTick(_ text: String) -> String {
    replacing("%", by: "%%", in: quoted(text, longest: 24))
  }

  /// By code points: a quote with an accent on it is another character than a quote, but still ends
  /// a text.
  static func replacing(_ scalar: Unicode.Scalar, by other: String, in text: String) -> String {
    var result = String.UnicodeScalarView()
    for found in text.unicodeScalars {
      if found == scalar {
        result.append(contentsOf: other.unicodeScalars)
      } else {
        result.append(found)
      }
    }
    return String(result)
  }

  /// What the text takes at a font size of 1, roughly; enough to keep texts apart.
  static func width(_ text: String) -> Double {
    visible(text).unicodeScalars.reduce(0) { sum, scalar in
      if scalar.value > 0x2E80 { return sum + 1.1 }
      return sum + ("iljtfr.,:;'|!()[] ".unicodeScalars.contains(scalar) ? 0.34 : 0.58)
    }
  }
}
