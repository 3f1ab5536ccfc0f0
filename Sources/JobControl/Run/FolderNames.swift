/// Names of folders and files for data sets.
enum FolderNames {
  /// A name for each data set: that of the file without its ending, with what would lead elsewhere
  /// replaced, and a number where it is not the only one.
  static func of(_ dataSets: [String]) -> [String: String] {
    var names: [String: String] = [:]
    var taken: Set<String> = []
    for dataSet in dataSets {
      let stem = dataSet.hasSuffix(".csv") ? String(dataSet.dropLast(4)) : dataSet
      let plain = String(stem.map { $0 == "/" ? "_" : $0 }.drop { $0 == "." })
      var name = plain.isEmpty ? "data" : plain
      var number = 1
      while !taken.insert(name).inserted {
        number += 1
        name = "\(plain)-\(number)"
      }
      names[dataSet] = name
    }
    return names
  }
}
