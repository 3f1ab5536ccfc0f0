import Glibc

/// The files that a job reads, which none of its outputs may replace, by whatever path.
struct InputFiles {
  private var names: [FileStamp.Identity: String] = [:]

  init() {}

  /// - Parameter files: paths, each with what the file is for the job.
  init(_ files: [(path: String, name: String)]) { for file in files { add(file.path, file.name) } }

  /// - Parameter includesData: whether the job's data are read.
  init(_ job: LoadedJob, includesData: Bool = true) {
    let jobFile = job.plan.jobFile
    let folder = jobFile.path.lastIndex(of: "/").map { String(jobFile.path[...$0]) } ?? ""
    if includesData {
      for path in Set(job.sources.compactMap(\.path)) { add(path, "the data") }
    }
    if let published = jobFile.study?.published?.value {
      add(published.hasPrefix("/") ? published : folder + published, "the published figures")
    }
    if let path = jobFile.model.equations?.path { add(path, "the model") }
    if let path = job.controlStream { add(path, "the control stream") }
    add(jobFile.path, "the job file")
  }

  mutating func add(_ path: String, _ name: String) {
    guard let stamp = FileStamp(path, followsLinks: true) else { return }
    names[stamp.identity] = name
  }

  /// What a file is for the job; `nil` if it is not read.
  func name(of stamp: FileStamp) -> String? { names[stamp.identity] }
}
