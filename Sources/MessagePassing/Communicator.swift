/// Numbers that the ranks of a group have in common.
public protocol SharedCounters: Sendable {
  /// Begins to add an amount to a counter, as one indivisible step; not collective. The rank may do
  /// other things before it asks what the counter was, as the answer takes time; one addition of a
  /// rank is under way at a time.
  func begin(adding amount: Int64, to index: Int) throws(CommunicationError)

  /// What the counter was before the addition that was begun.
  func before() throws(CommunicationError) -> Int64

  /// Gives the counters back; collective.
  func free() throws(CommunicationError)
}

extension SharedCounters {
  /// Adds an amount to a counter.
  /// - Returns: what the counter was before.
  public func add(_ amount: Int64, to index: Int) throws(CommunicationError) -> Int64 {
    try begin(adding: amount, to: index)
    return try before()
  }
}

/// A group of ranks that work together, each in its own process or thread.
///
/// All its functions are collective: every rank of the group calls the same functions in the same
/// order, and none returns with a result before the ranks it needs have called. A communicator is
/// used by one thread at a time. After an error is thrown the communicator must not be used again.
public protocol Communicator: Sendable {
  /// This rank, from 0 to `size − 1`.
  var rank: Int { get }
  /// Number of ranks.
  var size: Int { get }

  /// Replaces each value by its sum over the ranks; sums beyond 64 bits wrap around.
  /// - Parameter values: as many on every rank.
  func allReduceSum(_ values: inout [Int64]) throws(CommunicationError)

  /// Replaces each value by the largest of the ranks.
  /// - Parameter values: as many on every rank.
  func allReduceMax(_ values: inout [Int64]) throws(CommunicationError)

  /// Replaces the bytes of all ranks by those of the root; the others need not know how many there
  /// are.
  func broadcast(_ bytes: inout [UInt8], root: Int) throws(CommunicationError)

  /// Collects one block of bytes of each rank, of any lengths.
  /// - Returns: the blocks in the order of the ranks on the root, nil elsewhere.
  func gather(_ bytes: [UInt8], root: Int) throws(CommunicationError) -> [[UInt8]]?

  /// Sends one block of bytes to each rank and collects one of each, of any lengths; no rank needs
  /// to know the lengths of the blocks that it is going to receive.
  /// - Parameter blocks: `size` blocks, by receiver.
  /// - Returns: `size` blocks, by sender.
  func exchange(_ blocks: [[UInt8]]) throws(CommunicationError) -> [[UInt8]]

  /// Returns when all ranks have called it.
  func barrier() throws(CommunicationError)

  /// A communicator of the ranks that give the same colour, for work of each group on its own.
  /// - Parameters:
  ///   - colour: group of this rank, from 0 to 2³¹ − 1.
  ///   - key: ranks are numbered in the group by key, then by their rank here; within 32 bits.
  func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator

  /// Counters that start at 0 and that each rank may raise whenever it likes, without waiting for
  /// the others.
  func makeCounters(_ count: Int) throws(CommunicationError) -> any SharedCounters

  /// A bell that nobody has rung; collective.
  func makeBell() throws(CommunicationError) -> any Bell

  /// Lets others that wait for this rank's memory go on: not collective, and quick. A rank that
  /// computes for long calls it now and then, as MPI moves data only while it is called.
  func progress()

  /// Gives back what `split` made, when the group's work is done; collective over the group.
  func free() throws(CommunicationError)
}

extension Communicator {
  /// One number of each rank, in the order of the ranks, on all ranks. The message is as long as
  /// there are ranks.
  public func allGather(_ value: Int64) throws(CommunicationError) -> [Int64] {
    var values = [Int64](repeating: 0, count: size)
    values[rank] = value
    try allReduceSum(&values)
    return values
  }

  /// Replaces the numbers of all ranks by those of the root, bit by bit; their count need not be
  /// known elsewhere.
  public func broadcast(_ values: inout [Double], root: Int) throws(CommunicationError) {
    var bytes = rank == root ? bytesOf(values) : []
    try broadcast(&bytes, root: root)
    if rank != root { values = try doubles(from: bytes) }
  }

  /// Collects an array of numbers of each rank, of any lengths, bit by bit.
  /// - Returns: the arrays in the order of the ranks on the root, nil elsewhere.
  public func gather(_ values: [Double], root: Int) throws(CommunicationError) -> [[Double]]? {
    guard let blocks = try gather(bytesOf(values), root: root) else { return nil }
    var arrays: [[Double]] = []
    arrays.reserveCapacity(blocks.count)
    for block in blocks { arrays.append(try doubles(from: block)) }
    return arrays
  }
}

// All ranks are processes of one program on machines of one kind, so the bytes keep the machine's
// order.
private func bytesOf(_ values: [Double]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}

private func doubles(from bytes: [UInt8]) throws(CommunicationError) -> [Double] {
  let width = MemoryLayout<Double>.size
  guard bytes.count.isMultiple(of: width) else {
    throw .incompleteNumbers(byteCount: bytes.count)
  }
  let count = bytes.count / width
  return [Double](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
    initializedCount = count
  }
}
