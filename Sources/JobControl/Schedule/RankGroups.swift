package import MessagePassing

/// Work that the ranks of a job share: each group takes the next piece of its level until none is
/// left, then divides itself.
package struct RankGroups {
  /// Seconds of one rank.
  package struct Times: Equatable, Sendable {
    /// In pieces, but for waiting.
    package var working = 0.0
    /// Within pieces, for other ranks of the group.
    package var waiting = 0.0
    /// After the last piece, and between pieces.
    package var idle = 0.0

    package static func += (a: inout Times, b: Times) {
      a.working += b.working
      a.waiting += b.waiting
      a.idle += b.idle
    }
  }

  let schedule: Schedule
  let world: MeteredCommunicator

  package init(schedule: Schedule, world: MeteredCommunicator) {
    self.schedule = schedule
    self.world = world
  }

  /// Does all pieces; collective.
  /// - Parameters:
  ///   - mayBegin: whether there is time for something that takes some seconds, until a piece can
  ///     be stopped; asked on the first rank of a group.
  ///   - work: does a piece together with the ranks of a group; returns whether there is any use in
  ///     going on, and on the first rank of the group what came of it.
  ///   - finished: is told that, and how many pieces have been begun by all groups when this one
  ///     was.
  package func run<Result>(
    mayBegin: (_ seconds: Double) -> Bool = { _ in true },
    _ work: (_ piece: Int, _ group: any Communicator) throws -> (goesOn: Bool, result: Result?),
    finished: (_ result: Result, _ count: Int) -> Void
  ) throws -> Times {
    let clock = ContinuousClock()
    let begin = clock.now
    var times = Times()
    let counters = try world.makeCounters(schedule.levels.count)
    var group: any Communicator = world
    var groupLevel = 0
    var ofLevelsBefore = 0
    for level in schedule.usedLevels {
      if level > groupLevel {
        let colour = schedule.tree.group(of: world.rank, level: level)
        let smaller = try group.split(colour: colour, key: world.rank)
        if groupLevel > 0 { try group.free() }
        (group, groupLevel) = (smaller, level)
      }
      let pieces = schedule.levels[level]
      var isAskedFor = false
      while let place = try next(
        pieces, level, counters, group, isAskedFor: isAskedFor, mayBegin: mayBegin)
      {
        let piece = pieces[place]
        // The counters are in the memory of the first rank, which answers when it comes to it:
        // small pieces are asked for while the one before is done. A large one, that another group
        // could begin earlier, is not.
        isAskedFor = schedule.seconds[piece] < 0.01 * schedule.makespan
        if isAskedFor, group.rank == 0 { try counters.begin(adding: 1, to: level) }
        let (start, before) = (clock.now, world.tally)
        let (goesOn, result) = try work(piece, group)
        let waited = (world.tally - before).seconds
        times.waiting += waited
        times.working += start.duration(to: clock.now).seconds - waited
        if let result { finished(result, ofLevelsBefore + place + 1) }
        if !goesOn {
          if isAskedFor, group.rank == 0 { _ = try counters.before() }
          isAskedFor = false
          try stop(counters)
        }
      }
      ofLevelsBefore += pieces.count
    }
    if groupLevel > 0 { try group.free() }
    // Frees when all have come.
    try counters.free()
    try world.barrier()
    times.idle = begin.duration(to: clock.now).seconds - times.working - times.waiting
    return times
  }

  /// The place in its level of the next piece that nobody has taken, the same for all ranks of the
  /// group.
  private func next(
    _ pieces: [Int], _ level: Int, _ counters: any SharedCounters, _ group: any Communicator,
    isAskedFor: Bool, mayBegin: (Double) -> Bool
  ) throws -> Int? {
    let count = pieces.count
    var ticket: [UInt8] = []
    if group.rank == 0 {
      var number = Int(isAskedFor ? try counters.before() : try counters.add(1, to: level))
      if number < count, !mayBegin(schedule.secondsToFirstStep[pieces[number]]) { number = count }
      ticket = Array(String(min(number, count)).utf8)
    }
    if group.size > 1 { try group.broadcast(&ticket, root: 0) }
    let number = Int(String(decoding: ticket, as: UTF8.self)) ?? count
    return number < count ? number : nil
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
