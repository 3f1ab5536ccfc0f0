import Glibc

/// Why a figure could not be drawn.
package enum FigureError: Error, Sendable, Equatable, CustomStringConvertible {
  case noGnuplot
  /// gnuplot cannot do what is needed, such as PDF files.
  case unsuitable(program: String, reason: String)
  case failed(figure: String, reason: String)
  case system(doing: String, reason: String)

  package var description: String {
    switch self {
    case .noGnuplot:
      "gnuplot, which draws the figures, is not in PATH; install it (Debian and Ubuntu: apt-get install gnuplot-nox)."
    case .unsuitable(let program, let reason):
      "\(program) cannot draw the figures (\(reason)); install gnuplot 5.2 or later with cairo (Debian and Ubuntu: "
        + "apt-get install gnuplot-nox)."
    case .failed(let figure, let reason):
      "gnuplot could not draw the figure \(figure) (\(reason)); please report it, with the output folder."
    case .system(let doing, let reason):
      "\(doing) failed (\(reason)); look for a full disk, and at TMPDIR."
    }
  }
}

/// A figure in both formats.
package struct DrawnFigure: Sendable {
  package let svg: [UInt8]
  package let pdf: [UInt8]
  /// What gnuplot had to say; empty as a rule.
  package let remarks: String
}

/// gnuplot, run anew for each figure: in a folder of its own, with nothing but a script on its
/// standard input, and without the user's settings.
package struct Gnuplot: Sendable {
  /// Path of the program.
  package let program: String

  package init(program: String) { self.program = program }

  /// gnuplot as it is found in PATH.
  package static func found() throws(FigureError) -> Gnuplot {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    for folder in path.split(separator: ":") {
      let program = "\(folder)/gnuplot"
      if access(program, X_OK) == 0 { return Gnuplot(program: program) }
    }
    throw .noGnuplot
  }

  /// Draws a figure.
  package func draw(_ figure: Figure) throws(FigureError) -> DrawnFigure {
    let folder = try TemporaryFolder()
    let script = GnuplotScript(figure)
    let place = "cd \(Self.escaped(folder.path))\n"
    try folder.write(Array((place + script.text).utf8), to: "script")
    let run = try Execution(
      program, ["--default-settings", "-"], input: "\(folder.path)/script",
      remarks: "\(folder.path)/remarks")
    let remarks = String(decoding: folder.read("remarks") ?? [], as: UTF8.self)
    guard run.code == 0 else {
      if remarks.contains("unknown or ambiguous terminal") {
        throw .unsuitable(program: program, reason: "it lacks the terminal svg or pdfcairo")
      }
      throw .failed(
        figure: figure.name,
        reason: "\(run.description): \(Self.oneLine(remarks))")
    }
    guard let svg = folder.read(GnuplotScript.files.svg),
      let pdf = folder.read(GnuplotScript.files.pdf),
      Self.ends(svg, with: "</svg>"),
      Self.ends(pdf, with: "%%EOF")
    else {
      throw .failed(
        figure: figure.name,
        reason: "its files are not complete: \(Self.oneLine(remarks))")
    }
    return DrawnFigure(svg: CompactSVG(svg).bytes, pdf: pdf, remarks: remarks)
  }

  /// A text of any characters for a script, those that could have a meaning by their numbers: a
  /// folder may have a line end in its name.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 8)
        escaped += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return "\"\(escaped)\""
  }

  private static func oneLine(_ remarks: String) -> String {
    let lines = remarks.split(whereSeparator: \.isNewline).map { line in
      line.drop { $0 == " " || $0 == "\t" || $0 == "^" }
    }
    return PlotText.visible(lines.filter { !$0.isEmpty }.joined(separator: "; "), longest: 300)
  }

  /// The script by which a figure is drawn.
  package func script(of figure: Figure) -> String { GnuplotScript(figure).text }

  private static func ends(_ bytes: [UInt8], with mark: String) -> Bool {
    String(decoding: bytes.suffix(mark.utf8.count + 4), as: UTF8.self).contains(mark)
  }
}
