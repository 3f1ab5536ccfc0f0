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

  public func barrier() {}

  public func split(colour: Int, key: Int) -> any Communicator {
    precondition(colour >= 0, "colours count from 0")
    return self
  }

  public func free() {}
}
