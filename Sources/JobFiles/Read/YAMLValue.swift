import Spelling
import Yams

/// A value of the job file and its place in it.
///
/// Each reading method gives nil after it has reported what is wrong, so that a reader goes on and
/// finds the other faults too.
struct YAMLValue {
  let node: Node
  /// Keys from the root, as `model.start.sigma`; the items of lists are numbered from 1.
  let path: String
  /// Place of the key that the value belongs to; of the value itself in a list.
  let keyPosition: TextPosition
  let document: YAMLDocument

  /// Place of the value; of its key when nothing is written.
  var position: TextPosition {
    isNothing ? keyPosition : node.mark.map(document.position(of:)) ?? keyPosition
  }

  /// How messages call the value.
  var label: String { path.isEmpty ? "the file" : "'\(path)'" }

  /// Reports "`label` `message`" at the value, or at its key.
  func report(_ message: String, atKey: Bool = false) {
    document.report("\(label) \(message)", at: atKey ? keyPosition : position)
  }

  /// Nothing after the key, or `~`; words such as `null` and `no` are texts.
  var isNothing: Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
    return scalar.string.isEmpty || scalar.string == "~"
  }

  /// The value, to be put behind "is".
  private var found: String {
    switch node {
    case .scalar(let scalar):
      if isNothing { return "empty" }
      if StrictNumber.double(scalar.string) != nil { return scalar.string }
      return "the text \(quoted(scalar.string))"
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .alias: return "an alias"
    }
  }

  /// Reports that something else than `expected` was found.
  func reportUnexpected(_ expected: String, remedy: String? = nil) {
    let remedy = remedy ?? (isNothing ? "give a value, or remove it" : nil)
    let sentence = "is \(found), expected \(expected)\(remedy.map { "; \($0)" } ?? "")"
    report(sentence.hasSuffix("?") ? sentence : sentence + ".")
  }
}

// MARK: - Scalars

extension YAMLValue {
  /// The text, not empty, of a scalar.
  func text(expected: String = "a text") -> String? {
    guard case .scalar(let scalar) = node, !isNothing, !scalar.string.isEmpty else {
      reportUnexpected(expected)
      return nil
    }
    return scalar.string
  }

  /// Where the first character of the text stands: of a block behind `|` in the next line.
  var textStart: TextPosition {
    guard case .scalar(let scalar) = node, scalar.style == .literal || scalar.style == .folded
    else { return position }
    let line = position.line + 1
    return TextPosition(line: line, column: document.indentation(ofLine: line) + 1)
  }

  /// The text with its place.
  func locatedText(expected: String = "a text") -> Located<String>? {
    text(expected: expected).map { Located($0, at: position) }
  }

  /// A number of the domain.
  func number(_ domain: NumberDomain) -> Double? {
    let string = node.scalar?.string
    guard let string, let value = StrictNumber.double(string), domain.contains(value) else {
      reportUnexpected(domain.name, remedy: string.flatMap(StrictNumber.remedy))
      return nil
    }
    return value
  }

  /// A whole number in the range.
  func integer<Integer: FixedWidthInteger>(in range: ClosedRange<Integer>) -> Integer? {
    let string = node.scalar?.string
    guard let string, let value = StrictNumber.integer(string, as: Integer.self),
      range.contains(value)
    else {
      reportUnexpected(
        "a whole number from \(range.lowerBound) to \(range.upperBound)",
        remedy: string.flatMap(StrictNumber.remedy))
      return nil
    }
    return value
  }

  /// One of the words of an enumeration.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(of: Choice.Type) -> Choice? {
    let words = Choice.allCases.map(\.rawValue)
    return word(among: words).flatMap(Choice.init(rawValue:))
  }

  /// One of the words.
  func word(among words: [String]) -> String? {
    guard case .scalar(let scalar) = node, words.contains(scalar.string) else {
      let near = node.scalar.flatMap { nearestName(to: $0.string, among: words) }
      reportUnexpected(alternatives(words), remedy: near.map { "did you mean '\($0)'?" })
      return nil
    }
    return scalar.string
  }
}

/// Numbers that make sense for a value, and how messages call them.
struct NumberDomain: Sendable {
  let name: String
  let contains: @Sendable (Double) -> Bool

  static let any = NumberDomain(name: "a number") { _ in true }
  static let positive = NumberDomain(name: "a number greater than 0") { $0 > 0 }
  static func between(_ lower: Double, _ upper: Double) -> NumberDomain {
    NumberDomain(name: "a number between \(lower) and \(upper)") { lower < $0 && $0 < upper }
  }
  static let notZero = NumberDomain(name: "a number other than 0") { $0 != 0 }
  static let notNegative = NumberDomain(name: "a number not less than 0") { $0 >= 0 }
  static let atLeastOne = NumberDomain(name: "a number not less than 1") { $0 >= 1 }
  static let correlation = NumberDomain(name: "a number between -1 and 1") { abs($0) < 1 }
}

// MARK: - Collections

extension YAMLValue {
  /// Whether a list is written.
  var isList: Bool { node.sequence != nil }

  /// Whether a mapping is written.
  var isMapping: Bool { node.mapping != nil }

  /// The items of a list that is not empty.
  func list(of expected: String) -> [YAMLValue]? {
    guard case .sequence(let sequence) = node else {
      reportUnexpected("a list of \(expected)")
      return nil
    }
    guard !sequence.isEmpty else {
      report("is an empty list, expected a list of \(expected); give a value, or remove it.")
      return nil
    }
    return sequence.enumerated().map { index, node in
      YAMLValue(
        node: node, path: "\(path)[\(index + 1)]",
        keyPosition: node.mark.map(document.position(of:)) ?? position, document: document)
    }
  }

  /// The items of a list that is not empty, or the one value.
  func oneOrMany(of expected: String) -> [YAMLValue]? {
    isList ? list(of: expected) : [self]
  }

  /// The entries of a mapping; keys that are not among `keys` are reported and left out.
  /// - Parameter noun: what a key is called in messages.
  func mapping(keys: [String], noun: String = "key") -> YAMLMapping? {
    anyMapping(expected: "a mapping")?.only(keys, noun: noun)
  }

  /// The entries of a mapping with any texts as keys.
  func anyMapping(expected: String) -> YAMLMapping? {
    guard case .mapping(let mapping) = node else {
      reportUnexpected(expected)
      return nil
    }
    var entries: [YAMLMapping.Entry] = []
    for (keyNode, valueNode) in mapping {
      let keyPosition = keyNode.mark.map(document.position(of:)) ?? position
      guard case .scalar(let scalar) = keyNode, !scalar.string.isEmpty else {
        document.report(
          "a key in \(label) is \(keyNode.isNothing ? "empty" : "a list or mapping"), "
            + "expected a text; write 'key: value'.", at: keyPosition)
        continue
      }
      // Yams takes 1 and "1" for two keys, we for one text.
      guard !entries.contains(where: { $0.key.value == scalar.string }) else {
        document.report(
          "the key '\(scalar.string)' is written more than once in one mapping, expected it once; "
            + "keep one of them.", at: keyPosition)
        continue
      }
      let value = YAMLValue(
        node: valueNode, path: path.isEmpty ? scalar.string : "\(path).\(scalar.string)",
        keyPosition: keyPosition, document: document)
      entries.append((Located(scalar.string, at: keyPosition), value))
    }
    return YAMLMapping(owner: self, entries: entries)
  }
}

extension Node {
  fileprivate var isNothing: Bool { scalar?.string.isEmpty ?? false }
}

/// The entries of a mapping in the order of the file.
struct YAMLMapping {
  typealias Entry = (key: Located<String>, value: YAMLValue)

  let owner: YAMLValue
  let entries: [Entry]
  /// Keys that unknown keys are likely to stand for; they are not reported as missing as well.
  var misspelt: Set<String> = []

  /// The value of a key that may be left out.
  subscript(key: String) -> YAMLValue? { entries.first { $0.key.value == key }?.value }

  /// The value of a key that may not be left out; its absence is reported at the owner.
  func required(_ key: String) -> YAMLValue? {
    if let value = self[key] { return value }
    if !misspelt.contains(key) {
      owner.report("has no '\(key)', which is required; add it.", atKey: true)
    }
    return nil
  }

  /// The entries whose keys are among `keys`; the others are reported.
  func only(_ keys: [String], noun: String = "key") -> YAMLMapping {
    var misspelt: Set<String> = []
    let known = entries.filter { entry in
      let key = entry.key.value
      if keys.contains(key) { return true }
      let near = nearestName(to: key, among: keys)
      if let near { misspelt.insert(near) }
      owner.document.report(
        "unknown \(noun) \(quoted(key)) in \(owner.label), expected "
          + "\(alternatives(keys.map { "'\($0)'" })); "
          + (near.map { "did you mean '\($0)'?" } ?? "correct or remove it."),
        at: entry.value.keyPosition)
      return false
    }
    return YAMLMapping(owner: owner, entries: known, misspelt: misspelt)
  }
}

extension Located {
  init(_ value: Value, at position: TextPosition) {
    self.init(value, line: position.line, column: position.column)
  }
}
