import MessagePassing
import TestSupport
import Testing

@Suite("communicators within a process")
struct CommunicatorTests {
  @Test("a single rank keeps the contract")
  func serial() throws {
    #expect(try CommunicatorContract.violations(of: SerialCommunicator()) == [])
  }

  @Test("threads as ranks keep the contract", arguments: [1, 2, 3, 4, 7])
  func threads(size: Int) throws {
    let results = ThreadCommunicator.run(ranks: size) {
      try CommunicatorContract.violations(of: $0)
    }
    #expect(results.count == size)
    for result in results { #expect(try result.get() == []) }
  }

  @Test("the contract notices a communicator that breaks it")
  func broken() throws {
    let violations = try CommunicatorContract.violations(of: Forgetful())
    #expect(violations.contains { $0.contains("gathers unequal blocks") })
    #expect(violations.contains { $0.contains("the largest of extreme numbers is found") })
    #expect(violations.allSatisfy { $0.hasPrefix("rank 0 of 1: not so: ") })
  }

  @Test("threads give the same sums in the same order every time, many times over")
  func manyRounds() throws {
    let results = ThreadCommunicator.run(ranks: 4) { communicator in
      var total = [Int64(communicator.rank), 1]
      for _ in 0..<200 {
        try communicator.allReduceSum(&total)
        total[0] %= 1009
        total[1] %= 1013
      }
      return total
    }
    var expected: [Int64] = [6, 4]
    for _ in 1..<200 { expected = [expected[0] * 4 % 1009, expected[1] * 4 % 1013] }
    for result in results { #expect(try result.get() == expected) }
  }

  struct Broken: Error, Equatable {}

  @Test("a rank that throws leaves nobody waiting: the others learn which one has gone")
  func oneThrows() {
    let results = ThreadCommunicator.run(ranks: 4) { communicator in
      if communicator.rank == 2 { throw Broken() }
      try communicator.barrier()
    }
    #expect(throws: Broken()) { try results[2].get() }
    for rank in [0, 1, 3] {
      // Ranks that end by this error may be noticed before the one that caused it.
      let error = #expect(throws: CommunicationError.self) { try results[rank].get() }
      guard case .abandoned("wait for all", _) = error else {
        Issue.record("rank \(rank) threw \(String(describing: error))")
        continue
      }
    }
  }

  @Test("a rank that ends early leaves nobody waiting")
  func oneReturns() {
    let results = ThreadCommunicator.run(ranks: 2) { communicator in
      var bytes: [UInt8] = [1]
      try communicator.broadcast(&bytes, root: 0)
      if communicator.rank == 1 { try communicator.broadcast(&bytes, root: 0) }
    }
    #expect(throws: Never.self) { try results[0].get() }
    #expect(throws: CommunicationError.abandoned(operation: "broadcast from rank 0", rank: 0)) {
      try results[1].get()
    }
  }

  @Test("a rank that throws within a group leaves neither its group nor the others waiting")
  func oneThrowsInGroup() throws {
    let results = ThreadCommunicator.run(ranks: 4) { communicator in
      let group = try communicator.split(colour: communicator.rank / 2, key: 0)
      if communicator.rank == 3 { throw Broken() }
      try group.barrier()
      if group.rank == 0 && communicator.rank == 0 { return }
      try communicator.barrier()
    }
    #expect(throws: Never.self) { try results[0].get() }
    #expect(throws: CommunicationError.self) { try results[1].get() }
    #expect(throws: CommunicationError.abandoned(operation: "wait for all", rank: 1)) {
      try results[2].get()
    }
    #expect(throws: Broken()) { try results[3].get() }
  }

  @Test("ranks that are out of step are told so")
  func outOfStep() {
    let results = ThreadCommunicator.run(ranks: 2) { communicator in
      var values = Array(repeating: Int64(0), count: communicator.rank + 1)
      try communicator.allReduceSum(&values)
    }
    let (one, two) = ("sum 1 numbers", "sum 2 numbers")
    #expect(throws: CommunicationError.mismatch(here: one, elsewhere: two, rank: 1)) {
      try results[0].get()
    }
    #expect(throws: CommunicationError.mismatch(here: two, elsewhere: one, rank: 0)) {
      try results[1].get()
    }
  }

  @Test("threads have deep stacks")
  func stacks() throws {
    @Sendable func depth(_ level: Int) -> Int {
      withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 8) { buffer in
        buffer[level % 1024] = 1
        return level == 0 ? Int(buffer[0]) : depth(level - 1) + Int(buffer[level % 1024])
      }
    }
    let results = ThreadCommunicator.run(ranks: 2) { _ in depth(4000) }
    for result in results { #expect(try result.get() == 4001) }
  }

  @Test("numbers that end within one are refused in words")
  func incompleteNumbers() {
    let results = ThreadCommunicator.run(ranks: 2) { communicator in
      if communicator.rank == 0 {
        var bytes: [UInt8] = [1, 2, 3]
        try communicator.broadcast(&bytes, root: 0)
      } else {
        var numbers: [Double] = []
        try communicator.broadcast(&numbers, root: 0)
      }
    }
    let error = #expect(throws: CommunicationError.self) { try results[1].get() }
    #expect(
      error?.description == "A message of 3 bytes was found, a multiple of 8 was expected.")
  }
}

/// Breaks the contract: gathers nothing and finds no maxima.
private struct Forgetful: Communicator {
  var rank: Int { 0 }
  var size: Int { 1 }
  func allReduceSum(_ values: inout [Int64]) {}
  func allReduceMax(_ values: inout [Int64]) { for index in values.indices { values[index] = 0 } }
  func broadcast(_ bytes: inout [UInt8], root: Int) {}
  func gather(_ bytes: [UInt8], root: Int) -> [[UInt8]]? { [] }
  func exchange(_ blocks: [[UInt8]]) -> [[UInt8]] { [] }
  func makeCounters(_ count: Int) -> any SharedCounters {
    SerialCommunicator().makeCounters(count)
  }
  func makeBell() -> any Bell { SerialCommunicator().makeBell() }
  func progress() {}
  func barrier() {}
  func split(colour: Int, key: Int) -> any Communicator { self }
  func free() {}
}
