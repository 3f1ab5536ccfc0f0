/// A single rank, which has nobody to wait for: its operations do nothing.
public struct SerialCommunicator: Communicator {
  public init() {}

  public var rank: Int { 0 }
  public var size: Int { 1 }

  public func allReduceSum(_ values: inout [Int64]) {}

  public func allReduceMax(_ values: inout [Int64]) {}

  public func broadcast(_ bytes: inout [UInt8], root: Int) {
    precondition(root == 0, "the only rank is 0")
  }

  public func gather(_ bytes: [UInt8], root: Int) -> [[UInt8]]? {
    precondition(root == 0, "the only rank is 0")
    return [bytes]
  }

  public func exchange(_ blocks: [[UInt8]]) -> [[UInt8]] {
    precondition(blocks.count == 1, "there is a block for each rank")
    return blocks
  }

  public func barrier() {}

  public func makeCounters(_ count: Int) -> any SharedCounters {
    LocalCounters(CounterValues(count))
  }

  public func makeBell() -> any Bell { LocalBell() }

  public func progress() {}

  public func split(colour: Int, key: Int) -> any Communicator {
    precondition(colour >= 0, "colours count from 0")
    return self
  }

  public func free() {}
}
