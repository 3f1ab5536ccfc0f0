import Glibc

/// The files that a job reads, which none of its outputs may replace, by whatever path.
package struct InputFiles {
  private var names: [FileStamp.Identity: String] = [:]

  package init() {}

  /// - Parameter files: paths, each with what the file is for the job.
  package init(_ files: [(path: String, name: String)]) {
    for file in files { add(file.path, file.name) }
  }

  package mutating func add(_ path: String, _ name: String) {
    guard let stamp = FileStamp(path, followsLinks: true) else { return }
    names[stamp.identity] = name
  }

  /// What a file is for the job; `nil` if it is not read.
  package func name(of stamp: FileStamp) -> String? { names[stamp.identity] }
}
