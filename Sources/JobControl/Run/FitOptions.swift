/// How a job is to be run, beside what its file says.
package struct FitOptions: Sendable, Equatable {
  /// Whether to forget what earlier runs have done.
  package var startsAnew: Bool
  /// Whether to do again what has failed.
  package var retriesFailed: Bool
  /// Whether outputs replace files that popmix has not written, or that have been changed since.
  package var replacesForeign: Bool
  /// Whether each data set also gets a separate folder.
  package var writesPerDataSet: Bool
  /// Which part of the data sets the job has, where several runs share them: no outputs are written
  /// then.
  package var part: JobPart?
  /// Until when the run has to be done; known to the first rank.
  package var limit: TimeLimit?
  /// Seconds between two checkpoints of a fit; chosen by itself where `nil`.
  package var checkpointInterval: Double?

  package init(
    startsAnew: Bool = false, retriesFailed: Bool = false, replacesForeign: Bool = false,
    writesPerDataSet: Bool = false, part: JobPart? = nil, limit: TimeLimit? = nil,
    checkpointInterval: Double? = nil
  ) {
    self.part = part
    self.limit = limit
    self.checkpointInterval = checkpointInterval
    self.startsAnew = startsAnew
    self.retriesFailed = retriesFailed
    self.replacesForeign = replacesForeign
    self.writesPerDataSet = writesPerDataSet
  }
}

/// What a run says of itself in its results.
package struct RunEnvironment: Sendable {
  package let version: String
  package let host: String
  package let mpi: String

  package init(version: String, host: String, mpi: String) {
    self.version = version
    self.host = host
    self.mpi = mpi
  }
}
