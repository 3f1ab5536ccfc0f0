import Glibc

/// The threads of one run: one lock for all that they share, and who has left.
final class ThreadTeam: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var gone: Set<Int> = []

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(change, nil)
  }

  deinit {
    pthread_cond_destroy(change)
    pthread_mutex_destroy(mutex)
    change.deallocate()
    mutex.deallocate()
  }

  func locked<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  // The functions below are called with the lock held.

  func wait() { pthread_cond_wait(change, mutex) }
  func wakeAll() { pthread_cond_broadcast(change) }

  func leave(_ thread: Int) {
    gone.insert(thread)
    wakeAll()
  }

  func firstGone(of members: [Int]) -> Int? {
    gone.isEmpty ? nil : members.firstIndex(where: gone.contains)
  }
}

/// What one rank brings to a meeting.
enum Contribution: Sendable {
  case nothing
  case numbers([Int64])
  case bytes([UInt8])
  case blocks([[UInt8]])
  case counters(CounterValues)
  case bell(LocalBell)
  case meeting(Meeting)
}

/// Where the ranks of one communicator exchange what they bring, again and again.
final class Meeting: @unchecked Sendable {
  let team: ThreadTeam
  /// Threads of the team, in the order of the ranks.
  let members: [Int]

  // Under the team's lock.
  private var arrivals: [(operation: String, contribution: Contribution)?]
  private var arrived = 0
  private var complete: [(operation: String, contribution: Contribution)] = []
  private var round = 0

  init(team: ThreadTeam, members: [Int]) {
    self.team = team
    self.members = members
    arrivals = Array(repeating: nil, count: members.count)
  }

  /// Waits for all ranks and returns what they brought, in the order of the ranks.
  /// - Throws: `CommunicationError` when a rank has left its closure, or came for another
  ///   operation.
  func exchange(
    _ operation: String, _ contribution: Contribution, rank: Int
  ) throws(CommunicationError) -> [Contribution] {
    let all = try team.locked { () throws(CommunicationError) in
      arrivals[rank] = (operation, contribution)
      arrived += 1
      if arrived == members.count {
        complete = arrivals.map { $0! }
        arrivals = Array(repeating: nil, count: members.count)
        arrived = 0
        round += 1
        team.wakeAll()
        return complete
      }
      let thisRound = round
      while round == thisRound {
        if let missing = team.firstGone(of: members) {
          arrivals[rank] = nil
          arrived -= 1
          throw .abandoned(operation: operation, rank: missing)
        }
        team.wait()
      }
      // Still those of this round: the next one is not complete without this rank.
      return complete
    }
    if let other = all.firstIndex(where: { $0.operation != operation }) {
      throw .mismatch(here: operation, elsewhere: all[other].operation, rank: other)
    }
    return all.map(\.contribution)
  }
}
