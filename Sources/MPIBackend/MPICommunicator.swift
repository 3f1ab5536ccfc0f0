import CMPI
package import MessagePassing

/// A rank that is a process started by `mpirun` or `srun`.
///
/// When an operation throws, other ranks may wait for ever: end them by `MPIEnvironment.abort`.
package final class MPICommunicator: Communicator {
  package let rank: Int
  package let size: Int
  // MPI was started so that any thread may call it, and a communicator is used by one thread at a
  // time.
  private nonisolated(unsafe) let handle: OpaquePointer
  private let isWorld: Bool

  private init(handle: OpaquePointer, isWorld: Bool) throws(CommunicationError) {
    var rank: Int32 = 0
    var size: Int32 = 0
    try check(cmpi_rank(handle, &rank), "tell the rank")
    try check(cmpi_size(handle, &size), "count the ranks")
    self.rank = Int(rank)
    self.size = Int(size)
    self.handle = handle
    self.isWorld = isWorld
  }

  /// All ranks; MPI must be running.
  static func world() throws(CommunicationError) -> MPICommunicator {
    var handle: OpaquePointer?
    try check(cmpi_world(&handle), "find all ranks")
    return try MPICommunicator(handle: handle!, isWorld: true)
  }

  package func allReduceSum(_ values: inout [Int64]) throws(CommunicationError) {
    let code = values.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { cmpi_all_reduce_sum(handle, $0, Int64(buffer.count)) } ?? 0
    }
    try check(code, "sum \(values.count) numbers")
  }

  package func allReduceMax(_ values: inout [Int64]) throws(CommunicationError) {
    let code = values.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { cmpi_all_reduce_max(handle, $0, Int64(buffer.count)) } ?? 0
    }
    try check(code, "compare \(values.count) numbers")
  }

  package func broadcast(_ bytes: inout [UInt8], root: Int) throws(CommunicationError) {
    precondition((0..<size).contains(root), "the root is one of the ranks")
    var count = Int64(bytes.count)
    try check(cmpi_broadcast(handle, &count, 8, Int32(root)), "broadcast a length")
    if rank != root { bytes = [UInt8](repeating: 0, count: Int(count)) }
    let code = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map { cmpi_broadcast(handle, $0, count, Int32(root)) } ?? 0
    }
    try check(code, "broadcast \(count) bytes")
  }

  package func gather(_ bytes: [UInt8], root: Int) throws(CommunicationError) -> [[UInt8]]? {
    precondition((0..<size).contains(root), "the root is one of the ranks")
    guard rank == root else {
      try check(
        cmpi_gather_sizes(handle, Int64(bytes.count), nil, Int32(root)), "gather lengths")
      let code = bytes.withUnsafeBytes {
        cmpi_gather_blocks(handle, $0.baseAddress, Int64($0.count), nil, nil, Int32(root))
      }
      try check(code, "gather \(bytes.count) bytes")
      return nil
    }

    var sizes = [Int64](repeating: 0, count: size)
    try check(cmpi_gather_sizes(handle, Int64(bytes.count), &sizes, Int32(root)), "gather lengths")
    let total = Int(sizes.reduce(0, +))
    var code: Int32 = 0
    let joined = [UInt8](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      code = bytes.withUnsafeBytes {
        cmpi_gather_blocks(
          handle, $0.baseAddress, Int64($0.count), buffer.baseAddress, sizes, Int32(root))
      }
      initializedCount = code == 0 ? total : 0
    }
    try check(code, "gather \(total) bytes")

    return Self.cut(joined, into: sizes)
  }

  package func exchange(_ blocks: [[UInt8]]) throws(CommunicationError) -> [[UInt8]] {
    precondition(blocks.count == size, "there is a block for each rank")
    let sending = blocks.map { Int64($0.count) }
    var receiving = [Int64](repeating: 0, count: size)
    try check(cmpi_exchange_sizes(handle, sending, &receiving), "exchange lengths")
    let total = Int(receiving.reduce(0, +))
    let sent = Array(blocks.joined())
    var code: Int32 = 0
    let joined = [UInt8](unsafeUninitializedCapacity: total) { buffer, initializedCount in
      code = sent.withUnsafeBytes {
        cmpi_exchange_blocks(handle, $0.baseAddress, sending, buffer.baseAddress, receiving)
      }
      initializedCount = code == 0 ? total : 0
    }
    try check(code, "exchange \(sent.count) bytes")
    return Self.cut(joined, into: receiving)
  }

  private static func cut(_ joined: [UInt8], into sizes: [Int64]) -> [[UInt8]] {
    var start = 0
    return sizes.map { size in
      defer { start += Int(size) }
      return Array(joined[start..<start + Int(size)])
    }
  }

  package func makeCounters(_ count: Int) throws(CommunicationError) -> any SharedCounters {
    var made: OpaquePointer?
    try check(cmpi_counters_make(handle, Int64(count), &made), "make \(count) counters")
    return MPICounters(handle: made!)
  }

  package func makeBell() throws(CommunicationError) -> any Bell {
    var made: OpaquePointer?
    try check(cmpi_bell_make(handle, &made), "make a bell")
    return MPIBell(handle: made!)
  }

  package func progress() { _ = cmpi_progress(handle) }

  package func barrier() throws(CommunicationError) {
    try check(cmpi_barrier(handle), "wait for all ranks")
  }

  package func split(colour: Int, key: Int) throws(CommunicationError) -> any Communicator {
    precondition(colour >= 0, "colours count from 0")
    var group: OpaquePointer?
    try check(cmpi_split(handle, Int32(colour), Int32(key), &group), "split the ranks")
    return try MPICommunicator(handle: group!, isWorld: false)
  }

  package func free() throws(CommunicationError) {
    guard !isWorld else { return }
    try check(cmpi_free(handle), "free a group of ranks")
  }
}

/// Counters in the memory of the first rank, which the others reach by one-sided operations.
private final class MPICounters: SharedCounters {
  private nonisolated(unsafe) let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  func begin(adding amount: Int64, to index: Int) throws(CommunicationError) {
    try check(cmpi_counters_begin(handle, Int64(index), amount), "raise a counter")
  }

  func before() throws(CommunicationError) -> Int64 {
    var before: Int64 = 0
    try check(cmpi_counters_end(handle, &before), "read a counter")
    return before
  }

  func free() throws(CommunicationError) {
    try check(cmpi_counters_free(handle), "free the counters")
  }
}

/// A bell whose ringing is a message to each other rank.
private final class MPIBell: Bell {
  private nonisolated(unsafe) let handle: OpaquePointer
  // A communicator is used by one thread at a time, and so is its bell.
  private nonisolated(unsafe) var isRung = false

  init(handle: OpaquePointer) { self.handle = handle }

  func ring() throws(CommunicationError) {
    isRung = true
    try check(cmpi_bell_ring(handle), "ring a bell")
  }

  func hasRung() throws(CommunicationError) -> Bool {
    if isRung { return true }
    var heard: Int32 = 0
    try check(cmpi_bell_heard(handle, &heard), "listen to a bell")
    return heard != 0
  }

  func free() throws(CommunicationError) { try check(cmpi_bell_free(handle), "free a bell") }
}

/// Throws unless the code that a function of MPI returned is 0.
func check(_ code: Int32, _ operation: String) throws(CommunicationError) {
  guard code != 0 else { return }
  let message = text { cmpi_error_text(code, $0, $1) }
  throw .failed(operation: operation, code: code, message: message ?? "unknown error")
}

/// The text that a function of CMPI writes to a buffer, without white space at its end, or nil if
/// it fails.
func text(_ write: (UnsafeMutablePointer<CChar>, Int64) -> Int32) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 8192) { buffer in
    guard write(buffer.baseAddress!, Int64(buffer.count)) == 0 else { return nil }
    var text = String(cString: buffer.baseAddress!)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
