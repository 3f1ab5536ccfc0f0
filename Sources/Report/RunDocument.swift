import Estimation

/// `run.json`: how, where and how long a job ran; of the last run, where a job was continued.
package struct RunDocument: Codable, Sendable {
  package var schema = "popmix-run"
  package var schemaVersion = 1
  package var popmixVersion: String
  package var jobFile: String
  package var ranks: Int
  /// The machine of the first rank.
  package var host: String
  package var mpi: String
  /// The instruction set that the first rank's kernels were built for; it changes no result.
  package var kernels = KernelBuild.best.rawValue
  /// Start of the run, ISO 8601, UTC.
  package var started: String
  /// Data sets with each of their starts: all, those that this run has done, and those that it
  /// found done.
  package var pieces: Int
  package var piecesDone: Int
  package var piecesFound: Int
  /// Seconds of wall time.
  package var seconds: Seconds
  /// Seconds of each rank in which it fitted, waited for its group, and had nothing to do.
  package var perRank: RankTimes
  package var messages: Messages

  package struct Seconds: Codable, Sendable {
    package var all: Double
    /// Reading the job and what was done before, and making the plan.
    package var planning: Double
    /// Reading data, finding starts and fitting.
    package var fitting: Double
    package var writing: Double

    package init(all: Double, planning: Double, fitting: Double, writing: Double) {
      self.all = all
      self.planning = planning
      self.fitting = fitting
      self.writing = writing
    }
  }

  package struct RankTimes: Codable, Sendable {
    package var working: [Double]
    package var waiting: [Double]
    package var idle: [Double]
    /// The share of the time of all ranks in which they waited or had nothing to do, in percent.
    package var idlePercent: Double
    /// Seconds in EM itself, within `working` and `waiting`.
    package var estimating: [Double]
    /// The largest memory that each rank has had, in 10⁶ bytes.
    package var peakMemory: [Double]

    package init(
      working: [Double], waiting: [Double], idle: [Double], estimating: [Double],
      peakMemory: [Double]
    ) {
      self.estimating = estimating
      self.peakMemory = peakMemory
      self.working = working
      self.waiting = waiting
      self.idle = idle
      let lost = (waiting + idle).reduce(0, +)
      let all = lost + working.reduce(0, +)
      idlePercent = all > 0 ? 100 * lost / all : 0
    }
  }

  /// What the first rank sent while it fitted.
  package struct Messages: Codable, Sendable {
    package var collectives: Int
    package var bytes: Int

    package init(collectives: Int, bytes: Int) {
      self.collectives = collectives
      self.bytes = bytes
    }
  }

  package init(
    popmixVersion: String, jobFile: String, ranks: Int, host: String, mpi: String,
    started: String, pieces: Int, piecesDone: Int, piecesFound: Int, seconds: Seconds,
    perRank: RankTimes, messages: Messages
  ) {
    self.popmixVersion = popmixVersion
    self.jobFile = jobFile
    self.ranks = ranks
    self.host = host
    self.mpi = mpi
    self.started = started
    self.pieces = pieces
    self.piecesDone = piecesDone
    self.piecesFound = piecesFound
    self.seconds = seconds
    self.perRank = perRank
    self.messages = messages
  }

  package func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}
