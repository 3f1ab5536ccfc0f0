import MessagePassing

/// Work that the ranks of a job share: each group takes the next piece of its level until none is left, then divides itself.
package struct RankGroups {
  /// Seconds of one rank.
  package struct Times: Equatable, Sendable {
    /// In pieces, but for waiting.
    package var working = 0.0
    /// Within pieces, for other ranks of the group.
    package var waiting = 0.0
    /// After the last piece, and between pieces.
    package var idle = 0.0
  }

  let schedule: Schedule
  let world: MeteredCommunicator

  package init(schedule: Schedule, world: MeteredCommunicator) {
    self.schedule = schedule
    self.world = world
  }

  /// Does all pieces; collective.
  /// - Parameters:
  ///   - work: does a piece together with the ranks of a group; returns whether there is any use in going on, and on the first rank of
  ///     the group what came of it.
  ///   - finished: is told that, and how many pieces are done.
  package func run<Result>(
    _ work: (_ piece: Int, _ group: any Communicator) throws -> (goesOn: Bool, result: Result?),
    finished: (_ result: Result, _ count: Int) -> Void
  ) throws -> Times {
    let clock = ContinuousClock()
    let begin = clock.now
    var times = Times()
    let counters = try world.makeCounters(schedule.levels.count + 1)
    var group: any Communicator = world
    var groupLevel = 0
    for level in schedule.usedLevels {
      if level > groupLevel {
        let colour = schedule.tree.group(of: world.rank, level: level)
        let smaller = try group.split(colour: colour, key: world.rank)
        if groupLevel > 0 { try group.free() }
        (group, groupLevel) = (smaller, level)
      }
      let pieces = schedule.levels[level]
      while let piece = try next(pieces, level, counters, group) {
        let (start, before) = (clock.now, world.tally)
        let (goesOn, result) = try work(piece, group)
        let waited = (world.tally - before).seconds
        times.waiting += waited
        times.working += start.duration(to: clock.now).seconds - waited
        if !goesOn { try stop(counters) }
        if let result {
          finished(result, Int(try counters.add(1, to: schedule.levels.count)) + 1)
        }
      }
    }
    if groupLevel > 0 { try group.free() }
    // Frees when all have come.
    try counters.free()
    try world.barrier()
    times.idle = begin.duration(to: clock.now).seconds - times.working - times.waiting
    return times
  }

  /// The next piece that nobody has taken, the same for all ranks of the group.
  private func next(
    _ pieces: [Int], _ level: Int, _ counters: any SharedCounters, _ group: any Communicator
  ) throws -> Int? {
    var ticket: [UInt8] = []
    if group.rank == 0 {
      let number = try counters.add(1, to: level)
      ticket = Array(String(min(number, Int64(pieces.count))).utf8)
    }
    if group.size > 1 { try group.broadcast(&ticket, root: 0) }
    let number = Int(String(decoding: ticket, as: UTF8.self)) ?? pieces.count
    return number < pieces.count ? pieces[number] : nil
  }

  /// Leaves no piece for anybody.
  private func stop(_ counters: any SharedCounters) throws {
    for level in schedule.levels.indices { _ = try counters.add(1 << 40, to: level) }
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
