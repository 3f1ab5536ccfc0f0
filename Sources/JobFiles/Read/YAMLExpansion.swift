import Yams

/// The tree of a YAML text.
/// - Throws: `YamlError`, or `YAMLExpansion.Failure` if it would be larger than any job is.
func composedYAML(_ text: String) throws -> Node? {
  try YAMLExpansion.check(text)
  return try Yams.compose(yaml: text, .default, .default, .utf8)
}

/// How large the tree of a YAML text may become.
///
/// An alias stands for all that its anchor has, so that ten lines can have the size of a library.
/// With m anchors and k aliases at most (1 + k/(m + 1))^(m + 1) times the text, since an alias
/// names an anchor before it. Nested brackets and dashes make a deep tree, by which functions call
/// themselves until there is no room.
enum YAMLExpansion {
  struct Failure: Error {
    let message: String
    /// In the text's UTF-8.
    let offset: Int
  }

  private static let largest = 1e5
  private static let deepest = 200

  /// Looks at signs wherever they are, in comments and texts too: what is not there is not missed.
  static func check(_ text: String) throws(Failure) {
    var text = text
    let failure = text.withUTF8 { bytes in aliasFailure(bytes) ?? depthFailure(bytes) }
    if let failure { throw failure }
  }

  private static func aliasFailure(_ bytes: UnsafeBufferPointer<UInt8>) -> Failure? {
    let anchors = names(after: UInt8(ascii: "&"), bytes)
    guard !anchors.isEmpty else { return nil }
    let known = Set(anchors.map(\.name))
    let aliases = names(after: UInt8(ascii: "*"), bytes).filter { known.contains($0.name) }
    let used = Set(aliases.map(\.name))
    let levels = Double(anchors.count { used.contains($0.name) } + 1)
    guard let first = aliases.first, levels * log1(Double(aliases.count) / levels) > log1(largest)
    else { return nil }
    return Failure(
      message:
        "found \(aliases.count) aliases of \(Int(levels) - 1) anchors, which may stand for more than any job "
        + "has; write out what they stand for.", offset: first.offset)
  }

  /// log₂(1 + x), rounded up or down by less than matters here.
  private static func log1(_ x: Double) -> Double {
    let whole = 1 + x
    return Double(whole.exponent) + whole.significand - 1
  }

  private static func names(after sign: UInt8, _ bytes: UnsafeBufferPointer<UInt8>)
    -> [(name: [UInt8], offset: Int)]
  {
    var names: [(name: [UInt8], offset: Int)] = []
    for place in bytes.indices where bytes[place] == sign {
      let name = bytes[(place + 1)...].prefix { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      if !name.isEmpty { names.append((Array(name), place)) }
    }
    return names
  }

  /// Brackets, and dashes, question marks and colons at the beginning of lines, open a level each;
  /// indentation as many as it has columns at most.
  private static func depthFailure(_ bytes: UnsafeBufferPointer<UInt8>) -> Failure? {
    var brackets = 0
    var signs = 0
    var indentation = 0
    var isBegin = true
    for (place, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        (signs, indentation, isBegin) = (0, 0, true)
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        if isBegin { indentation += 1 }
      case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
        let next = place + 1 < bytes.count ? bytes[place + 1] : UInt8(ascii: "\n")
        isBegin = isBegin && next <= UInt8(ascii: " ")
        if isBegin { signs += 1 }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets += 1
        isBegin = false
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        brackets = max(0, brackets - 1)
        isBegin = false
      default: isBegin = false
      }
      if max(brackets, signs) > deepest || indentation > 5 * deepest {
        return Failure(
          message:
            "found more than \(deepest) levels of lists and mappings in each other, which no job has; "
            + "remove the brackets or dashes.", offset: place)
      }
    }
    return nil
  }
}
