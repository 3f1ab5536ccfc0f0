import Yams

extension JobFileReader {
  /// What a job file asks for, without what changes no result: comments, layout, the folder of the output, the limit of memory, and
  /// which files there are, as each has a fingerprint of its own.
  package static func canonicalText(of text: String) -> String {
    guard let root = try? Yams.compose(yaml: text, .default, .default, .utf8) else { return text }
    var canonical = ""
    write(root, path: [], to: &canonical)
    return canonical
  }

  private static let withoutEffect: Set<[String]> = [
    ["output"], ["data", "files"], ["estimation", "memory-limit"],
  ]

  private static func write(_ node: Node, path: [String], to text: inout String) {
    switch node {
    case .scalar(let scalar):
      text += scalar.style == .plain ? "=" : "'"
      text += "\(scalar.string.utf8.count):\(scalar.string)"
    case .sequence(let items):
      text += "["
      for item in items {
        write(item, path: path, to: &text)
        text += ","
      }
      text += "]"
    case .mapping(let pairs):
      text += "{"
      for (key, value) in pairs {
        let path = path + [key.string ?? ""]
        if withoutEffect.contains(path) { continue }
        write(key, path: path, to: &text)
        write(value, path: path, to: &text)
        text += ","
      }
      text += "}"
    case .alias: text += "*"
    }
  }
}
