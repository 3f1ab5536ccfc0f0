import Estimation

/// `run.json`: how, where and how long a job ran; of the last run, where a job was continued.
public struct RunDocument: Codable, Sendable {
  public var schema = "popmix-run"
  public var schemaVersion = 1
  public var popmixVersion: String
  public var jobFile: String
  public var ranks: Int
  /// The machine of the first rank.
  public var host: String
  public var mpi: String
  /// The instruction set that the first rank's kernels were built for; it changes no result.
  public var kernels = KernelBuild.best.rawValue
  /// Start of the run, ISO 8601, UTC.
  public var started: String
  /// Data sets with each of their starts: all, those that this run has done, and those that it
  /// found done.
  public var pieces: Int
  public var piecesDone: Int
  public var piecesFound: Int
  /// Seconds of wall time.
  public var seconds: Seconds
  /// Seconds of each rank in which it fitted, waited for its group, and had nothing to do.
  public var perRank: RankTimes
  public var messages: Messages

  public struct Seconds: Codable, Sendable {
    public var all: Double
    /// Reading the job and what was done before, and making the plan.
    public var planning: Double
    /// Reading data, finding starts and fitting.
    public var fitting: Double
    public var writing: Double

    public init(all: Double, planning: Double, fitting: Double, writing: Double) {
      self.all = all
      self.planning = planning
      self.fitting = fitting
      self.writing = writing
    }
  }

  public struct RankTimes: Codable, Sendable {
    public var working: [Double]
    public var waiting: [Double]
    public var idle: [Double]
    /// The share of the time of all ranks in which they waited or had nothing to do, in percent.
    public var idlePercent: Double
    /// Seconds in EM itself, within `working` and `waiting`.
    public var estimating: [Double]
    /// The largest memory that each rank has had, in 10⁶ bytes.
    public var peakMemory: [Double]

    public init(
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
  public struct Messages: Codable, Sendable {
    public var collectives: Int
    public var bytes: Int

    public init(collectives: Int, bytes: Int) {
      self.collectives = collectives
      self.bytes = bytes
    }
  }

  public init(
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

  public func text() throws -> [UInt8] { try jsonBytes(of: self) + [UInt8(ascii: "\n")] }
}
