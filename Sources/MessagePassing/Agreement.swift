/// What went wrong on the lowest of the ranks that failed.
public struct RankFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The rank that failed.
  public let rank: Int
  /// What it has to say to the user.
  public let message: String
  /// The exit code that it proposes.
  public let code: Int32

  public init(rank: Int, message: String, code: Int32) {
    self.rank = rank
    self.message = message
    self.code = code
  }

  public var description: String { message }
}

extension Communicator {
  /// Lets every rank know whether all are well, so that none waits for a rank that has given up;
  /// collective.
  ///
  /// Costs one sum of a single number when all are well.
  /// - Parameter failure: what went wrong on this rank with the exit code to end with, or nil.
  /// - Returns: nil when all ranks gave nil, otherwise the failure of the lowest rank that has one,
  ///   the same everywhere.
  public func agree(
    _ failure: (message: String, code: Int32)?
  ) throws(CommunicationError) -> RankFailure? {
    // The largest of size − rank over the failing ranks belongs to the lowest of them; 0 says that
    // there is none.
    var highest = [Int64(failure == nil ? 0 : size - rank)]
    try allReduceMax(&highest)
    guard highest[0] > 0 else { return nil }

    let failedRank = size - Int(highest[0])
    var bytes: [UInt8] = []
    if let failure, rank == failedRank {
      withUnsafeBytes(of: failure.code.littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: failure.message.utf8)
    }
    try broadcast(&bytes, root: failedRank)
    let code = bytes.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return RankFailure(
      rank: failedRank,
      message: String(decoding: bytes.dropFirst(4), as: UTF8.self),
      code: Int32(bitPattern: code))
  }
}
