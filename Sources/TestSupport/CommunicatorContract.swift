import Glibc
package import MessagePassing

/// What every communicator promises, as checks that all its ranks make together.
///
/// A check notes what is wrong and goes on, since a rank that stopped would leave the others
/// waiting.
package struct CommunicatorContract {
  private let communicator: any Communicator
  private let longest: Int
  private var violations: [String] = []
  private var rank: Int { communicator.rank }
  private var size: Int { communicator.size }
  private var ranks: Range<Int> { 0..<communicator.size }

  /// Makes all checks; collective.
  /// - Parameter longest: length of the longest messages in bytes.
  /// - Returns: what this rank found broken, nothing if all is well.
  package static func violations(
    of communicator: any Communicator, longest: Int = 1 << 16
  ) throws -> [String] {
    var contract = CommunicatorContract(communicator, longest)
    try contract.checkAll()
    try contract.checkSplit()
    return contract.violations
  }

  private init(_ communicator: any Communicator, _ longest: Int) {
    self.communicator = communicator
    self.longest = longest
  }

  private mutating func checkAll() throws {
    expect(ranks.contains(rank), "a rank is from 0 to size − 1")
    try checkReductions()
    try checkBroadcast()
    try checkGather()
    try checkNumbers()
    try checkAgreement()
    try checkExactSum()
    try checkExchange()
    try checkTypedMessages()
    try checkCounters()
    try checkBell()
    try communicator.barrier()
  }

  private mutating func expect(_ isTrue: Bool, _ claim: String) {
    if !isTrue { violations.append("rank \(rank) of \(size): not so: \(claim)") }
  }

  private mutating func checkReductions() throws {
    for count in [0, 1, 7, 1000] {
      let indices = 0..<Int64(count)
      var values = indices.map { $0 * Int64(rank + 1) - 5 }
      try communicator.allReduceSum(&values)
      let total = Int64(size * (size + 1) / 2)
      expect(
        values == indices.map { $0 * total - 5 * Int64(size) },
        "\(count) numbers are summed over the ranks")

      values = indices.map { Int64(($0 + Int64(rank)) % Int64(size)) - 3 }
      try communicator.allReduceMax(&values)
      expect(
        values.count == count && values.allSatisfy { $0 == Int64(size) - 4 },
        "the largest of \(count) numbers is found over the ranks")
    }
    var many = Array(repeating: Int64(rank), count: longest / 8)
    try communicator.allReduceSum(&many)
    let sum = Int64(size * (size - 1) / 2)
    expect(many == Array(repeating: sum, count: longest / 8), "many numbers are summed")
    many = Array(repeating: Int64(rank), count: longest / 8)
    try communicator.allReduceMax(&many)
    let largest = Int64(size - 1)
    expect(many == Array(repeating: largest, count: longest / 8), "the largest of many is found")
    var limits = rank == 0 ? [Int64.min, .max] : [Int64.min, .min]
    try communicator.allReduceMax(&limits)
    expect(limits == [.min, .max], "the largest of extreme numbers is found")
    var wrapping = rank == 0 ? [Int64.max] : [1]
    try communicator.allReduceSum(&wrapping)
    expect(wrapping == [Int64.max &+ Int64(size - 1)], "sums beyond 64 bits wrap around")
  }

  private mutating func checkBroadcast() throws {
    for root in ranks {
      for count in [0, 1, 1000] {
        let sent = (0..<count).map { UInt8(truncatingIfNeeded: $0 + root) }
        var bytes = rank == root ? sent : Array(repeating: 9, count: rank * 3)
        try communicator.broadcast(&bytes, root: root)
        expect(bytes == sent, "rank \(root) broadcasts \(count) bytes to ranks that expect others")
      }
    }
    let last = size - 1
    let long = Self.block(of: last, length: longest)
    var bytes = rank == last ? long : []
    try communicator.broadcast(&bytes, root: last)
    expect(Self.areSame(bytes, long), "a long message is broadcast")
  }

  private mutating func checkGather() throws {
    for root in ranks {
      let blocks = try communicator.gather(Self.block(of: rank, length: rank * 5), root: root)
      let expected = ranks.map { Self.block(of: $0, length: $0 * 5) }
      expect(blocks == (rank == root ? expected : nil), "rank \(root) gathers unequal blocks")
      let nothing = try communicator.gather([UInt8](), root: root)
      expect(
        nothing == (rank == root ? ranks.map { _ in [] } : nil), "rank \(root) gathers empty blocks"
      )
    }
    let lengths = ranks.map { $0 == size - 1 ? longest : $0 + 1 }
    let blocks = try communicator.gather(Self.block(of: rank, length: lengths[rank]), root: 0)
    let isRight = blocks.map { blocks in
      blocks.count == size
        && ranks.allSatisfy { Self.areSame(blocks[$0], Self.block(of: $0, length: lengths[$0])) }
    }
    expect(isRight == (rank == 0 ? true : nil), "a long block is gathered with short ones")
  }

  // Long messages are made and compared in ways that take no time in debug builds either.

  /// Bytes that tell their rank and their place.
  private static func block(of rank: Int, length: Int) -> [UInt8] {
    // A prime length, so that no piece of a message looks like another one.
    let pattern = (0..<65_521).prefix(length).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ rank) }
    var block: [UInt8] = []
    block.reserveCapacity(length + pattern.count)
    while block.count < length { block += pattern }
    block.removeLast(block.count - length)
    return block
  }

  private static func areSame(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    first.count == second.count && memcmp(first, second, first.count) == 0
  }

  private mutating func checkNumbers() throws {
    let numbers = [
      0.1, -0.0, .infinity, .leastNonzeroMagnitude, Double(nan: 5, signaling: false), 1e308,
    ]
    for root in ranks {
      var received = rank == root ? numbers : [1]
      try communicator.broadcast(&received, root: root)
      expect(
        received.map(\.bitPattern) == numbers.map(\.bitPattern), "numbers are broadcast bit by bit")
    }
    let arrays = try communicator.gather(Array(numbers.prefix(rank)), root: 0)
    let expected = rank == 0 ? ranks.map { numbers.prefix($0).map(\.bitPattern) } : nil
    expect(arrays?.map { $0.map(\.bitPattern) } == expected, "numbers are gathered bit by bit")
  }

  private mutating func checkAgreement() throws {
    var failing: [Set<Int>] = [[], Set(ranks)]
    for first in ranks { failing.append([first]) }
    for first in ranks.dropLast() { failing.append([first, size - 1]) }
    for ranks in failing {
      // A message beyond ASCII, and an exit code for each rank.
      let failure = { (rank: Int) in
        (message: "µ of rank \(rank) – unknown", code: Int32(60 + rank))
      }
      let agreed = try communicator.agree(ranks.contains(rank) ? failure(rank) : nil)
      let expected = ranks.min().map {
        RankFailure(rank: $0, message: failure($0).message, code: failure($0).code)
      }
      expect(agreed == expected, "all learn of the lowest failure of ranks \(ranks.sorted())")
    }
    let terse = try communicator.agree(rank == size - 1 ? (message: "", code: -1) : nil)
    expect(
      terse == RankFailure(rank: size - 1, message: "", code: -1),
      "a failure without a message and with a negative code is known to all")
  }

  private mutating func checkExactSum() throws {
    // 1001 values between 2⁻⁴⁰ and 2⁴⁰ of both signs, dealt out to the ranks.
    var sums = ExactAccumulator(count: 2)
    var expected = ExactAccumulator(count: 2)
    var state: UInt64 = 42
    for index in 0..<1001 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value =
        Double(sign: .plus, exponent: Int(state >> 58) - 32, significand: 1)
        * Double(Int64(bitPattern: state)) / 0x1p63
      expected.add([value, -value * value])
      if index % size == rank { sums.add([value, -value * value]) }
    }
    try sums.combine(with: communicator)
    expect(
      sums.values.map(\.bitPattern) == expected.values.map(\.bitPattern),
      "an exact sum has the same bits however it is dealt out")
  }

  private mutating func checkExchange() throws {
    // Rank a sends (a + 1)·b bytes to rank b, and the last one a long block to the first.
    func sent(from: Int, to: Int) -> [UInt8] {
      let isLong = from == size - 1 && to == 0
      return Self.block(of: from * size + to, length: isLong ? longest : (from + 1) * to)
    }
    let received = try communicator.exchange(ranks.map { sent(from: rank, to: $0) })
    expect(received.count == size, "there is a block of each rank")
    for from in ranks.prefix(received.count) {
      expect(
        Self.areSame(received[from], sent(from: from, to: rank)), "rank \(from)'s block arrives")
    }
    let nothing = try communicator.exchange(ranks.map { _ in [] })
    expect(nothing == ranks.map { _ in [] }, "empty blocks are exchanged")
    let all = try communicator.allGather(Int64(rank * rank))
    expect(all == ranks.map { Int64($0 * $0) }, "a number of each rank is known to all")
  }

  private struct Said: Codable, Equatable {
    var text: String
    var numbers: [Double]
    var missing: Int?
  }

  private mutating func checkTypedMessages() throws {
    func said(_ rank: Int) -> Said {
      Said(
        text: "rank \(rank): \"µ\" \u{0} \\ \n",
        numbers: [0.1 * Double(rank), -0.0, .leastNonzeroMagnitude, .infinity],
        missing: rank == 0 ? nil : rank)
    }
    for root in ranks {
      var asked = 0
      func own() -> Said {
        asked += 1
        return said(rank)
      }
      expect(try communicator.shared(own(), root: root) == said(root), "a value is known to all")
      expect(asked == (rank == root ? 1 : 0), "only the root makes the value")
      let gathered = try communicator.gathered(said(rank), root: root)
      expect(gathered == (rank == root ? ranks.map(said) : []), "values are gathered in order")
    }
    let collected = try communicator.collected(said(rank))
    expect(collected == ranks.map(said), "values of all ranks are known to all")
    let bits = collected.flatMap(\.numbers).map(\.bitPattern)
    expect(bits == ranks.flatMap { said($0).numbers.map(\.bitPattern) }, "bit by bit")
    expect(try communicator.shared(Double.nan).isNaN, "what is no number stays none")
    expect(
      try communicator.collected([Int]()) == ranks.map { _ in [] }, "empty lists are collected")
  }

  private mutating func checkCounters() throws {
    let counters = try communicator.makeCounters(3)
    // Each takes tickets of the second counter until there are no more: none is given out twice.
    let tickets = 40
    var own: [UInt8] = []
    while true {
      let ticket = Int(try counters.add(1, to: 1))
      guard ticket < tickets else { break }
      own.append(UInt8(ticket))
      communicator.progress()
    }
    let all = try communicator.gather(own, root: 0)
    expect(
      rank != 0 || all?.joined().sorted() == (0..<UInt8(tickets)).map { $0 },
      "each ticket is given out once")
    expect(try counters.add(-5, to: 2) <= 0, "counters are raised by any amount")
    try communicator.barrier()
    expect(try counters.add(0, to: 2) == Int64(-5 * size), "a counter has what all have added")
    expect(try counters.add(0, to: 0) == 0, "a counter that nobody raised is 0")
    try counters.free()
  }

  private mutating func checkBell() throws {
    let bell = try communicator.makeBell()
    expect(try !bell.hasRung(), "a new bell is silent")
    try communicator.barrier()
    if rank == size - 1 { for _ in 0..<2 { try bell.ring() } }
    // The others do something else until they hear it.
    while try !bell.hasRung() { communicator.progress() }
    if rank == 0 { try bell.ring() }
    try bell.free()
    let quiet = try communicator.makeBell()
    expect(try !quiet.hasRung(), "one bell is not another")
    try quiet.free()
  }

  private mutating func checkSplit() throws {
    let splits: [(name: String, colour: (Int) -> Int, key: (Int) -> Int)] = [
      ("even and odd ranks, numbered backwards", { $0 % 2 }, { -$0 }),
      ("all in one group with the same key", { _ in 3 }, { _ in 0 }),
      ("each alone", { $0 }, { _ in 7 }),
    ]
    for (name, colour, key) in splits {
      let members = ranks.filter { colour($0) == colour(rank) }
        .sorted { (key($0), $0) < (key($1), $1) }
      let group = try communicator.split(colour: colour(rank), key: key(rank))
      expect(group.size == members.count, "a group has the ranks of its colour: \(name)")
      expect(members[group.rank] == rank, "a group has the order of its keys: \(name)")
      let gathered = try group.gather([UInt8(rank)], root: 0)
      expect(
        gathered == (group.rank == 0 ? members.map { [UInt8($0)] } : nil),
        "a group gathers what its members give: \(name)")
      var inner = CommunicatorContract(group, longest)
      try inner.checkAgreement()
      try inner.checkExactSum()
      violations += inner.violations
      try group.free()
    }
    try communicator.barrier()
  }
}
