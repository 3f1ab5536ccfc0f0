package import Estimation
package import Report

/// Is told what a job does; algorithms print nothing. On the first rank, but for `finished`.
package protocol JobObserver {
  /// The fits of a method of a study begin, or those of another of several jobs that are done one
  /// after the other.
  func begins(stage: String)
  /// What was made of the fits of several jobs stands in the folder.
  /// - Parameters:
  ///   - kind: what it is about: `study`, `bootstrap`, `components` or `nonmem`.
  ///   - tables: what to show.
  func wrote(_ kind: String, tables: [String], folder: String, files: [String])
  /// The fits begin.
  /// - Parameters:
  ///   - pieces: data sets with each of their starts.
  ///   - toDo: those that earlier runs have not done.
  func planned(pieces: Int, toDo: Int, ranks: Int, schedule: Schedule)
  /// A fit of the first rank's group begins.
  /// - Parameter iterationsDone: by a run before, which was stopped.
  func begins(
    _ name: String, start: Int, subjects: Int, observations: Int, ranks: Int, iterationsDone: Int)
  /// The search for that fit's starting values begins another step.
  func searching(_ text: String)
  /// An iteration of that fit is done.
  func iterated(_ record: IterationRecord, settings: EstimationSettings)
  /// A fit of some group is done, whatever became of it; told on the first rank of the group.
  /// - Parameter begun: how many fits of this run all groups have begun when this one was.
  func finished(_ result: DataSetResult, begun: Int, of count: Int, onFirstRank: Bool)
  /// Something is wrong that the run can do without; told on any rank.
  func warn(_ message: String)
  /// The run has stopped before its work was done, which is saved.
  func stopped(_ report: StopReport)
  /// The results of all data sets stand in the folder.
  /// - Parameters:
  ///   - tables: what to show of each data set; nothing if they are many.
  ///   - idlePercent: the share of the ranks' time that was lost; `nil` with one rank.
  func wrote(
    tables: [String], statuses: [String], idlePercent: Double?, folder: String, files: [String])
  /// A part of the job is done, whose outputs are written with those of the other parts.
  func partDone(_ part: JobPart, statuses: [String], failures: [String])
  /// Everything was done before.
  func foundDone(statuses: [String], failures: [String], folder: String)
}

extension JobObserver {
  package func searching(_ text: String) {}
}

/// Listens and says nothing.
package struct SilentObserver: JobObserver {
  package init() {}
  package func begins(stage: String) {}
  package func wrote(_ kind: String, tables: [String], folder: String, files: [String]) {}
  package func planned(pieces: Int, toDo: Int, ranks: Int, schedule: Schedule) {}
  package func begins(
    _ name: String, start: Int, subjects: Int, observations: Int, ranks: Int,
    iterationsDone: Int
  ) {}
  package func warn(_ message: String) {}
  package func partDone(_ part: JobPart, statuses: [String], failures: [String]) {}
  package func stopped(_ report: StopReport) {}
  package func iterated(_ record: IterationRecord, settings: EstimationSettings) {}
  package func finished(_ result: DataSetResult, begun: Int, of count: Int, onFirstRank: Bool) {}
  package func wrote(
    tables: [String], statuses: [String], idlePercent: Double?, folder: String, files: [String]
  ) {}
  package func foundDone(statuses: [String], failures: [String], folder: String) {}
}
