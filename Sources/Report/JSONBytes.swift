import FoundationEssentials

/// A value as JSON for people and programs: keys in alphabetical order and in snake case, two
/// blanks for each level, lists of numbers on one line.
/// - Parameter indentation: levels that the first line is indented by.
func jsonBytes(of value: some Encodable, indentation: Int = 0) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  var layout = JSONLayout(level: indentation)
  for byte in try encoder.encode(value) { layout.add(byte) }
  return layout.bytes
}

/// Lays out JSON that has no blanks outside of texts.
///
/// The encoder's own layout puts each number on a line of its own; to mend that afterwards took
/// several times as long as the rest.
private struct JSONLayout {
  private(set) var bytes: [UInt8] = []
  private var level: Int
  private var isInText = false
  private var isEscaped = false
  /// Where the list that was opened last begins, if it has had numbers only so far.
  private var openList: Int?
  /// Whether the last container that was opened has nothing in it yet.
  private var isEmpty = false

  init(level: Int) {
    self.level = level
    indent()
  }

  private mutating func indent() {
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
      bytes += " : ".utf8
    case UInt8(ascii: "\""):
      begin()
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
