/// Texts as somebody might put them into a data file to break a figure or run something.
enum HostileTexts {
  /// - Parameter mark: path of a file that is there afterwards if one of them was run.
  static func all(mark: String) -> [String] {
    [
      "<script>alert(1)</script>", "'; system(\"touch \(mark)\") #", "'.system('touch \(mark)').'",
      "`touch \(mark)`", "$(touch \(mark))", "\"; !touch \(mark)", "@ARGV ", "{/Symbol a}",
      "a_b^{c}",
      "EOD", "$d0_0", "%s%n%d%%", "100 %", "\\", "\\'", "''",
      "'\u{301}; system(\"touch \(mark)\") #",
      "x'\u{301}.system('\u{301}touch \(mark)'\u{301}).'\u{301}", "%\u{301}d %\u{301}n",
      "a\nEOD\nset output '|touch \(mark)'",
      "&lt;b&gt;&amp;", "]]>", "]]>\u{301}", "<!--", "--><svg onload='alert(1)'>", "😀👨‍👩‍👧",
      "שלום עולם", "مرحبا",
      "\u{202E}abc",
      "a\u{0}b\u{7}\u{1B}[31m", "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "<\u{301}script>",
      "", " ",
      String(repeating: "long ", count: 4000), "\u{FFFE}\u{FFFF}",
    ]
  }
}
