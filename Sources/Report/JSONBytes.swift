import FoundationEssentials

/// A value as JSON for people and programs: keys in alphabetical order and in snake case, two
/// blanks for each level, lists of numbers on one line.
/// - Parameter indentation: levels that the first line is indented by.
func jsonBytes(of value: some Encodable, indentation: Int = 0) throws -> [UInt8] {
  try jsonObject(of: value, indentation: indentation).text
}

/// An object as JSON, and where the line of each of its members begins.
/// - Parameter indentation: levels that the first line is indented by.
/// - Returns: the text, and its members in alphabetical order of their keys in snake case.
func jsonObject(
  of value: some Encodable, indentation: Int = 0
) throws -> (text: [UInt8], members: [(key: String, start: Int)]) {
  var layout = JSONLayout(level: indentation)
  layout.indent()
  for byte in try encoded(value) { layout.add(byte) }
  return (layout.bytes, layout.members)
}

/// The members of an object as they stand between its braces: without the braces, a comma after
/// each but the last, no end of the line after the last.
/// - Parameters:
///   - value: what is encoded as an object with a member at least.
///   - indentation: levels that the object's first line is indented by; its members have one more.
func jsonMembers(of value: some Encodable, indentation: Int = 0) throws -> [UInt8] {
  let object = try encoded(value)
  precondition(object.first == UInt8(ascii: "{") && object.count > 2, "an object with members")
  var layout = JSONLayout(level: indentation + 1)
  layout.indent()
  for byte in object.dropFirst().dropLast() { layout.add(byte) }
  return layout.bytes
}

/// Keys in alphabetical order, no blanks outside of texts.
private func encoded(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  return try encoder.encode(value)
}

/// Lays out JSON that has no blanks outside of texts.
///
/// The encoder's own layout puts each number on a line of its own; to mend that afterwards took
/// several times as long as the rest.
private struct JSONLayout {
  private(set) var bytes: [UInt8] = []
  /// Of the outermost object: where the lines of its members begin.
  private(set) var members: [(key: String, start: Int)] = []
  private var level: Int
  /// That of the members of the outermost object.
  private let top: Int
  /// Where the last text at that level begins.
  private var topText = 0
  private var isInText = false
  private var isEscaped = false
  /// Where the list that was opened last begins, if it has had numbers only so far.
  private var openList: Int?
  /// Whether the last container that was opened has nothing in it yet.
  private var isEmpty = false

  init(level: Int) {
    self.level = level
    top = level + 1
  }

  mutating func indent() {
    for _ in 0..<level {
      bytes.append(UInt8(ascii: " "))
      bytes.append(UInt8(ascii: " "))
    }
  }

  private mutating func newLine() {
    bytes.append(UInt8(ascii: "\n"))
    indent()
  }

  mutating func add(_ byte: UInt8) {
    if isInText {
      bytes.append(byte)
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInText = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      begin()
      bytes.append(byte)
      level += 1
      isEmpty = true
      openList = byte == UInt8(ascii: "[") ? bytes.count : nil
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      level -= 1
      if !isEmpty, openList == nil { newLine() }
      bytes.append(byte)
      isEmpty = false
      openList = nil
    case UInt8(ascii: ","):
      bytes.append(byte)
      if openList == nil { newLine() } else { bytes.append(UInt8(ascii: " ")) }
    case UInt8(ascii: ":"):
      if level == top {
        // What is before it is the key, between quotes.
        let key = String(decoding: bytes[topText + 1..<bytes.count - 1], as: UTF8.self)
        members.append((key, topText - 2 * level))
      }
      bytes += " : ".utf8
    case UInt8(ascii: "\""):
      begin()
      if level == top { topText = bytes.count }
      bytes.append(byte)
      isInText = true
    default:
      // A number, or one of the words true, false and null.
      if isEmpty, openList == nil { newLine() }
      isEmpty = false
      bytes.append(byte)
    }
  }

  /// What is no number begins, on a line of its own where it is the first of a container.
  private mutating func begin() {
    if isEmpty { newLine() }
    isEmpty = false
    openList = nil
  }
}
