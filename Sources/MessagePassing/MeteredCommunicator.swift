/// What a rank has sent and how long it has waited for others.
public struct CommunicationTally: Sendable, Equatable {
  /// Operations of all ranks of a group together.
  public var collectives = 0
  /// Bytes that this rank brought to them.
  public var bytes = 0
  /// Seconds spent in them: waiting, mostly.
  public var seconds = 0.0

  public init() {}

  public static func - (a: CommunicationTally, b: CommunicationTally) -> CommunicationTally {
    var difference = a
    difference.collectives -= b.collectives
    difference.bytes -= b.bytes
    difference.seconds -= b.seconds
    return difference
  }
}

/// Counts and times what passes through a communicator, and through the groups that are split from
/// it.
public final class MeteredCommunicator: Communicator {
  // A communicator is used by one thread at a time.
  private final class Meter: @unchecked Sendable { var tally = CommunicationTally() }

  private let base: any Communicator
  private let meter: Meter

  public convenience init(_ base: any Communicator) { self.init(base, Meter()) }

  private init(_ base: any Communicator, _ meter: Meter) {
    self.base = base
    self.meter = meter
  }

  /// Of this communicator and all its groups, from the start.
  public var tally: CommunicationTally { meter.tally }

  public var rank: Int { base.rank }
  public var size: Int { base.size }

  public func allReduceSum(_ values: inout [Int64]) throws(CommunicationError) {
    let begin = count(8 * values.count)
    try base.allReduceSum(&values)
    stop(begin)
  }

  public func allReduceMax(_ values: inout [Int64]) throws(CommunicationError) {
    let begin = count(8 * values.count)
    try base.allReduceMax(&values)
    stop(begin)
  }

  public func broadcast(_ bytes: inout [UInt8], root: Int) throws(CommunicationError) {
    let begin = count(rank == root ? bytes.count : 0)
    try base.broadcast(&bytes, root: root)
    stop(begin)
  }

  public func gather(_ bytes: [UInt8], root: Int) throws(CommunicationError) -> [[UInt8]]? {
    let begin = count(bytes.count)
    defer { stop(begin) }
    return try base.gather(bytes, root: root)
  }

  public func exchange(_ blocks: [[UInt8]]) throws(CommunicationError) -> [[UInt8]] {
    let begin = count(blocks.reduce(0) { $0 + $1.count })
    defer { stop(begin) }
    return try base.exchange(blocks)
  }

  public func barrier() throws(CommunicationError) {
    let begin = count(0)
    try base.barrier()
    stop(begin)
  }

  public func makeCounters(_ count: Int) throws(CommunicationError) -> any SharedCounters {
    try base.makeCounters(count)
  }

  public func makeBell() throws(CommunicationError) -> any Bell { try base.makeBell() }

  public func progress() { base.progress() }

  public func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator {
    let begin = count(0)
    defer { stop(begin) }
    return MeteredCommunicator(try base.split(colour: colour, key: key), meter)
  }

  public func free() throws(CommunicationError) { try base.free() }

  private func count(_ bytes: Int) -> ContinuousClock.Instant {
    meter.tally.collectives += 1
    meter.tally.bytes += bytes
    return .now
  }

  private func stop(_ begin: ContinuousClock.Instant) {
    let elapsed = begin.duration(to: .now).components
    meter.tally.seconds += Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }
}
