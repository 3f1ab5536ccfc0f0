import Glibc

/// Paths of files as they are from an output folder, whatever links and working folders lead there.
package struct OutputPaths {
  package let folder: String
  private let base: [String]
  private var parents: [String: [String]] = [:]

  package init(_ folder: String) {
    self.folder = folder
    base = Self.resolved(folder)
  }

  /// The path from the output folder; files elsewhere begin with `../`.
  package mutating func key(_ path: String) -> String {
    let (parent, name) = Self.split(path)
    let own = parents[parent] ?? Self.resolved(parent)
    parents[parent] = own
    let common = zip(base, own).prefix { $0 == $1 }.count
    let up = Array(repeating: "..", count: base.count - common)
    return (up + own[common...] + [name]).joined(separator: "/")
  }

  /// The path of a file of the list, as messages show it.
  package func path(_ key: String) -> String {
    guard key.hasPrefix("../") else { return folder == "." ? key : "\(folder)/\(key)" }
    // Of a file elsewhere without the links that may lead to the folder.
    var parts = base
    for part in key.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    let here = Self.resolved(".")
    if parts.starts(with: here) { return parts[here.count...].joined(separator: "/") }
    return "/" + parts.joined(separator: "/")
  }

  /// Folder and name.
  package static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    return (parent, String(path[path.index(after: slash)...]))
  }

  /// The components of a folder without links, of which the last ones need not be there.
  private static func resolved(_ folder: String) -> [String] {
    var missing: [String] = []
    var path = folder.isEmpty ? "." : folder
    while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
    while true {
      if let real = realpath(path, nil) {
        defer { free(real) }
        var parts = String(cString: real).split(separator: "/").map(String.init)
        for part in missing.reversed() where part != "." && !part.isEmpty {
          if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts
      }
      let (parent, name) = split(path)
      guard parent != path else { return missing.reversed() }
      missing.append(name)
      path = parent
    }
  }
}
