import DataPartition
import DataSets
import Glibc
import JobFiles
import MessagePassing
import PopulationData
import Report
import Study

extension FitDocument.DataSet {
  /// Whether it was drawn, as of files the hash is known.
  var isSimulated: Bool { sha256 == nil }
}

/// The subjects of a data set, found again.
enum FoundData: Sendable {
  case found([Subject], covariates: [SubjectColumn])
  /// Why not; a sentence.
  case missing(String)
}

extension OutputFolder {
  /// Reads the data of a fit, or draws them again, and compares them with what was fitted.
  func data(of dataSet: FitDocument.DataSet, jobPath: String?) -> FoundData {
    if dataSet.isSimulated { return drawnAgain(dataSet) }
    var reasons: [String] = []
    for job in jobPaths(given: jobPath) {
      let folder = job.lastIndex(of: "/").map { String(job[...$0]) } ?? ""
      let path = dataSet.name.hasPrefix("/") ? dataSet.name : folder + dataSet.name
      guard access(path, R_OK) == 0 else {
        reasons.append("\(path) cannot be read (\(String(cString: strerror(errno))))")
        continue
      }
      do {
        let share = try plan.load(
          .file(path, name: dataSet.name), communicator: SerialCommunicator())
        guard share.sha256 == dataSet.sha256 else {
          reasons.append("\(path) has changed since the fit (another SHA-256)")
          continue
        }
        guard share.subjects.count == dataSet.subjects else {
          reasons.append("\(path) is read with another number of subjects than when it was fitted")
          continue
        }
        return .found(
          share.subjects,
          covariates: (try? SubjectColumn.read(
            bytes: inflatedContents(of: path), name: path, format: plan.format,
            subjects: share.subjects))
            ?? [])
      } catch {
        reasons.append("\(error)")
      }
    }
    var said = Set<String>()
    let all = reasons.filter { said.insert($0).inserted }.joined(separator: ", ")
    return .missing(
      all.isEmpty
        ? "it is not known where the job file is; give it by --job"
        : "\(all); give the job file's place by --job")
  }

  /// The covariates of the design, and the arms if there are several.
  private func drawnColumns(_ number: Int, _ subjects: [Subject]) -> [SubjectColumn] {
    guard let trial = plan.trial else { return [] }
    let design = trial.design
    guard !design.covariates.isEmpty || design.arms.count > 1 else { return [] }
    let truth = trial.draw(number).truth
    guard truth.count == subjects.count else { return [] }
    var columns = design.covariates.enumerated().map { place, covariate in
      SubjectColumn(
        name: covariate.name,
        texts: truth.map { csvNumber($0.covariates[place]) })
    }
    if design.arms.count > 1 {
      columns.append(SubjectColumn(name: "ARM", texts: truth.map { "\($0.arm + 1)" }))
    }
    return columns
  }

  private func drawnAgain(_ dataSet: FitDocument.DataSet) -> FoundData {
    guard let place = plan.simulatedNames.firstIndex(of: dataSet.name) else {
      return .missing("the job does not simulate \(dataSet.name)")
    }
    do {
      let share = try plan.load(
        .simulated(name: dataSet.name, number: place + 1), communicator: SerialCommunicator())
      let digits = String(share.fingerprint, radix: 16)
      let fingerprint = String(repeating: "0", count: 16 - digits.count) + digits
      guard fingerprint == dataSet.fingerprint else {
        return .missing(
          "this version of popmix, or this machine, draws other data than were fitted (fingerprint \(fingerprint), there \(dataSet.fingerprint ?? "none"))"
        )
      }
      return .found(share.subjects, covariates: drawnColumns(place + 1, share.subjects))
    } catch {
      return .missing("\(error)")
    }
  }
}
