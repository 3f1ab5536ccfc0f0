import DataSets
import JobFiles
import OutputFolders

extension InputFiles {
  /// - Parameter includesData: whether the job's data are read.
  init(_ job: LoadedJob, includesData: Bool = true) {
    self.init()
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
}

extension FolderLedger {
  /// Of folders of fits.
  static let ofFits = FolderLedger(
    outputs: { Ledger.outputs(of: $0) }, remove: { try Ledger.remove(in: $0) })
}
