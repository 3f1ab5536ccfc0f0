import Estimation
import MessagePassing
import OutputFolders
import PopulationData
import Report

/// What a sequence of jobs needs of the fits of one of them, beside the entry of each in
/// `fit.json`.
struct FitDetails: OptionSet, Sendable {
  let rawValue: Int

  /// The SHA-256 of `fit.json`, for jobs whose data sets are drawn from these fits.
  static let hash = FitDetails(rawValue: 1)
  /// Posterior probabilities τ of the components, of all subjects.
  static let memberships = FitDetails(rawValue: 2)
}

/// A fit for a sequence as one rank has it; without what the sequence does not need.
struct SequenceFit: Codable, Sendable {
  /// The entry of `fit.json`, without the maxima of other starts; on one of the ranks that have a
  /// part of the subjects.
  var dataSet: FitDocument.DataSet?
  /// Place of the rank's first subject in the data set, from 0.
  var firstSubject = 0
  /// τ of the rank's subjects, in the order of the data.
  var memberships: [[Double]] = []

  init(_ dataSet: FitDocument.DataSet?, _ details: FitDetails) {
    self.dataSet = dataSet
    // Only the text of `fit.json` has a use for them, and replicates are thousands.
    if !details.contains(.hash) { self.dataSet?.fit?.iterations = [] }
  }

  /// A fit of this run.
  /// - Parameter dataSet: its entry of `fit.json`, on the first rank of its group.
  init(_ result: DataSetResult, _ dataSet: FitDocument.DataSet?, _ details: FitDetails) {
    self.init(dataSet, details)
    guard details.contains(.memberships), let fit = result.fit else { return }
    firstSubject = fit.subjects.first?.index ?? 0
    memberships = fit.posteriors.map(\.membership)
  }
}

/// The fits of one job of a sequence: those of this run from the memory of the ranks that have done
/// them, and those of earlier runs from what these have left. What this run has written is not read
/// back.
final class SequenceFits {
  private let details: FitDetails
  private let held = HeldFits<SequenceFit>()
  /// What there is when the job's outputs stand in its folder; on ranks other than the first it has
  /// no data sets. `nil` if there are no outputs.
  private(set) var collected: CollectedFits?

  init(_ details: FitDetails) { self.details = details }

  /// Keeps a fit of this run.
  /// - Parameter dataSet: its entry of `fit.json`, on the first rank of its group.
  func hold(_ result: DataSetResult, _ dataSet: FitDocument.DataSet?, _ record: LedgerRecord) {
    held.hold(SequenceFit(result, dataSet, details), record)
  }

  /// Brings the fits of all data sets to the first rank; collective.
  /// - Parameters:
  ///   - run: what names of this run's ledger files begin with.
  ///   - earlier: reads what earlier runs have left.
  ///   - document: what this run has written beside the data sets into `fit.json`; `nil` if an
  ///     earlier run has written the file, perhaps with another text of the job.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  func collect(
    _ results: JobResults, run: Substring, earlier: EarlierFits, document: FitDocument?,
    by communicator: any Communicator
  ) throws {
    let own = try communicator.onEveryRank(failingWith: .data) {
      try ownParts(results, run: run, earlier: earlier, communicator)
    }
    let parts = try communicator.gathered(own).flatMap { $0 }
    collected =
      try communicator.onFirstRank(failingWith: .data) {
        var fits = CollectedFits(try whole(parts, results))
        if details.contains(.hash) {
          fits.hash = try Self.hash(fits.dataSets, document) ?? earlier.documentHash()
        }
        for place in fits.dataSets.indices { fits.dataSets[place].fit?.iterations = [] }
        return fits
      } ?? CollectedFits([])
  }

  /// What one rank has of the fit of a data set.
  private struct Part: Codable {
    /// Of the data set.
    let number: Int
    let fit: SequenceFit
  }

  /// What this rank has, or takes of what earlier runs have left.
  private func ownParts(
    _ results: JobResults, run: Substring, earlier: EarlierFits, _ communicator: any Communicator
  ) throws -> [Part] {
    var parts: [Part] = []
    for (number, dataSet) in results.dataSets.enumerated() {
      let entries = dataSet.starts[dataSet.best]
      if LedgerWriter.owners(of: entries, run: run) != nil {
        if let fit = held[entries[0].record.piece] { parts.append(Part(number: number, fit: fit)) }
      } else if number % communicator.size == communicator.rank {
        parts.append(Part(number: number, fit: try earlier.fit(of: entries, details)))
      }
    }
    return parts
  }

  /// The fits of all data sets, in their order, with the maxima of all starts.
  private func whole(_ parts: [Part], _ results: JobResults) throws -> [SequenceFit] {
    var fits = results.dataSets.map { _ in SequenceFit(nil, details) }
    for part in parts.sorted(by: { $0.fit.firstSubject < $1.fit.firstSubject }) {
      if let dataSet = part.fit.dataSet { fits[part.number].dataSet = dataSet }
      fits[part.number].memberships += part.fit.memberships
    }
    for (place, dataSet) in results.dataSets.enumerated() {
      guard fits[place].dataSet?.name == dataSet.name else {
        throw JobFailure(
          message: "\(dataSet.name): no rank has its fit, which is an error in popmix; what is "
            + "done is in the ledger, give the same command again.", code: .internal)
      }
      if let maxima = dataSet.maximaInDocument { fits[place].dataSet?.add(maxima) }
    }
    return fits
  }

  /// SHA-256 of the `fit.json` that was made of these fits and a document without data sets.
  private static func hash(
    _ dataSets: [FitDocument.DataSet], _ document: FitDocument?
  ) throws -> String? {
    guard var document else { return nil }
    document.dataSets = dataSets
    return sha256(try document.texts())
  }
}

/// The fits of all data sets of a job.
struct CollectedFits: Codable, Sendable {
  /// As `fit.json` has them, in their order, but without iterations.
  fileprivate(set) var dataSets: [FitDocument.DataSet]
  /// τ of the subjects of each data set, where they are wanted.
  let memberships: [String: [[Double]]]
  /// SHA-256 of `fit.json`; empty where it is not wanted.
  fileprivate(set) var hash = ""

  fileprivate init(_ fits: [SequenceFit]) {
    dataSets = fits.compactMap(\.dataSet)
    memberships = fits.reduce(into: [:]) { tables, fit in
      if let dataSet = fit.dataSet { tables[dataSet.name] = fit.memberships }
    }
  }
}
