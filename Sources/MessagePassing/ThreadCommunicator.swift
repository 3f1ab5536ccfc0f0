import Glibc

/// A rank that is a thread of this process, among others of its kind; meant for tests.
///
/// Every operation waits for all ranks. Unlike processes under MPI, threads notice when ranks get
/// out of step: an operation with a rank that has ended throws `CommunicationError.abandoned`,
/// different operations meeting each other throw `CommunicationError.mismatch`.
public struct ThreadCommunicator: Communicator {
  public let rank: Int
  public var size: Int { meeting.members.count }
  private let meeting: Meeting

  private init(rank: Int, meeting: Meeting) {
    self.rank = rank
    self.meeting = meeting
  }

  /// Runs a closure on several ranks at once, each a thread with a stack of 8 MiB, and waits for
  /// all of them.
  /// - Returns: what the closure returned or threw, in the order of the ranks.
  public static func run<Value: Sendable>(
    ranks: Int,
    _ body: @escaping @Sendable (ThreadCommunicator) throws -> Value
  ) -> [Result<Value, any Error>] {
    precondition(ranks > 0, "a group has at least one rank")
    let team = ThreadTeam()
    let world = Meeting(team: team, members: Array(0..<ranks))
    let outcomes = Outcomes<Value>(count: ranks)
    let threads = (0..<ranks).map { rank in
      startThread(stackSize: 8 << 20) {
        let result = Result { try body(ThreadCommunicator(rank: rank, meeting: world)) }
        team.locked {
          outcomes.results[rank] = result
          team.leave(rank)
        }
      }
    }
    for thread in threads { pthread_join(thread, nil) }
    return outcomes.results.map { $0! }
  }

  public func allReduceSum(_ values: inout [Int64]) throws(CommunicationError) {
    let all = try meet(to: "sum \(values.count) numbers", bringing: .numbers(values))
    reduce(&values, all, &+)
  }

  public func allReduceMax(_ values: inout [Int64]) throws(CommunicationError) {
    let all = try meet(to: "compare \(values.count) numbers", bringing: .numbers(values))
    reduce(&values, all, max)
  }

  public func broadcast(_ bytes: inout [UInt8], root: Int) throws(CommunicationError) {
    precondition((0..<size).contains(root), "the root is one of the ranks")
    let all = try meet(
      to: "broadcast from rank \(root)", bringing: rank == root ? .bytes(bytes) : .nothing)
    if rank != root, case .bytes(let received) = all[root] { bytes = received }
  }

  public func gather(_ bytes: [UInt8], root: Int) throws(CommunicationError) -> [[UInt8]]? {
    precondition((0..<size).contains(root), "the root is one of the ranks")
    let all = try meet(to: "gather on rank \(root)", bringing: .bytes(bytes))
    guard rank == root else { return nil }
    return all.map { if case .bytes(let block) = $0 { block } else { [] } }
  }

  public func exchange(_ blocks: [[UInt8]]) throws(CommunicationError) -> [[UInt8]] {
    precondition(blocks.count == size, "there is a block for each rank")
    let all = try meet(to: "exchange blocks", bringing: .blocks(blocks))
    return all.map { if case .blocks(let sent) = $0 { sent[rank] } else { [] } }
  }

  public func makeCounters(_ count: Int) throws(CommunicationError) -> any SharedCounters {
    let all = try meet(
      to: "make \(count) counters",
      bringing: rank == 0 ? .counters(CounterValues(count)) : .nothing)
    guard case .counters(let values) = all[0] else {
      preconditionFailure("the first rank makes the counters")
    }
    return LocalCounters(values)
  }

  public func makeBell() throws(CommunicationError) -> any Bell {
    let all = try meet(to: "make a bell", bringing: rank == 0 ? .bell(LocalBell()) : .nothing)
    guard case .bell(let bell) = all[0] else {
      preconditionFailure("the first rank makes the bell")
    }
    return bell
  }

  public func progress() {}

  public func barrier() throws(CommunicationError) {
    _ = try meet(to: "wait for all", bringing: .nothing)
  }

  public func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator {
    precondition(colour >= 0, "colours count from 0")
    let wishes = try meet(to: "split", bringing: .numbers([Int64(colour), Int64(key)])).map {
      if case .numbers(let wish) = $0 { wish } else { [] as [Int64] }
    }
    let group = (0..<size).filter { wishes[$0][0] == Int64(colour) }
      .sorted { (wishes[$0][1], $0) < (wishes[$1][1], $1) }

    // The first rank of each group makes the place where the group is going to meet.
    var offer = Contribution.nothing
    if group[0] == rank {
      offer = .meeting(Meeting(team: meeting.team, members: group.map { meeting.members[$0] }))
    }
    let offers = try meet(to: "split", bringing: offer)
    guard case .meeting(let place) = offers[group[0]], let groupRank = group.firstIndex(of: rank)
    else { preconditionFailure("the first rank of a group offers a meeting") }
    return ThreadCommunicator(rank: groupRank, meeting: place)
  }

  public func free() {}

  private func meet(
    to operation: String, bringing contribution: Contribution
  ) throws(CommunicationError) -> [Contribution] {
    try meeting.exchange(operation, contribution, rank: rank)
  }

  private func reduce(
    _ values: inout [Int64], _ all: [Contribution], _ combine: (Int64, Int64) -> Int64
  ) {
    for (other, contribution) in all.enumerated() where other != rank {
      guard case .numbers(let theirs) = contribution else { continue }
      for index in values.indices { values[index] = combine(values[index], theirs[index]) }
    }
  }
}

/// Results of the threads of one run; written under the team's lock, read when the threads have
/// ended.
private final class Outcomes<Value: Sendable>: @unchecked Sendable {
  var results: [Result<Value, any Error>?]
  init(count: Int) { results = Array(repeating: nil, count: count) }
}

private func startThread(
  stackSize: Int, _ body: @escaping @Sendable () -> Void
) -> pthread_t {
  final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setstacksize(&attributes, stackSize)
  var thread = pthread_t()
  let work = Unmanaged.passRetained(Work(body))
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
      return nil
    }, work.toOpaque())
  precondition(status == 0, "the system gives a thread for each rank")
  return thread
}
