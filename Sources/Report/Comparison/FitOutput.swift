/// The results of one run, as they are compared with those of others.
package struct FitOutput: Sendable {
  /// As it was given.
  package let path: String
  package let document: FitDocument
  /// A short name, different from those of the other outputs.
  package let label: String

  /// - Parameter found: paths and what stands there.
  package static func labelled(_ found: [(path: String, document: FitDocument)]) -> [FitOutput] {
    let paths = found.map { trimmed($0.path) }
    let names = paths.map { String($0.split(separator: "/").last ?? $0[...]) }
    let isClear = Set(names).count == names.count
    return found.indices.map { i in
      let same = paths[..<i].count { $0 == paths[i] }
      let label = isClear ? names[i] : same == 0 ? paths[i] : "\(paths[i]) (\(same + 1))"
      return FitOutput(path: found[i].path, document: found[i].document, label: label)
    }
  }

  /// Without what is the same for all: slashes at the end, the name of the file.
  private static func trimmed(_ path: String) -> String {
    var path = path[...]
    if path.hasSuffix("/fit.json") { path = path.dropLast(9) }
    while path.hasSuffix("/"), path.count > 1 { path = path.dropLast() }
    return String(path)
  }
}
