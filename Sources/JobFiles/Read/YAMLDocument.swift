import Yams

/// Line and column of a character, both counted from 1.
struct TextPosition: Comparable, Hashable {
  var line: Int
  var column: Int

  static func < (a: TextPosition, b: TextPosition) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// The text of a job file, and the faults found in it so far.
///
/// A class, because every part of the tree reports to the same list.
final class YAMLDocument {
  let path: String
  private let text: String
  private let lines: [String]
  private var faults: [(position: TextPosition, message: String)] = []

  init(text: String, path: String) {
    // The byte order mark is no part of the first line for the user, and YAML does not count it.
    let hasMark = text.unicodeScalars.first == "\u{FEFF}"
    self.text = hasMark ? String(text.unicodeScalars.dropFirst()) : text
    self.path = path
    lines = Self.lines(of: self.text)
  }

  /// Notes a fault; `message` is a whole sentence.
  func report(_ message: String, at position: TextPosition) {
    faults.append((position, message))
  }

  /// Number of faults reported so far.
  var faultCount: Int { faults.count }

  /// The faults in the order of their places.
  var diagnostics: [JobDiagnostic] {
    // Ties keep the order of discovery: sorting pairs with their index makes the sort stable.
    faults.enumerated()
      .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
      .map { _, fault in
        JobDiagnostic(
          path: path, line: fault.position.line, column: fault.position.column,
          message: fault.message)
      }
  }

  /// The tree of the text, or nil after a report when it is empty or no YAML.
  func root() -> YAMLValue? {
    let start = TextPosition(line: 1, column: 1)
    if let position = firstControlCharacter() {
      report(
        "found a control character, expected plain text; save the file as UTF-8 text.",
        at: position)
      return nil
    }
    do {
      guard let node = try composedYAML(text) else {
        report("the file is empty, expected a job; begin it with 'popmix: 1'.", at: start)
        return nil
      }
      return YAMLValue(node: node, path: "", keyPosition: start, document: self)
    } catch let failure as YAMLExpansion.Failure {
      report(failure.message, at: position(ofByte: failure.offset))
    } catch let error as YamlError {
      let (message, position) = sentence(for: error)
      report(message, at: position)
    } catch {
      report("the file cannot be read as YAML (\(error)).", at: start)
    }
    return nil
  }

  /// Place of a mark of Yams in characters.
  func position(of mark: Mark) -> TextPosition {
    position(line: mark.line, scalar: mark.column)
  }

  /// Place of a byte of the text.
  private func position(ofByte offset: Int) -> TextPosition {
    let before = Self.lines(of: String(decoding: text.utf8.prefix(offset), as: UTF8.self))
    return TextPosition(line: before.count, column: before[before.count - 1].count + 1)
  }

  /// Place in characters of the Unicode scalar of that number, counted from 1, in a line.
  private func position(line: Int, scalar: Int) -> TextPosition {
    let line = min(max(line, 1), lines.count)
    let before = lines[line - 1].unicodeScalars.prefix(max(scalar - 1, 0))
    return TextPosition(line: line, column: String(before).count + 1)
  }

  /// Blanks at the beginning of a line, or of the next one that has any other character.
  func indentation(ofLine line: Int) -> Int {
    for text in lines.dropFirst(line - 1) {
      let blanks = text.prefix { $0 == " " }.count
      if blanks < text.count { return blanks }
    }
    return 0
  }

  /// The character at a mark, or nil at the end of a line.
  func character(at mark: Mark) -> Character? {
    let position = position(of: mark)
    return lines[position.line - 1].dropFirst(position.column - 1).first
  }

  /// Lines are what YAML 1.1 takes for them, so that they agree with the marks.
  private static func lines(of text: String) -> [String] {
    var lines = [String.UnicodeScalarView()]
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lines.append(.init())
      default: lines[lines.count - 1].append(scalar)
      }
      previous = scalar
    }
    return lines.map { String($0) }
  }

  /// The parser gives no reliable place for these, so they are looked for before it.
  private func firstControlCharacter() -> TextPosition? {
    for (index, line) in lines.enumerated() {
      let scalars = line.unicodeScalars
      let column = scalars.firstIndex { scalar in
        switch scalar.value {
        case 0x09, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
          0x10000...0x10FFFF:
          false
        default: true
        }
      }
      if let column {
        return position(line: index + 1, scalar: scalars[..<column].count + 1)
      }
    }
    return nil
  }
}
