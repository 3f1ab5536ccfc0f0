import Yams

extension JobFileReader {
  /// What a job file asks for, without what changes no fit: comments, layout, the folder of the
  /// output, the limit of memory, units, tables, formats of other programs, studies, resampling,
  /// how many data sets are drawn, and which files there are, as each has a fingerprint of its own.
  /// - Parameter method: of the job's study, for its fits alone, for which neither the other
  ///   methods nor what `fit` does matter.
  package static func canonicalText(of text: String, method: String? = nil) -> String {
    guard let root = try? composedYAML(text) else { return text }
    var canonical = ""
    let own = method.flatMap { root.mapping?["study"]?.mapping?["methods"]?.mapping?[Node($0)] }
    write(
      root, path: [], without: withoutEffect.union(own == nil ? [] : [["data"], ["estimation"]]),
      to: &canonical)
    if let method { canonical += "\u{0}\(method)" }
    if let own { write(own, path: [], without: [["data-sets"], ["memory-limit"]], to: &canonical) }
    return canonical
  }

  private static let withoutEffect = Set<[String]>([
    ["output"], ["data", "files"], ["estimation", "memory-limit"], ["units"], ["tables"], ["study"],
    ["simulation", "data-sets"], ["bootstrap"], ["likelihood-ratio-test"],
  ]).union(FormatKey.all.map { [$0.name] })

  private static func write(
    _ node: Node, path: [String], without ignored: Set<[String]>, to text: inout String
  ) {
    switch node {
    case .scalar(let scalar):
      text += scalar.style == .plain ? "=" : "'"
      text += "\(scalar.string.utf8.count):\(scalar.string)"
    case .sequence(let items):
      text += "["
      for item in items {
        write(item, path: path, without: ignored, to: &text)
        text += ","
      }
      text += "]"
    case .mapping(let pairs):
      text += "{"
      for (key, value) in pairs {
        let path = path + [key.string ?? ""]
        if ignored.contains(path) { continue }
        write(key, path: path, without: ignored, to: &text)
        write(value, path: path, without: ignored, to: &text)
        text += ","
      }
      text += "}"
    case .alias: text += "*"
    }
  }
}
